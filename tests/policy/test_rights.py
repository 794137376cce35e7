"""What a wish to be forgotten does to each item, how long a code counts, when somebody is reminded (clauses 5.c, 5.d, 5.f)."""

from datetime import timedelta

import pytest

from access_log.policy.codes import Item
from access_log.policy.rights import (
    AT_ONCE,
    OF_CONTACT,
    OF_VISITOR,
    VERIFIED_FOR,
    Fate,
    Ground,
    HeldItem,
    Obstacles,
    RightsKind,
    Stage,
    decide_deletion,
    decide_withdrawal,
    is_fresh,
    stage_at,
)
from tests.moments import NOON

LATER = NOON + timedelta(days=30)
CONTACT = HeldItem(Item.CONTACT, LATER, consent=True)
NAME = HeldItem(Item.NAME, LATER, consent=False)
PAST = HeldItem(Item.DOCUMENT, NOON, consent=False)


def test_clause_5c_what_rests_on_consent_goes_at_once_and_what_a_duty_asks_for_stays_to_its_day() -> None:
    assert decide_deletion([CONTACT, NAME, PAST], Obstacles(), NOON) == [
        Fate(Item.CONTACT, None),
        Fate(Item.NAME, Ground.PERIOD_RUNS, LATER),
        Fate(Item.DOCUMENT, None),
    ]


def test_clause_5c_during_a_visit_the_name_stays_and_consent_can_still_be_taken_back() -> None:
    fates = decide_deletion([CONTACT, NAME], Obstacles(visit_runs=True), NOON)
    assert [fate.ground for fate in fates] == [None, Ground.VISIT_RUNS]


def test_under_a_hold_nothing_goes() -> None:
    fates = decide_deletion([CONTACT, NAME, PAST], Obstacles(held=True, visit_runs=True), NOON)
    assert {fate.ground for fate in fates} == {Ground.ON_HOLD}
    assert not any(fate.erased for fate in fates)
    assert [fate.item for fate in fates if fate.waits] == [Item.CONTACT, Item.DOCUMENT], "the name had its day to wait for anyway"
    assert decide_withdrawal([CONTACT], Obstacles(held=True)) == [Fate(Item.CONTACT, Ground.ON_HOLD, waits=True)]


def test_clause_5d_a_withdrawal_touches_nothing_but_what_rests_on_consent() -> None:
    assert decide_withdrawal([CONTACT, NAME, PAST], Obstacles(visit_runs=True)) == [Fate(Item.CONTACT, None)]
    assert decide_withdrawal([NAME], Obstacles()) == []


@pytest.mark.parametrize(
    ("ago", "fresh"),
    [(timedelta(), True), (VERIFIED_FOR - timedelta(seconds=1), True), (VERIFIED_FOR, False), (-timedelta(seconds=1), False)],
)
def test_a_right_code_counts_for_half_an_hour(ago: timedelta, fresh: bool) -> None:
    assert is_fresh(NOON - ago, NOON) is fresh
    assert not is_fresh(None, NOON)


def test_clause_5f_each_stage_begins_at_its_moment() -> None:
    reached = {Stage.HALF: NOON + timedelta(hours=1), Stage.URGENT: NOON + timedelta(hours=2), Stage.LATE: NOON + timedelta(hours=3)}
    found = [stage_at(reached, NOON + timedelta(minutes=minutes)) for minutes in (0, 59, 60, 120, 179, 180, 6000)]
    assert found == [Stage.FRESH, Stage.FRESH, Stage.HALF, Stage.URGENT, Stage.URGENT, Stage.LATE, Stage.LATE]


def test_clause_5_everybody_may_ask_for_everything_that_concerns_them() -> None:
    assert {*OF_VISITOR, *OF_CONTACT} == set(RightsKind)
    assert set(RightsKind) > AT_ONCE
