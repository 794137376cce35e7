"""How many came into which area in which month: the one report about people that may leave the security team (policy/anonymous.py).

A month is counted once, two days after its end, while everybody who came is still told apart, and stays as it was published.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from access_log.models import Area, Presence, Site, TrafficCell, Visit
from access_log.policy.anonymous import Cell, publishable
from access_log.policy.period import add_months

SETTLED = timedelta(days=2)
"""Entries written by hand come up to a day later."""
BACK = 3
"""Months that are made up for after downtime: within the shortest time that names are kept."""


@dataclass(frozen=True, slots=True)
class Published:
    """One month as it was published: entries by area, None where hidden; `total` of the whole site, None where hidden."""

    month: str
    cells: Mapping[int, int | None]
    total: int | None


def publish_due(session: Session, *, site: Site, now: datetime) -> int:
    """Count the months that are over and were not counted yet. Returns how many."""
    made = 0
    for back in range(BACK, 0, -1):
        begins, ends = month_before(now, back, site.zone)
        if now < ends + SETTLED or site.created_at >= ends:
            continue
        name = begins.astimezone(ZoneInfo(site.zone)).strftime("%Y-%m")
        if session.exec(select(TrafficCell.id).where(TrafficCell.site_id == site.id, TrafficCell.month == name).limit(1)).first() is None:
            _publish(session, site, name, begins, ends, now)
            made += 1
    return made


def month_before(now: datetime, back: int, zone: str) -> tuple[datetime, datetime]:
    """Beginning and end (UTC) of the calendar month so many months ago."""
    local = now.astimezone(ZoneInfo(zone)).date()
    first = datetime.combine(date(local.year, local.month, 1), time(), ZoneInfo(zone)).astimezone(UTC)
    return add_months(first, -back, zone), add_months(first, 1 - back, zone)


def _publish(session: Session, site: Site, month: str, begins: datetime, ends: datetime, now: datetime) -> None:
    shown = publishable(counted(session, site, begins, ends))
    values: dict[int | None, int | None] = {None: shown.total} | {int(str(area)): entries for area, entries in shown.cells.items()}
    for area, entries in values.items():
        session.add(TrafficCell(site_id=site.id or 0, month=month, area_id=area, entries=entries, published_at=now))
    session.flush()


def counted(session: Session, site: Site, begins: datetime, ends: datetime) -> dict[int, Cell]:
    """Every area with its entries, and the opaque ids of who made them: a technician, or where they are gone the visit's own person."""
    person = func.coalesce(Visit.technician_id, Visit.subject_id)
    found = session.exec(
        select(Presence.area_id, person, Presence.customer_id, func.count())
        .join(Visit, col(Visit.id) == Presence.visit_id)
        .where(Presence.site_id == site.id, col(Presence.entered_at) >= begins, col(Presence.entered_at) < ends)
        .group_by(col(Presence.area_id), person, col(Presence.customer_id))
    ).all()
    rows: dict[int, list[tuple[object, int, int]]] = defaultdict(list)
    for area_id, who, customer_id, entries in found:
        rows[area_id].append((who, customer_id, entries))
    areas = session.exec(select(Area.id).where(Area.site_id == site.id).order_by(col(Area.code))).all()
    return {area or 0: _cell(rows[area or 0]) for area in areas}


def _cell(rows: Sequence[tuple[object, int, int]]) -> Cell:
    return Cell(sum(row[2] for row in rows), frozenset(str(row[0]) for row in rows), frozenset(row[1] for row in rows))


def published(session: Session, *, site_id: int, months: int = 24) -> list[Published]:
    """The last months as they were published, the newest first."""
    rows: dict[str, dict[int | None, int | None]] = defaultdict(dict)
    for row in session.exec(select(TrafficCell).where(TrafficCell.site_id == site_id).order_by(col(TrafficCell.month).desc())):
        rows[row.month][row.area_id] = row.entries
    made = [Published(month, {area: n for area, n in found.items() if area is not None}, found.get(None)) for month, found in rows.items()]
    return made[:months]
