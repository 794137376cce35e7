"""What the scans of one batch have to know, and the statements that read it: six, however many scans there are.

The statements are built once, of plain tables: building and compiling one costs more than running it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select, tuple_
from sqlmodel import Session

from access_log.models import AccessEvent, Area, Contact, Customer, Door, Kiosk, Pass, Presence, Site, Visit, VisitArea
from access_log.models.base import table
from access_log.policy.codes import Active, Direction, Outcome, VisitState
from access_log.policy.entry import REPEAT_WITHIN
from access_log.services.scan_values import ReadScan, ScanAnswer


@dataclass(slots=True)
class KioskRow:
    active: bool
    site_id: int
    door_id: int
    area_id: int
    area_closed: bool
    direction: Direction
    zone: str
    sequence: int
    last_hash: bytes


@dataclass(slots=True)
class PassRow:
    """A pass with what decides about it. Changes as the scans of one batch are decided."""

    visit_id: UUID
    site_id: int
    subject_id: UUID
    person_id: UUID
    customer_id: int
    digest: bytes
    valid_from: datetime
    valid_until: datetime
    revoked: bool
    state: VisitState
    checked_at: datetime | None
    notice_read: bool
    language: str
    customer: Active
    contact: Active
    early_minutes: int
    overstay_minutes: int
    entered_at: datetime | None = None
    areas: set[int] = field(default_factory=set)
    last: dict[int, tuple[Outcome | None, datetime]] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """Kiosks by id, passes by digest and by digest of the short code, who is inside on which visit, requests answered before."""

    kiosks: dict[int, KioskRow]
    passes: dict[bytes, PassRow]
    inside: dict[UUID, UUID]
    answered: dict[tuple[int, str], ScanAnswer]


_kiosk, _door, _area, _site = table(Kiosk), table(Door), table(Area), table(Site)
_event, _pass, _visit, _visit_area = table(AccessEvent), table(Pass), table(Visit), table(VisitArea)
_customer, _contact, _presence = table(Customer), table(Contact), table(Presence)

_KIOSKS = (
    select(
        _kiosk.c.id, _kiosk.c.revoked_at.is_(None), _kiosk.c.site_id, _kiosk.c.door_id, _door.c.area_id, _area.c.closed, _kiosk.c.direction,
        _site.c.zone, _kiosk.c.sequence, _kiosk.c.last_hash,
    )
    .join_from(_kiosk, _door, _door.c.id == _kiosk.c.door_id)
    .join(_area, _area.c.id == _door.c.area_id)
    .join(_site, _site.c.id == _kiosk.c.site_id)
    .where(_kiosk.c.id.in_(bindparam("kiosks", expanding=True)))
    .order_by(_kiosk.c.id)
    .with_for_update(of=_kiosk)
)  # fmt: skip

_ANSWERED = select(_event.c.kiosk_id, _event.c.nonce, _event.c.outcome, _event.c.direction, _event.c.at, _event.c.visit_id).where(
    tuple_(_event.c.kiosk_id, _event.c.nonce).in_(bindparam("requests", expanding=True))
)

_PASSES = (
    select(
        _pass.c.short_digest, _visit.c.id, _visit.c.site_id, _visit.c.subject_id,
        func.coalesce(_visit.c.technician_id, _visit.c.subject_id), _visit.c.customer_id,
        _pass.c.digest, _pass.c.valid_from, _pass.c.valid_until, _pass.c.revoked_at.is_not(None),
        _visit.c.state, _visit.c.checked_at, _visit.c.notice_read_at.is_not(None), _visit.c.language,
        _customer.c.state, _contact.c.state, _site.c.early_minutes, _site.c.overstay_minutes,
    )
    .join_from(_pass, _visit, _visit.c.id == _pass.c.visit_id)
    .join(_customer, _customer.c.id == _visit.c.customer_id)
    .join(_contact, _contact.c.id == _visit.c.requested_by)
    .join(_site, _site.c.id == _visit.c.site_id)
    .where(
        or_(
            _pass.c.digest.in_(bindparam("digests", expanding=True)),
            _pass.c.short_digest.in_(bindparam("shorts", expanding=True)),
        )
    )
    .order_by(_visit.c.id)
    .with_for_update(of=_visit)
)  # fmt: skip

_AREAS = select(_visit_area.c.visit_id, _visit_area.c.area_id).where(_visit_area.c.visit_id.in_(bindparam("visits", expanding=True)))

# "Still inside" stands in both halves: only so does SQLite use both partial indexes, and not read everybody who is inside.
_PRESENCES = select(_presence.c.person_id, _presence.c.visit_id, _presence.c.entered_at).where(
    or_(
        and_(_presence.c.left_at.is_(None), _presence.c.visit_id.in_(bindparam("visits", expanding=True))),
        and_(_presence.c.left_at.is_(None), _presence.c.person_id.in_(bindparam("people", expanding=True))),
    )
)

_LAST_OUTCOMES = (
    select(_event.c.visit_id, _event.c.kiosk_id, _event.c.outcome, _event.c.at)
    .where(
        _event.c.visit_id.in_(bindparam("visits", expanding=True)),
        _event.c.at > bindparam("since"),
        _event.c.kiosk_id.is_not(None),
    )
    .order_by(_event.c.id)
)


def load(session: Session, scans: Sequence[ReadScan], now: datetime) -> Known:
    """Read, and lock in a fixed order (kiosks, then visits), what these scans need."""
    kiosks = _kiosks(session, sorted({scan.kiosk_id for scan in scans}))
    answered = _answered(session, scans)
    passes = _passes(session, scans)
    rows = {row.visit_id: row for row in passes.values()}
    inside: dict[UUID, UUID] = {}
    if rows:
        _areas(session, rows)
        inside = _presences(session, rows)
        _last_outcomes(session, rows, now)
    return Known(kiosks, passes, inside, answered)


def _kiosks(session: Session, ids: list[int]) -> dict[int, KioskRow]:
    return {row[0]: KioskRow(*row[1:]) for row in session.execute(_KIOSKS, {"kiosks": ids})}


def _answered(session: Session, scans: Sequence[ReadScan]) -> dict[tuple[int, str], ScanAnswer]:
    """Answers already given to the same request: a kiosk that lost the answer asks again with the same nonce."""
    requests = [(scan.kiosk_id, scan.nonce) for scan in scans]
    return {(row[0], row[1]): ScanAnswer(*row[2:]) for row in session.execute(_ANSWERED, {"requests": requests})}


def _passes(session: Session, scans: Sequence[ReadScan]) -> dict[bytes, PassRow]:
    digests = [scan.digest for scan in scans if scan.digest]
    shorts = [scan.short_digest for scan in scans if scan.short_digest]
    if not digests and not shorts:
        return {}
    found: dict[bytes, PassRow] = {}
    visits: dict[UUID, PassRow] = {}
    for short, *values in session.execute(_PASSES, {"digests": digests, "shorts": shorts}):
        row = PassRow(*values)
        first = visits.setdefault(row.visit_id, row)
        row.areas, row.last = first.areas, first.last
        found[row.digest] = found[short] = row
    return found


def _areas(session: Session, rows: dict[UUID, PassRow]) -> None:
    for visit_id, area_id in session.execute(_AREAS, {"visits": list(rows)}):
        rows[visit_id].areas.add(area_id)


def _presences(session: Session, rows: dict[UUID, PassRow]) -> dict[UUID, UUID]:
    people = [row.person_id for row in rows.values()]
    inside: dict[UUID, UUID] = {}
    for person_id, visit_id, entered_at in session.execute(_PRESENCES, {"visits": list(rows), "people": people}):
        inside[person_id] = visit_id
        if visit_id in rows:
            rows[visit_id].entered_at = entered_at
    return inside


def _last_outcomes(session: Session, rows: dict[UUID, PassRow], now: datetime) -> None:
    for visit_id, kiosk_id, outcome, at in session.execute(_LAST_OUTCOMES, {"visits": list(rows), "since": now - REPEAT_WITHIN}):
        rows[visit_id].last[kiosk_id] = (outcome, at)
