"""Totals and series of a report, for its first page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access_log.models import ReportKind
from reports.content import Report

MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it stands for and how many."""

    label: str
    count: int


def totals(report: Report) -> list[tuple[str, int]]:
    """(gettext id, number) in the order they are read."""
    begins, ends = report.frame.begins, report.frame.ends
    stays = [stay for line in report.lines for stay in line.stays]
    refusals = sum(len(line.refusals) for line in report.lines) + len(report.strangers)
    return [
        ("Visits", len(report.lines)),
        ("Entries", sum(begins <= stay.entered_at < ends for stay in stays)),
        ("Exits", sum(stay.exit_time is not None and begins <= stay.exit_time < ends for stay in stays)),
        ("Refused", refusals),
        ("Overstays", sum(line.overstay is not None for line in report.lines)),
        ("Still inside", sum(line.inside for line in report.lines)),
        ("Exit time unknown", sum(line.unknown_exit for line in report.lines)),
        ("Badges not returned", sum(line.badge_out for line in report.lines)),
    ]


def entries_over_time(report: Report) -> list[Bar]:
    """Entries by hour of the day, or by day of the month, every one of them named: an empty hour is a finding too."""
    zone = ZoneInfo(report.frame.zone)
    begins, ends = report.frame.begins, report.frame.ends
    times = [stay.entered_at for line in report.lines for stay in line.stays if begins <= stay.entered_at < ends]
    if report.frame.kind is ReportKind.ACCESS_DAILY:
        hours = Counter(at.astimezone(zone).hour for at in times)
        return [Bar(f"{hour:02d}", hours[hour]) for hour in range(24)]
    days = Counter(at.astimezone(zone).day for at in times)
    return [Bar(str(day), days[day]) for day in _days(begins, ends, zone)]


def _days(begins: datetime, ends: datetime, zone: ZoneInfo) -> Sequence[int]:
    last = (ends - timedelta(microseconds=1)).astimezone(zone).day
    return range(begins.astimezone(zone).day, last + 1)


def stays_by_area(report: Report) -> list[Bar]:
    """Stays in each area, the busiest first."""
    return _busiest(Counter(stay.area for line in report.lines for stay in line.stays))


def visits_by_customer(report: Report) -> list[Bar]:
    """Visits of each customer, the busiest first."""
    return _busiest(Counter(line.customer for line in report.lines))


def _busiest(counted: Counter[str]) -> list[Bar]:
    return [Bar(label, count) for label, count in counted.most_common(MOST_BARS)]
