"""A KEK goes exactly when nothing stands against it: too soon loses what is held, too late leaves the erased readable in old copies."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.keys import Hold, KekFacts, Safety, holds, is_overdue, wants_new
from tests.moments import NOON

HORIZON = timedelta(days=14)
SAFE = Safety(escrows=[{"identity": [3, 4, 5]}], backups=[{"identity": [4, 5], "label": [1]}])


def against(version: int = 3, *, days: float = 14, rows: int = 0, newest: int = 5, safety: Safety = SAFE) -> tuple[Hold, ...]:
    kek = KekFacts("identity", version, NOON - timedelta(days=days), rows)
    return holds(kek, newest=newest, safety=safety, horizon=HORIZON, now=NOON)


def test_nothing_stands_against_an_old_empty_kek_whose_successor_is_escrowed_and_backed_up() -> None:
    assert against() == ()


def test_each_condition_alone_keeps_it() -> None:
    assert against(days=13.999) == (Hold.YOUNG,)
    assert against(rows=1) == (Hold.IN_USE,)
    assert against(version=5, safety=Safety([{"identity": [6]}], [{"identity": [6]}])) == (Hold.NEWEST,)
    assert against(safety=Safety([{"identity": [3], "label": [9]}], [{"identity": []}])) == (Hold.NOT_ESCROWED,)
    assert against(safety=Safety(SAFE.escrows, [])) == (Hold.NO_BACKUP,)
    assert against(safety=Safety(SAFE.escrows, SAFE.backups, stray_copy=True)) == (Hold.STRAY_COPY,)
    assert against(safety=Safety(SAFE.escrows, SAFE.backups, out_of_reach=frozenset({"identity"}))) == (Hold.OUT_OF_REACH,)


def test_a_backup_counts_only_where_it_opens_without_the_kek_and_with_keys_that_are_in_safe_keeping() -> None:
    for keks, counts in (
        ({"identity": [4, 5]}, True),
        ({"identity": [4]}, True),
        ({"identity": []}, True),
        ({"identity": [3, 4]}, False),
        ({"identity": [2, 5]}, False),
        ({"identity": [6]}, False),
        ({"label": [5]}, False),
        ({}, False),
    ):
        assert (against(safety=Safety(SAFE.escrows, [keks])) == ()) is counts, keks


def test_one_good_backup_among_bad_ones_is_enough_and_two_halves_are_not() -> None:
    assert against(safety=Safety(SAFE.escrows, [{"identity": [3]}, {"identity": [5]}])) == ()
    assert against(safety=Safety([{"identity": [4]}], [{"identity": [5]}])) == (Hold.NO_BACKUP,)


versions = st.lists(st.integers(1, 6), max_size=4)
copies = st.lists(st.dictionaries(st.sampled_from(["identity", "label"]), versions), max_size=3)


@given(
    version=st.integers(1, 6), newest=st.integers(1, 6), days=st.integers(0, 30), rows=st.integers(0, 2), escrows=copies, backups=copies,
    stray=st.booleans(),
)  # fmt: skip
def test_it_goes_exactly_under_the_conditions_of_the_design(
    version: int, newest: int, days: int, rows: int, escrows: list[dict[str, list[int]]], backups: list[dict[str, list[int]]], stray: bool
) -> None:
    """An oracle that says it the other way round: what would be lost, or would stay readable, if it went?"""
    safe = {one for escrow in escrows for one in escrow.get("identity", [])}
    restorable = any("identity" in backup and set(backup["identity"]) <= {one for one in safe if one > version} for backup in backups)
    goes = days >= 14 and version < newest and not rows and max(safe, default=0) > version and restorable and not stray
    found = against(version, days=days, rows=rows, newest=newest, safety=Safety(escrows, backups, stray))
    assert (found == ()) is goes


def test_it_is_an_alarm_only_once_a_day_has_passed_and_never_for_the_newest() -> None:
    def overdue(days: float, holds: tuple[Hold, ...]) -> bool:
        return is_overdue(KekFacts("identity", 3, NOON - timedelta(days=days), 0), holds, horizon=HORIZON, now=NOON)

    assert overdue(15, (Hold.NO_BACKUP,))
    assert not overdue(14.9, (Hold.NO_BACKUP,))
    assert not overdue(15, ())
    assert not overdue(40, (Hold.NEWEST,))


def test_new_ones_are_made_daily_and_not_without_end() -> None:
    assert wants_new(None, live=0, most=30, now=NOON)
    assert wants_new(NOON - timedelta(days=1), live=2, most=30, now=NOON)
    assert wants_new(NOON - timedelta(days=21), live=2, most=30, now=NOON)
    assert not wants_new(NOON - timedelta(hours=23), live=2, most=30, now=NOON)
    assert not wants_new(NOON + timedelta(hours=3), live=2, most=30, now=NOON)
    assert wants_new(NOON + timedelta(days=300), live=2, most=30, now=NOON), "a clock was wrong for a while"
    assert not wants_new(NOON - timedelta(days=1), live=30, most=30, now=NOON)
