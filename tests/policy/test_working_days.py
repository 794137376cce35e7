"""Rights answers are due N working days after receipt, and never later than the truth, whatever the calendar knows (clause 5.f)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from access_log.policy.working_days import AnswerClock, Calendar, Pause, chinese

SHANGHAI = "Asia/Shanghai"
DAY = timedelta(days=1)
KNOWN = chinese()
FIRST, LAST = date(2008, 1, 1), date(2026, 5, 20)
"""6,715 days. In 2008 the holidays became what they are today."""
STARTS = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]


is_workday = cache(chinese_calendar.is_workday)
"""The library itself, asked once a day."""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(SHANGHAI))


def clock(day: date, days: int, calendar: Calendar = KNOWN, *pauses: Pause) -> AnswerClock:
    return AnswerClock(noon(day), days, SHANGHAI, calendar, pauses)


def last_day(day: date, days: int, calendar: Calendar = KNOWN) -> date:
    """The last day on which an answer is in time."""
    due = clock(day, days, calendar).due_at().astimezone(ZoneInfo(SHANGHAI))
    assert (due.hour, due.minute, due.second) == (0, 0, 0)
    return due.date() - DAY


def counted(day: date, days: int, is_working: Callable[[date], bool]) -> date:
    """The oracle: one day after the other, asked of the library itself."""
    while days:
        day += DAY
        days -= is_working(day)
    return day


def without(year: int) -> Calendar:
    """As before the State Council has announced the holidays of `year`."""
    kept = (frozenset(day for day in days if day.year < year) for days in (KNOWN.free, KNOWN.worked))
    free, worked = kept
    return Calendar(frozenset(known for known in KNOWN.years if known < year), free, worked)


@pytest.mark.parametrize("days", [2, 15])
@pytest.mark.clause("5.f")
def test_of_6715_days_of_receipt_none_is_answered_later_than_the_truth_in_a_year_the_calendar_knows(days: int) -> None:
    assert len(STARTS) == 6715
    assert [day for day in STARTS if last_day(day, days) != counted(day, days, is_workday)] == []


@pytest.mark.parametrize("days", [2, 15])
@pytest.mark.parametrize("of", ["this year", "next year"])
@pytest.mark.clause("5.f")
def test_of_6715_days_of_receipt_none_is_answered_later_than_the_truth_in_a_year_nobody_has_announced(days: int, of: str) -> None:
    calendars = {year: without(year) for year in range(2008, 2028)}
    unknown = {day: calendars[day.year + (of == "next year")] for day in STARTS}
    truth = {day: counted(day, days, is_workday) for day in STARTS}
    assert [day for day in STARTS if last_day(day, days, unknown[day]) > truth[day]] == []
    assert max(truth[day] - last_day(day, days, unknown[day]) for day in STARTS) <= timedelta(days=14)


@pytest.mark.parametrize(("days", "late"), [(2, 225), (15, 282)])
def test_counting_weekdays_only_in_an_unknown_year_would_answer_late(days: int, late: int) -> None:
    """The control: the rule that everybody reaches for first breaks the promise, because of days worked in lieu."""

    def weekday(day: date) -> bool:
        return day.weekday() < 5 and (day.month, day.day) != (1, 1)

    found = sum(counted(day, days, weekday) > counted(day, days, is_workday) for day in STARTS)
    assert found == late


@pytest.mark.parametrize(
    ("received", "days", "last"),
    [
        (date(2026, 11, 24), 2, date(2026, 11, 26)),
        (date(2026, 11, 27), 2, date(2026, 12, 1)),  # a Friday
        (date(2026, 9, 30), 2, date(2026, 10, 9)),  # before National Day
        (date(2026, 10, 8), 2, date(2026, 10, 10)),  # Saturday 10 October is worked in lieu
        (date(2026, 12, 30), 2, date(2027, 1, 2)),  # 31 December, then a year nobody has announced: 1 January is free
    ],
)
def test_the_days_as_a_person_would_count_them(received: date, days: int, last: date) -> None:
    assert last_day(received, days) == last


def test_the_day_of_receipt_is_the_sites_not_utcs() -> None:
    """At 17:00 UTC it is the next morning in Shanghai, and that day is the day of receipt."""
    evening = datetime(2026, 11, 24, 15, 59, 59, 999999, tzinfo=UTC)
    assert AnswerClock(evening, 2, SHANGHAI, KNOWN).due_at() == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert AnswerClock(evening + timedelta(microseconds=1), 2, SHANGHAI, KNOWN).due_at() == datetime(2026, 11, 27, 16, tzinfo=UTC)


def test_a_notice_the_operator_loads_is_counted_as_announced() -> None:
    told = KNOWN.with_notice(2027, free=[date(2027, 1, 1), date(2027, 2, 8)], worked=[date(2027, 1, 9)])
    assert last_day(date(2027, 1, 7), 2, told) == date(2027, 1, 9)
    assert last_day(date(2027, 2, 5), 1, told) == date(2027, 2, 9)
    assert last_day(date(2026, 11, 27), 2, told) == last_day(date(2026, 11, 27), 2)
    again = told.with_notice(2027, free=[], worked=[])
    assert again.is_working(date(2027, 2, 8))


@pytest.mark.parametrize(("free", "worked"), [([date(2028, 1, 1)], []), ([], [date(2026, 1, 3)]), ([date(2027, 5, 1)], [date(2027, 5, 1)])])
def test_a_notice_that_contradicts_itself_is_refused(free: list[date], worked: list[date]) -> None:
    with pytest.raises(ValueError, match="2027"):
        KNOWN.with_notice(2027, free=free, worked=worked)


@pytest.mark.clause("5.f")
def test_the_requesters_own_delay_stops_the_clock_for_whole_days_only() -> None:
    monday = date(2026, 11, 23)
    begins = noon(date(2026, 11, 24))
    for ends, last in (
        (noon(date(2026, 11, 24)) + timedelta(hours=3), date(2026, 11, 25)),
        (noon(date(2026, 11, 25)), date(2026, 11, 25)),  # both days were begun: they count, on our own account
        (noon(date(2026, 11, 27)), date(2026, 11, 27)),
    ):
        due = clock(monday, 2, KNOWN, Pause(begins, ends)).due_at()
        assert due.astimezone(ZoneInfo(SHANGHAI)).date() - DAY == last


def test_while_we_still_wait_for_the_requester_nothing_is_due() -> None:
    waiting = clock(date(2026, 11, 23), 2, KNOWN, Pause(noon(date(2026, 11, 24))))
    assert waiting.due_at() == datetime.max.replace(tzinfo=UTC)
    assert waiting.reached_at(0.5) < datetime(2026, 11, 25, tzinfo=UTC)


def test_half_and_four_fifths_of_the_time_are_known_beforehand() -> None:
    asked = clock(date(2026, 11, 27), 2)  # Friday noon; Monday and Tuesday count
    assert asked.reached_at(0) == asked.received_at
    assert asked.reached_at(0.5) == noon(date(2026, 11, 30)) + timedelta(hours=12)
    assert asked.reached_at(0.8) == datetime(2026, 12, 1, 14, 24, tzinfo=ZoneInfo(SHANGHAI))
    assert asked.reached_at(0.5) < asked.reached_at(0.8) < asked.due_at()


def test_the_library_knows_the_year_we_live_in() -> None:
    """When this fails: a newer `chinesecalendar`, or the State Council's notice loaded by hand. Answers are early until then, not late."""
    assert max(KNOWN.years) >= 2026
