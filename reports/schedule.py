"""When a report is due and which period it covers. Pure: local times in the site's zone in, aware UTC out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from access_log.models import ReportKind

MOST_AT_ONCE = 62
"""Missed slots made up in one look; the next look goes on from there."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One report that should exist. `begins` and `ends` are the period's edges, `due` the moment it may be written.

    A slot is known by the end of its period: moving a schedule's hour makes no second report of the same day.
    """

    begins: datetime
    ends: datetime
    due: datetime


def due_slots(kind: ReportKind, *, minute: int, day: int, zone: str, since: datetime, now: datetime) -> list[Slot]:
    """Slots whose period ended after `since` and that are due at `now`, the oldest first."""
    found: list[Slot] = []
    for slot in _slots(kind, minute=minute, day=day, zone=ZoneInfo(zone), since=since):
        if slot.due > now or len(found) == MOST_AT_ONCE:
            break
        found.append(slot)
    return found


def next_due(kind: ReportKind, *, minute: int, day: int, zone: str, now: datetime) -> Slot:
    """The first slot that is due after `now`: for people who ask when the next report comes."""
    back = now - timedelta(days=62)
    return next(slot for slot in _slots(kind, minute=minute, day=day, zone=ZoneInfo(zone), since=back) if slot.due > now)


def _slots(kind: ReportKind, *, minute: int, day: int, zone: ZoneInfo, since: datetime) -> Iterator[Slot]:
    """Without end, from the first period that ended after `since`."""
    local = since.astimezone(zone).date()
    begins = local if kind is ReportKind.ACCESS_DAILY else local.replace(day=1)
    while begins.year < date.max.year:
        ends = _next(kind, begins)
        write_on = ends if kind is ReportKind.ACCESS_DAILY else ends.replace(day=day)
        slot = Slot(_moment(begins, 0, zone), _moment(ends, 0, zone), _moment(write_on, minute, zone))
        if slot.ends > since:
            yield slot
        begins = ends


def _next(kind: ReportKind, begins: date) -> date:
    if kind is ReportKind.ACCESS_DAILY:
        return begins + timedelta(days=1)
    return (begins.replace(day=28) + timedelta(days=4)).replace(day=1)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
