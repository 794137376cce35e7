"""A period as policies write it (ISO 8601), counted by the calendar of the site's zone (clause 4.4).

P6M is six calendar months: 180 days are shorter from each of the 365 days of a year.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

SHAPE = re.compile(r"P(?:(\d+)W|(?=\d|T)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?)?)", re.ASCII)
LONGEST_YEARS = 100
_CYCLE = [date(2024, 1, 1) + timedelta(days=day) for day in range(1461)]
"""Every day on which something may begin, from one leap year to the next."""


@dataclass(frozen=True, slots=True)
class Period:
    """Months and days are the calendar's, hours and minutes the clock's."""

    months: int = 0
    days: int = 0
    minutes: int = 0

    def after(self, moment: datetime, zone: str) -> datetime:
        """The moment (UTC) this period after another: the same local day so many months on, or that month's last."""
        local = add_months(moment, self.months, zone).astimezone(ZoneInfo(zone)) + timedelta(days=self.days)
        return local.astimezone(UTC) + timedelta(minutes=self.minutes)

    def before(self, moment: datetime, zone: str) -> datetime:
        """A moment (UTC) such that whatever began later is not over at `moment`. Up to four days early: months differ in length."""
        slack = timedelta(days=4 if self.months else 0, hours=2 if self.days else 0)  # clocks go forward, too
        began = moment - timedelta(minutes=self.minutes) - timedelta(days=self.days)
        return add_months(began, -self.months, zone) + slack

    def exceeds(self, other: "Period") -> bool:
        """Whether it ends later than another one from at least one day on which both may begin."""
        return _exceeds(self, other)

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.minutes)

    def __str__(self) -> str:
        """As ISO 8601, the shortest way of writing it."""
        years, months = divmod(self.months, 12)
        hours, minutes = divmod(self.minutes, 60)
        dated = "".join(f"{number}{unit}" for number, unit in ((years, "Y"), (months, "M"), (self.days, "D")) if number)
        timed = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
        return f"P{dated}T{timed}" if timed else f"P{dated or '0D'}"


def parse_period(text: str) -> Period:
    """Read P6M, P30D, P1W, PT24H, P1Y6M. Raises ValueError(code): `period_shape`, or `period_long` above a hundred years."""
    found = SHAPE.fullmatch(text)
    if found is None:
        raise ValueError("period_shape")
    weeks, years, months, days, hours, minutes = (int(part or 0) if len(part or "") < 9 else 10**9 for part in found.groups())
    if years + months / 12 + (weeks * 7 + days + (hours + minutes / 60) / 24) / 365 > LONGEST_YEARS:
        raise ValueError("period_long")
    return Period(years * 12 + months, weeks * 7 + days, hours * 60 + minutes)


def add_months(moment: datetime, months: int, zone: str) -> datetime:
    """The same local day `months` later (or that month's last day), as UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    return datetime.combine(_add_months(local.date(), months), local.timetz()).astimezone(UTC)


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@cache
def _exceeds(longer: Period, shorter: Period) -> bool:
    return any(_minutes(longer, day) > _minutes(shorter, day) for day in _cycle(longer, shorter))


def _minutes(period: Period, day: date) -> int:
    """How long it is from the beginning of a day, in minutes."""
    return ((_add_months(day, period.months) - day).days + period.days) * 1440 + period.minutes


def _cycle(first: Period, second: Period) -> Iterator[date]:
    """One day is enough where no months are counted, or equally many."""
    yield from _CYCLE if first.months != second.months else _CYCLE[:1]


def outlasts(these: Iterable[Period], those: Iterable[Period]) -> bool:
    """Whether the latest to end of some periods ends later than the latest of others, from at least one day."""
    return _outlasts(frozenset(these), frozenset(those))


@cache
def _outlasts(first: frozenset[Period], second: frozenset[Period]) -> bool:
    return first != second and any(max(_minutes(one, day) for one in first) > max(_minutes(one, day) for one in second) for day in _CYCLE)
