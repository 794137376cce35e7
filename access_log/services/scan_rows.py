"""What the scans of one batch come to, and the statements that write it: at most nine, however many scans there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from access_log.crypto.record import leaf_hash
from access_log.errors import ConflictError
from access_log.models import Kiosk, OutboxMessage, Presence, SendState, Template, Visit
from access_log.models.base import table
from access_log.policy.codes import ActorKind, HowKnown
from access_log.policy.entry import Decision
from access_log.services.events import Fact, entry_body
from access_log.services.rows import insert_many, store_facts
from access_log.services.scan_reads import KioskRow, Known, PassRow
from access_log.services.scan_values import ReadScan, ScanAnswer


@dataclass(slots=True)
class Step:
    """Presences that end and presences that begin, written together: no person is in one step twice."""

    closed: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """What is known, and what is going to be written."""

    known: Known
    facts: list[Fact] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    moved: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    steps_of: dict[UUID, int] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)

    def note(self, scan: ReadScan, row: PassRow | None, decision: Decision, answer: ScanAnswer) -> None:
        """Take one decision into what will be written, and into what the next scan of the batch sees."""
        kiosk = self.known.kiosks[scan.kiosk_id]
        kiosk.sequence += 1
        fact = _fact(scan, kiosk, row, decision, answer.at)
        body = entry_body(fact, previous=kiosk.last_hash)
        kiosk.last_hash = leaf_hash(body)
        self.facts.append(fact)
        self.bodies.append(body)
        self.known.answered[scan.kiosk_id, scan.nonce] = answer
        if row is not None:
            row.last[scan.kiosk_id] = (decision.outcome, answer.at)
            self._move(row, scan.kiosk_id, decision, answer.at)

    def _move(self, row: PassRow, kiosk_id: int, decision: Decision, now: datetime) -> None:
        if decision.state is None:
            return
        row.state = decision.state
        change = self.moved.setdefault(row.visit_id, {"visit": row.visit_id})
        change["new_state"] = decision.state
        if decision.opens:
            self._open(row, self.known.kiosks[kiosk_id], now)
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
        self.known.inside[row.person_id] = row.visit_id
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
        self.known.inside.pop(row.person_id, None)
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


def _fact(scan: ReadScan, kiosk: KioskRow, row: PassRow | None, decision: Decision, now: datetime) -> Fact:
    return Fact(
        site_id=kiosk.site_id,
        type=decision.event,
        at=now,
        actor_kind=ActorKind.KIOSK,
        actor_id=scan.kiosk_id,
        subject_id=row.subject_id if row else None,
        customer_id=row.customer_id if row else None,
        visit_id=row.visit_id if row else None,
        door_id=kiosk.door_id,
        kiosk_id=scan.kiosk_id,
        kiosk_seq=kiosk.sequence,
        nonce=scan.nonce,
        pass_digest=row.digest if row else scan.digest,
        outcome=decision.outcome,
        direction=decision.direction,
        known=HowKnown.SCAN,
    )


_kiosk, _visit, _presence = table(Kiosk), table(Visit), table(Presence)

_COUNT_ON = update(_kiosk).where(_kiosk.c.id == bindparam("kiosk")).values(sequence=bindparam("seq"), last_hash=bindparam("hash"))

_this_visit = update(_visit).where(_visit.c.id == bindparam("visit")).values(state=bindparam("new_state"))
_MOVE = {
    "arrived": _this_visit.values(arrived_at=bindparam("arrived"), arrived_kiosk_id=bindparam("arrived_kiosk")),
    "entered": _this_visit.values(entered_at=bindparam("entered")),
    "left": _this_visit.values(left_at=bindparam("left"), left_known=HowKnown.SCAN),
}

_CLOSE = (
    update(_presence)
    .where(_presence.c.visit_id == bindparam("visit"), _presence.c.left_at.is_(None))
    .values(left_at=bindparam("left"), left_known=HowKnown.SCAN, person_id=None)
)


def store(session: Session, batch: Batch) -> None:
    """Write what the batch decided. Raises ConflictError where another process opened the same presence first."""
    if not batch.facts:
        return
    store_facts(session, batch.facts, batch.bodies)
    _store_kiosks(session, batch)
    for change, statement in _MOVE.items():
        _each(session, statement, [row for row in batch.moved.values() if change in row])
    for step in batch.steps:
        _each(session, _CLOSE, step.closed)
        _open_presences(session, step.opened)
    insert_many(session, OutboxMessage, batch.receipts)


def _each(session: Session, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(statement, rows)


def _store_kiosks(session: Session, batch: Batch) -> None:
    used = {fact.kiosk_id for fact in batch.facts}
    rows = [{"kiosk": id_, "seq": row.sequence, "hash": row.last_hash} for id_, row in batch.known.kiosks.items() if id_ in used]
    session.execute(_COUNT_ON, rows)


def _open_presences(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    flavour = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for row in rows:
        made = session.execute(flavour.insert(_presence).values(**row).on_conflict_do_nothing().returning(_presence.c.id)).first()
        if made is None:
            raise ConflictError("opened_elsewhere")
