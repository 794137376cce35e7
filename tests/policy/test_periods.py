"""How long what is kept: calendar months of the site's zone, never days that stand for them (clause 4.4)."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.file.building import default_bytes, default_policy, load_policy
from access_log.policy.file.choosing import with_profiles
from access_log.policy.file.content import Policy
from access_log.policy.period import Period
from access_log.policy.periods import HeldUntil, Promise, Stay, add_months, held_until, kind_until
from tests.policy.file.edited import edited, in_field, within

SHANGHAI = "Asia/Shanghai"


def local(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        ("2026-11-24T12:00", 6, "2027-05-24T12:00"),
        ("2026-08-31T12:00", 6, "2027-02-28T12:00"),
        ("2027-08-31T12:00", 6, "2028-02-29T12:00"),
        ("2028-02-29T12:00", 12, "2029-02-28T12:00"),
        ("2028-02-29T12:00", 36, "2031-02-28T12:00"),
        ("2028-02-29T12:00", 48, "2032-02-29T12:00"),
        ("2026-11-30T23:59", 3, "2027-02-28T23:59"),
        ("2026-12-31T23:30", 1, "2027-01-31T23:30"),
        ("2026-12-01T00:00", 13, "2028-01-01T00:00"),
        ("2026-11-24T12:00", 0, "2026-11-24T12:00"),
    ],
)
def test_months_are_the_calendars(begins: str, months: int, ends: str) -> None:
    assert add_months(local(begins).astimezone(UTC), months, SHANGHAI) == local(ends)


def test_the_day_counted_from_is_the_sites_not_utcs() -> None:
    """At 20:00 UTC on 30 August it is 31 August in Shanghai."""
    moment = datetime(2026, 8, 30, 20, tzinfo=UTC)
    assert add_months(moment, 6, SHANGHAI) == local("2027-02-28T04:00")
    assert add_months(moment, 6, "UTC") == datetime(2027, 2, 28, 20, tzinfo=UTC)


def test_a_month_over_the_change_to_summer_time_ends_at_the_same_hour_of_the_clock() -> None:
    assert add_months(local("2027-03-01T12:00", "Europe/Berlin"), 1, "Europe/Berlin") == local("2027-04-01T12:00", "Europe/Berlin")
    in_the_hour_that_is_left_out = add_months(local("2027-02-28T02:30", "Europe/Berlin"), 1, "Europe/Berlin")
    assert in_the_hour_that_is_left_out == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@given(
    begins=st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),
    months=st.integers(0, 60),
    zone=st.sampled_from([SHANGHAI, "UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"]),
)
def test_the_end_is_the_same_local_day_or_that_months_last(begins: datetime, months: int, zone: str) -> None:
    first, last = begins.astimezone(ZoneInfo(zone)), add_months(begins, months, zone).astimezone(ZoneInfo(zone))
    assert (last.year * 12 + last.month) - (first.year * 12 + first.month) == months
    assert last.day == min(first.day, monthrange(last.year, last.month)[1])
    assert add_months(begins, months, zone).tzinfo is UTC


def test_180_days_would_fall_short_of_six_months_from_every_day_of_a_year() -> None:
    """Why months are counted: the figure that policy.md gives."""
    days = [local("2026-01-01T12:00") + timedelta(days=number) for number in range(365)]
    assert sum(add_months(day, 6, SHANGHAI) > day + timedelta(days=180) for day in days) == 365


SIX = default_policy()
THIRTEEN = load_policy(with_profiles(default_bytes(), ["annual_audit"], version="audit"))
POLICIES = {"six": SIX, "thirteen": THIRTEEN}
LEFT = datetime(2026, 8, 31, 4, tzinfo=UTC)


def promise(told: Policy = SIX, in_force: Policy | None = None) -> Promise:
    return Promise(told, in_force or told, SHANGHAI)


def test_a_visitor_who_was_checked_is_held_by_kind() -> None:
    assert held_until(promise(), Stay(LEFT, checked=True)) == [
        HeldUntil("contact", LEFT + timedelta(hours=24)),
        HeldUntil("document", LEFT + timedelta(days=30)),
        HeldUntil("name", datetime(2027, 2, 28, 4, tzinfo=UTC)),
        HeldUntil("event", datetime(2029, 8, 31, 4, tzinfo=UTC)),
    ]


def test_nobody_is_told_of_a_document_that_nobody_looked_at() -> None:
    held = held_until(promise(THIRTEEN), Stay(datetime(2026, 11, 24, tzinfo=UTC)))
    assert [row.what for row in held] == ["contact", "name", "event"]
    assert held[1].until == datetime(2027, 12, 24, tzinfo=UTC)


def test_of_somebody_who_never_came_nothing_outlives_the_unused_entry() -> None:
    held = held_until(promise(), Stay(LEFT, came=False))
    assert held[:2] == [HeldUntil("contact", LEFT + timedelta(hours=24)), HeldUntil("name", LEFT + timedelta(days=7))]


def test_a_shorter_period_holds_for_earlier_visits_at_once() -> None:
    sooner = load_policy(in_field("document", "need: P30D", "need: P14D"))
    assert kind_until(promise(SIX, sooner), Stay(LEFT, checked=True), "document") == LEFT + timedelta(days=14)


def test_a_longer_period_leaves_earlier_visits_what_they_were_promised() -> None:
    assert kind_until(promise(SIX, THIRTEEN), Stay(LEFT), "name") == kind_until(promise(SIX), Stay(LEFT), "name")
    assert kind_until(promise(THIRTEEN), Stay(LEFT), "name") > kind_until(promise(SIX), Stay(LEFT), "name")


LAW = """
  - id: new-law
    kind: floor
    period: P40D
    applies: [document]
    source: {zh-CN: 新的法律, en: a new law}
