"""When reports are due: in the site's zone, each period once, nothing lost by downtime."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from access_log.models import ReportKind
from reports.schedule import Slot, due_slots, next_due

SHANGHAI = "Asia/Shanghai"


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def daily(since: datetime, now: datetime, zone: str = SHANGHAI, minute: int = 360) -> list[Slot]:
    return due_slots(ReportKind.ACCESS_DAILY, minute=minute, day=1, zone=zone, since=since, now=now)


def monthly(since: datetime, now: datetime, day: int = 1) -> list[Slot]:
    return due_slots(ReportKind.ACCESS_MONTHLY, minute=360, day=day, zone=SHANGHAI, since=since, now=now)


def test_yesterdays_report_is_due_at_six_in_the_sites_morning() -> None:
    since = utc(2026, 11, 23, 16)  # midnight of the 24th in Shanghai
    assert daily(since, utc(2026, 11, 24, 21, 59)) == []
    (slot,) = daily(since, utc(2026, 11, 24, 22))
    assert slot == Slot(utc(2026, 11, 23, 16), utc(2026, 11, 24, 16), utc(2026, 11, 24, 22))


def test_days_missed_while_the_machine_was_off_are_made_up_in_order() -> None:
    slots = daily(utc(2026, 11, 1), utc(2026, 11, 24, 22))
    assert [slot.begins for slot in slots] == sorted(slot.begins for slot in slots)
    assert len(slots) == 24
    assert all(earlier.ends == later.begins for earlier, later in pairwise(slots))


def test_a_long_outage_is_made_up_in_several_looks() -> None:
    now, since, seen = utc(2026, 11, 24, 22), utc(2026, 5, 1), 0
    while slots := daily(since, now):
        assert len(slots) <= 62
        since, seen = slots[-1].ends, seen + len(slots)
    assert seen == (now.date() - utc(2026, 5, 1).date()).days + 1


def test_a_day_with_a_clock_change_has_23_or_25_hours() -> None:
    spring = daily(utc(2026, 3, 29), utc(2026, 3, 31), zone="Europe/Berlin")[0]
    autumn = daily(utc(2026, 10, 25), utc(2026, 10, 27), zone="Europe/Berlin")[0]
    assert (spring.ends - spring.begins, autumn.ends - autumn.begins) == (timedelta(hours=23), timedelta(hours=25))


def test_a_month_is_a_calendar_month_whatever_its_length() -> None:
    slots = monthly(utc(2027, 1, 15), utc(2027, 4, 15))
    assert [(slot.ends - slot.begins).days for slot in slots] == [31, 28, 31]


def test_a_monthly_report_waits_for_its_day() -> None:
    since = utc(2026, 10, 31, 16)
    assert monthly(since, utc(2026, 12, 4, 21), day=5) == []
    assert len(monthly(since, utc(2026, 12, 4, 22), day=5)) == 1


def test_the_next_one_is_the_first_after_now() -> None:
    slot = next_due(ReportKind.ACCESS_DAILY, minute=360, day=1, zone=SHANGHAI, now=utc(2026, 11, 24, 22))
    assert slot.due == utc(2026, 11, 25, 22)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(min_value=1, max_value=90 * 60), min_size=1, max_size=40),
    st.sampled_from([SHANGHAI, "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"]),
    st.integers(min_value=0, max_value=1439),
)
def test_whenever_one_looks_each_day_comes_once(gaps: list[int], zone: str, minute: int) -> None:
    now = since = utc(2026, 3, 1)
    found: list[Slot] = []
    for gap in gaps:
        now += timedelta(minutes=gap)
        slots = daily(since, now, zone, minute)
        found += slots
        since = slots[-1].ends if slots else since
    assert len({slot.ends for slot in found}) == len(found)
    assert all(earlier.ends == later.begins for earlier, later in pairwise(found))
    assert all(slot.due <= now for slot in found)
