"""Who must say yes: two pairs of eyes where a customer wants them, and standing rules that cover a whole visit or none of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.approval import RuleFacts, after_request, matching_rule, may_approve_for_customer
from access_log.policy.codes import Purpose, VisitState

SHANGHAI = "Asia/Shanghai"
WORKDAYS = frozenset(range(5))
RULE = RuleFacts(id=1, customer_id=None, purposes=frozenset({"repair", "inspect"}), max_hours=8, weekdays=WORKDAYS)
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo(SHANGHAI))


def match(
    *rules: RuleFacts,
    hours: float = 4,
    begins: datetime = TUESDAY,
    purpose: Purpose = Purpose.REPAIR,
    customer: int = 7,
    zone: str = SHANGHAI,
) -> int | None:
    until = begins + timedelta(hours=hours)
    found = matching_rule(list(rules), customer_id=customer, purpose=purpose, window_from=begins, window_until=until, zone=zone)
    return found.id if found else None


@pytest.mark.parametrize(
    ("may_approve", "second", "state"),
    [
        (True, False, VisitState.CUSTOMER_APPROVED),
        (True, True, VisitState.REQUESTED),
        (False, False, VisitState.REQUESTED),
        (False, True, VisitState.REQUESTED),
    ],
)
def test_a_contact_approves_their_own_request_unless_a_second_one_is_wanted(may_approve: bool, second: bool, state: VisitState) -> None:
    assert after_request(may_approve=may_approve, second_approval=second) is state


@pytest.mark.parametrize(
    ("contact", "may_approve", "second", "allowed"),
    [
        (1, True, False, True),
        (2, True, False, True),
        (1, True, True, False),
        (2, True, True, True),
        (2, False, True, False),
        (2, False, False, False),
    ],
)
def test_the_second_contact_is_not_the_first(contact: int, may_approve: bool, second: bool, allowed: bool) -> None:
    """Contact 1 asked for the visit."""
    assert may_approve_for_customer(contact_id=contact, requested_by=1, may_approve=may_approve, second_approval=second) is allowed


def test_a_rule_covers_its_purposes_its_hours_and_its_customer() -> None:
    assert match(RULE) == 1
    assert match(RULE, purpose=Purpose.INSTALL) is None
    assert match(RULE, hours=8) == 1
    assert match(RULE, hours=8.01) is None
    one_customer = RuleFacts(2, 7, RULE.purposes, 8, WORKDAYS)
    assert match(one_customer) == 2
    assert match(one_customer, customer=8) is None
    assert match() is None


def test_the_first_rule_that_covers_the_visit_is_the_one_that_is_named() -> None:
    narrow = RuleFacts(1, None, RULE.purposes, 1, WORKDAYS)
    wide, wider = RuleFacts(2, None, RULE.purposes, 8, WORKDAYS), RuleFacts(3, None, RULE.purposes, 24, WORKDAYS)
    assert match(narrow, wide, wider) == 2


@pytest.mark.parametrize(
    ("begins", "hours", "covered"),
    [
        ((2026, 11, 27, 20), 4, True),  # Friday evening until midnight
        ((2026, 11, 27, 20), 4.5, False),  # into Saturday
        ((2026, 11, 28, 9), 2, False),  # Saturday
        ((2026, 11, 29, 22), 4, False),  # Sunday evening into Monday
        ((2026, 11, 30, 0), 4, True),  # Monday from midnight
    ],
)
def test_the_weekdays_of_a_rule_are_the_sites(begins: tuple[int, int, int, int], hours: float, covered: bool) -> None:
    assert match(RULE, begins=datetime(*begins, tzinfo=ZoneInfo(SHANGHAI)), hours=hours) == (1 if covered else None)


def test_a_weekend_between_two_workdays_is_not_covered_by_a_rule_for_workdays() -> None:
    long = RuleFacts(1, None, RULE.purposes, 24 * 31, WORKDAYS)
    friday = TUESDAY + timedelta(days=3)
    assert match(long, begins=friday, hours=24 * 3) is None
    assert match(long, begins=TUESDAY, hours=24 * 3) == 1
    assert match(RuleFacts(1, None, RULE.purposes, 24 * 31, frozenset(range(7))), begins=friday, hours=24 * 3) == 1


def test_the_same_moment_is_another_day_in_another_zone() -> None:
    sunday_in_shanghai = datetime(2026, 11, 29, 1, tzinfo=ZoneInfo(SHANGHAI))
    only_saturday = RuleFacts(1, None, RULE.purposes, 8, frozenset({5}))
    assert match(only_saturday, begins=sunday_in_shanghai, zone=SHANGHAI) is None
    assert match(only_saturday, begins=sunday_in_shanghai, zone="Europe/Berlin") == 1


@given(
    begins=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(ZoneInfo("UTC"))),
    hours=st.floats(0.1, 31 * 24),
    weekdays=st.frozensets(st.integers(0, 6)),
    zone=st.sampled_from([SHANGHAI, "UTC", "Europe/Berlin", "America/St_Johns"]),
)
def test_a_covered_window_touches_no_day_outside_the_rule(begins: datetime, hours: float, weekdays: frozenset[int], zone: str) -> None:
    rule = RuleFacts(1, None, RULE.purposes, 31 * 24, weekdays)
    local = ZoneInfo(zone)
    touched = {(begins + timedelta(hours=min(hour, hours - 0.001))).astimezone(local).weekday() for hour in range(int(hours) + 1)}
    touched.add((begins + timedelta(hours=hours) - timedelta(microseconds=1)).astimezone(local).weekday())
    assert match(rule, begins=begins, hours=hours, zone=zone) == (1 if touched <= weekdays else None)
