"""The clock of rights answers: within N working days of receipt, Chinese working days with 调休 (clause 5.f; PIPL art. 50).

The day of receipt is not counted, and an answer is in time until the last working day is over in the site's zone. Of a year whose
holidays are not announced yet every day but 1 January counts as worked: the answer is then due earlier than it need be, never later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays

ONE_DAY = timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Calendar:
    """`years` are the years it knows; in them weekends are free but for days in `worked`, and so is every day in `free`."""

    years: frozenset[int]
    free: frozenset[date]
    worked: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Whether a day counts. Of a year that is not known: every day but New Year's, which is free in every year."""
        if day.year not in self.years:
            return (day.month, day.day) != (1, 1)
        return day in self.worked or (day.weekday() < 5 and day not in self.free)

    def with_notice(self, year: int, *, free: Iterable[date], worked: Iterable[date]) -> "Calendar":
        """As announced by the State Council for one more year. Raises ValueError for a day of another year, or one of both kinds."""
        off, on = frozenset(free), frozenset(worked)
        if any(day.year != year for day in off | on) or off & on:
            raise ValueError(f"not a notice for {year}")
        kept = (frozenset(day for day in days if day.year != year) for days in (self.free, self.worked))
        free_before, worked_before = kept
        return Calendar(self.years | {year}, free_before | off, worked_before | on)


@cache
def chinese() -> Calendar:
    """What the `chinesecalendar` library of this installation knows."""
    return Calendar(frozenset(day.year for day in holidays), frozenset(holidays), frozenset(workdays))


@dataclass(frozen=True, slots=True)
class Pause:
    """The requester kept us waiting from one moment to another; an open one ends later than anything counted."""

    begins: datetime
    ends: datetime | None = None

    def covers(self, begins: datetime, ends: datetime) -> bool:
        """Whether it takes a whole day: one that was only begun still counts."""
        return self.begins <= begins and (self.ends is None or self.ends >= ends)


@dataclass(frozen=True, slots=True)
class AnswerClock:
    """One request. `received_at` is the true moment of receipt: of a letter the day it came, not the day it was typed in."""

    received_at: datetime
    working_days: int
    zone: str
    calendar: Calendar
    pauses: Sequence[Pause] = ()

    def due_at(self) -> datetime:
        """The moment (UTC) at which the answer is late: when the last working day is over."""
        return self.reached_at(1.0)

    def reached_at(self, share: float) -> datetime:
        """When a share of the time is used up: 0.5 and 0.8 are where the privacy officer is reminded."""
        whole, rest = divmod(share * self.working_days, 1)
        wanted = int(whole) + (rest > 0)
        if wanted == 0:
            return self.received_at.astimezone(UTC)
        begins, ends = self._working_day(wanted)
        return begins + (ends - begins) * rest if rest else ends

    def _working_day(self, number: int) -> tuple[datetime, datetime]:
        """The first and last moment (UTC) of the n-th day that counts."""
        received = self.received_at.astimezone(ZoneInfo(self.zone)).date()
        seen = 0
        for days in count(1):
            day = received + days * ONE_DAY
            if self._stands_still(day):
                return NEVER, NEVER
            seen += self.calendar.is_working(day) and not self._is_paused(day)
            if seen == number:
                return _midnight(day, self.zone), _midnight(day + ONE_DAY, self.zone)
        raise AssertionError("days do not end")

    def _stands_still(self, day: date) -> bool:
        """A pause without an end: nothing is due until it has one."""
        return any(pause.ends is None and pause.begins <= _midnight(day, self.zone) for pause in self.pauses)

    def _is_paused(self, day: date) -> bool:
        return any(pause.covers(_midnight(day, self.zone), _midnight(day + ONE_DAY, self.zone)) for pause in self.pauses)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
