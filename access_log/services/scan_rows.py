"""The statements of the scan path: six to read, at most nine to write, however many scans share the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from access_log.crypto.record import leaf_hash
from access_log.errors import ConflictError
from access_log.models import (
    AccessEvent,
    Area,
    Contact,
    Customer,
    Door,
    Kiosk,
    OutboxMessage,
    Pass,
    Presence,
    RecordEntry,
    RecordPending,
    SendState,
    Site,
    Template,
    Visit,
    VisitArea,
)
from access_log.policy.codes import Active, ActorKind, Direction, HowKnown, Outcome, VisitState
from access_log.policy.entry import REPEAT_WITHIN, Decision
from access_log.services.events import entry_body
from access_log.services.scan_values import ReadScan, ScanAnswer


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, typed."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # SQLModel adds it at class creation


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
class Step:
    """Presences that end and presences that begin, written together: no person is in one step twice."""

    closed: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Reads:
    """Everything one batch knows, and what it is going to write."""

    kiosks: dict[int, KioskRow]
    passes: dict[bytes, PassRow]
    inside: dict[UUID, UUID]
    answered: dict[tuple[int, str], ScanAnswer]
    events: list[AccessEvent] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    moved: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    steps_of: dict[UUID, int] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)

    def note(self, scan: ReadScan, row: PassRow | None, decision: Decision, now: datetime) -> None:
        """Take one decision into what will be written, and into what the next scan of the batch sees."""
        kiosk = self.kiosks[scan.kiosk_id]
        kiosk.sequence += 1
        event = _event(scan, kiosk, row, decision, now)
        body = entry_body(event, previous=kiosk.last_hash)
        kiosk.last_hash = leaf_hash(body)
        self.events.append(event)
        self.bodies.append(body)
        if row is not None:
            row.last[scan.kiosk_id] = (decision.outcome, now)
            self._move(row, scan.kiosk_id, decision, now)

    def _move(self, row: PassRow, kiosk_id: int, decision: Decision, now: datetime) -> None:
        if decision.state is None:
            return
        row.state = decision.state
        change = self.moved.setdefault(row.visit_id, {"visit": row.visit_id})
        change["new_state"] = decision.state
        if decision.opens:
            self._open(row, self.kiosks[kiosk_id], now)
            change["entered"] = now
        elif decision.closes:
            self._close(row, now)
            change["left"] = now
        else:
            change["arrived"] = now
            change["arrived_kiosk"] = kiosk_id

    def _step(self, person_id: UUID) -> Step:
        """Somebody who comes and goes within one batch is written in that order."""
        place = self.steps_of.get(person_id, 0)
        self.steps_of[person_id] = place + 1
        if place == len(self.steps):
            self.steps.append(Step())
        return self.steps[place]

    def _open(self, row: PassRow, kiosk: KioskRow, now: datetime) -> None:
        row.entered_at = now
        self.inside[row.person_id] = row.visit_id
        self._step(row.person_id).opened.append(
            {
                "site_id": row.site_id,
                "visit_id": row.visit_id,
                "customer_id": row.customer_id,
                "person_id": row.person_id,
                "area_id": kiosk.area_id,
                "entered_at": now,
                "entered_known": HowKnown.SCAN,
            }
        )

    def _close(self, row: PassRow, now: datetime) -> None:
        self.inside.pop(row.person_id, None)
        left = max(now, row.entered_at or now)
        row.entered_at = None
        self._step(row.person_id).closed.append({"visit": row.visit_id, "left": left})
        self.receipts.append(
            {
                "site_id": row.site_id,
                "template": Template.RECEIPT,
                "subject_id": row.subject_id,
                "visit_id": row.visit_id,
                "language": row.language,
                "reference": "",
                "state": SendState.WAITING,
                "due_at": now,
                "attempts": 0,
                "error": "",
                "created_at": now,
            }
        )


def _event(scan: ReadScan, kiosk: KioskRow, row: PassRow | None, decision: Decision, now: datetime) -> AccessEvent:
    return AccessEvent(
        site_id=kiosk.site_id,
        type=decision.event,
        at=now,
        visit_id=row.visit_id if row else None,
        subject_id=row.subject_id if row else None,
        customer_id=row.customer_id if row else None,
        door_id=kiosk.door_id,
        kiosk_id=scan.kiosk_id,
        kiosk_seq=kiosk.sequence,
        nonce=scan.nonce,
        pass_digest=row.digest if row else scan.digest,
        outcome=decision.outcome,
        direction=decision.direction,
        known=HowKnown.SCAN,
        actor_kind=ActorKind.KIOSK,
        actor_id=scan.kiosk_id,
        detail={},
    )


def load(session: Session, scans: Sequence[ReadScan], now: datetime) -> Reads:
    """Read, and lock in a fixed order (kiosks, then visits), what these scans need."""
    kiosks = _kiosks(session, sorted({scan.kiosk_id for scan in scans}))
    answered = _answered(session, scans)
    passes = _passes(session, [scan.digest for scan in scans if scan.digest], [scan.short_digest for scan in scans if scan.short_digest])
    rows = {row.visit_id: row for row in passes.values()}
    inside: dict[UUID, UUID] = {}
    if rows:
        _areas(session, rows)
        inside = _presences(session, rows)
        _last_outcomes(session, rows, now)
    return Reads(kiosks, passes, inside, answered)


def _kiosks(session: Session, ids: list[int]) -> dict[int, KioskRow]:
    statement = (
        select(
            col(Kiosk.id), col(Kiosk.revoked_at).is_(None), col(Kiosk.site_id), col(Kiosk.door_id), col(Door.area_id), col(Area.closed),
            col(Kiosk.direction), col(Site.zone), col(Kiosk.sequence), col(Kiosk.last_hash),
        )
        .join(Door, col(Door.id) == col(Kiosk.door_id))
        .join(Area, col(Area.id) == col(Door.area_id))
        .join(Site, col(Site.id) == col(Kiosk.site_id))
        .where(col(Kiosk.id).in_(ids))
        .order_by(col(Kiosk.id))
        .with_for_update(of=table(Kiosk))
    )  # fmt: skip
    return {row[0]: KioskRow(*row[1:]) for row in session.execute(statement)}


def _answered(session: Session, scans: Sequence[ReadScan]) -> dict[tuple[int, str], ScanAnswer]:
    """Answers already given to the same request: a kiosk that lost the answer asks again with the same nonce."""
    keys = [(scan.kiosk_id, scan.nonce) for scan in scans]
    statement = (
        select(col(AccessEvent.kiosk_id), col(AccessEvent.nonce), col(AccessEvent.outcome), col(AccessEvent.direction), col(AccessEvent.at),
               col(AccessEvent.visit_id), col(Pass.valid_from), col(Pass.valid_until))
        .outerjoin(Pass, col(Pass.digest) == col(AccessEvent.pass_digest))
        .where(tuple_(col(AccessEvent.kiosk_id), col(AccessEvent.nonce)).in_(keys))
    )  # fmt: skip
    return {(row[0], row[1]): ScanAnswer(*row[2:8]) for row in session.execute(statement)}


def _passes(session: Session, digests: list[bytes], shorts: list[bytes]) -> dict[bytes, PassRow]:
    if not digests and not shorts:
        return {}
    statement = (
        select(
            col(Pass.short_digest), col(Visit.id), col(Visit.site_id), col(Visit.subject_id),
            func.coalesce(col(Visit.technician_id), col(Visit.subject_id)), col(Visit.customer_id), col(Pass.digest), col(Pass.valid_from),
            col(Pass.valid_until), col(Pass.revoked_at).is_not(None), col(Visit.state), col(Visit.checked_at),
            col(Visit.notice_read_at).is_not(None), col(Visit.language), col(Customer.state), col(Contact.state), col(Site.early_minutes),
            col(Site.overstay_minutes),
        )
        .join(Visit, col(Visit.id) == col(Pass.visit_id))
        .join(Customer, col(Customer.id) == col(Visit.customer_id))
        .join(Contact, col(Contact.id) == col(Visit.requested_by))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(or_(col(Pass.digest).in_(digests), col(Pass.short_digest).in_(shorts)))
        .order_by(col(Visit.id))
        .with_for_update(of=table(Visit))
    )  # fmt: skip
    found: dict[bytes, PassRow] = {}
    visits: dict[UUID, PassRow] = {}
    for short, *values in session.execute(statement):
        row = PassRow(*values)
        first = visits.setdefault(row.visit_id, row)
        row.areas, row.last = first.areas, first.last
        found[row.digest] = found[short] = row
    return found


def _areas(session: Session, rows: dict[UUID, PassRow]) -> None:
    statement = select(col(VisitArea.visit_id), col(VisitArea.area_id)).where(col(VisitArea.visit_id).in_(list(rows)))
    for visit_id, area_id in session.execute(statement):
        rows[visit_id].areas.add(area_id)


def _presences(session: Session, rows: dict[UUID, PassRow]) -> dict[UUID, UUID]:
    people = [row.person_id for row in rows.values()]
    statement = select(col(Presence.person_id), col(Presence.visit_id), col(Presence.entered_at)).where(
        col(Presence.left_at).is_(None), or_(col(Presence.visit_id).in_(list(rows)), col(Presence.person_id).in_(people))
    )
    inside: dict[UUID, UUID] = {}
    for person_id, visit_id, entered_at in session.execute(statement):
        inside[person_id] = visit_id
        if visit_id in rows:
            rows[visit_id].entered_at = entered_at
    return inside


def _last_outcomes(session: Session, rows: dict[UUID, PassRow], now: datetime) -> None:
    statement = (
        select(col(AccessEvent.visit_id), col(AccessEvent.kiosk_id), col(AccessEvent.outcome), col(AccessEvent.at))
        .where(
            col(AccessEvent.visit_id).in_(list(rows)),
            col(AccessEvent.at) > now - REPEAT_WITHIN,
            col(AccessEvent.kiosk_id).is_not(None),
        )
        .order_by(col(AccessEvent.id))
    )
    for visit_id, kiosk_id, outcome, at in session.execute(statement):
        rows[visit_id].last[kiosk_id] = (outcome, at)


def store(session: Session, reads: Reads) -> None:
    """Write what the batch decided. Raises ConflictError where another process opened the same presence first."""
    if not reads.events:
        return
    columns = [column.name for column in table(AccessEvent).columns if column.name != "id"]
    session.execute(insert(table(AccessEvent)), [{name: getattr(event, name) for name in columns} for event in reads.events])
    _store_record(session, reads)
    _store_kiosks(session, reads)
    _store_visits(session, reads)
    for step in reads.steps:
        _store_presences(session, step)
    if reads.receipts:
        session.execute(insert(table(OutboxMessage)), reads.receipts)


def _store_record(session: Session, reads: Reads) -> None:
    site_ids = [event.site_id for event in reads.events]
    rows = [{"site_id": site, "body": body, "leaf_hash": leaf_hash(body)} for site, body in zip(site_ids, reads.bodies, strict=True)]
    ids = session.execute(insert(table(RecordEntry)).returning(table(RecordEntry).c.id, table(RecordEntry).c.site_id), rows).all()
    session.execute(insert(table(RecordPending)), [{"entry_id": entry_id, "site_id": site_id} for entry_id, site_id in ids])


def _store_kiosks(session: Session, reads: Reads) -> None:
    kiosk = table(Kiosk)
    used = {event.kiosk_id for event in reads.events}
    session.execute(
        update(kiosk).where(kiosk.c.id == bindparam("kiosk")).values(sequence=bindparam("seq"), last_hash=bindparam("hash")),
        [{"kiosk": id_, "seq": row.sequence, "hash": row.last_hash} for id_, row in reads.kiosks.items() if id_ in used],
    )


_VISIT_CHANGES = {
    "arrived": {"arrived_at": "arrived", "arrived_kiosk_id": "arrived_kiosk"},
    "entered": {"entered_at": "entered"},
    "left": {"left_at": "left"},
}


def _store_visits(session: Session, reads: Reads) -> None:
    visit = table(Visit)
    for change, columns in _VISIT_CHANGES.items():
        rows = [row for row in reads.moved.values() if change in row]
        if rows:
            values: dict[str, Any] = {"state": bindparam("new_state"), **{column: bindparam(name) for column, name in columns.items()}}
            if change == "left":
                values["left_known"] = bindparam("how", HowKnown.SCAN, type_=visit.c.left_known.type)
            session.execute(update(visit).where(visit.c.id == bindparam("visit")).values(**values), rows)


def _store_presences(session: Session, step: Step) -> None:
    presence = table(Presence)
    if step.closed:
        session.execute(
            update(presence)
            .where(presence.c.visit_id == bindparam("visit"), presence.c.left_at.is_(None))
            .values(left_at=bindparam("left"), left_known=HowKnown.SCAN, person_id=None),
            step.closed,
        )
    if step.opened:
        flavour = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        for row in step.opened:
            made = session.execute(flavour.insert(presence).values(**row).on_conflict_do_nothing().returning(presence.c.id)).first()
            if made is None:
                raise ConflictError("opened_elsewhere")