"""


def test_a_floor_of_the_law_holds_for_everybody_and_one_that_was_chosen_only_for_whom_was_told() -> None:
    law = load_policy(within(edited(), "bounds:", "\n", LAW))
    chosen = LAW.replace("    source", "    when: branch\n    source")
    choice = load_policy(within(within(edited(), "bounds:", "\n", chosen), "policy:", "profiles: []", "profiles: [branch]"))
    stay = Stay(LEFT, checked=True)
    assert kind_until(promise(SIX, law), stay, "document") == LEFT + timedelta(days=40)
    assert kind_until(promise(SIX, choice), stay, "document") == LEFT + timedelta(days=30)
    assert kind_until(promise(choice), stay, "document") == LEFT + timedelta(days=40)


@given(
    ends=st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),
    told=st.sampled_from(["six", "thirteen"]),
    now=st.sampled_from(["six", "thirteen"]),
    came=st.booleans(),
    checked=st.booleans(),
)
def test_what_is_listed_first_goes_first_and_nothing_goes_before_the_visit_is_over(
    ends: datetime, told: str, now: str, came: bool, checked: bool
) -> None:
    """As the receipt shows it."""
    until = [row.until for row in held_until(promise(POLICIES[told], POLICIES[now]), Stay(ends, came, checked))]
    assert until == sorted(until)
    assert until[0] > ends


@given(
    ends=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    told=st.sampled_from(["six", "thirteen"]),
    later=st.sampled_from(["six", "thirteen"]),
    field=st.sampled_from(["name", "document", "reach", "unused", "event"]),
)
@pytest.mark.clause("4.4.b")
def test_whatever_is_due_is_among_what_the_sweep_looks_at(ends: datetime, now: datetime, told: str, later: str, field: str) -> None:
    both = promise(POLICIES[told], POLICIES[later])
    if both.due_at(field, ends) <= now:
        assert ends <= both.begun_before(field, now)


@pytest.mark.clause("4.4.a")
def test_the_default_periods_are_those_that_were_decided() -> None:
    """policy.md, for counsel to confirm."""
    needs = {name: str(field.need) for name, field in SIX.fields.items()}
    assert {name: needs[name] for name in ("name", "document", "reach", "unused", "roster", "event", "system_log")} == {
        "name": "P6M", "document": "P30D", "reach": "PT24H", "unused": "P7D", "roster": "P1Y", "event": "P3Y", "system_log": "P6M",
    }  # fmt: skip
    assert Period(months=13) in {bound.period for bound in THIRTEEN.floors("name")}
