"""The one place where identity is erased: a subject, an item of one, or all that a rights request named.

Order: a line in the ledger outside the database, on the disk; then, in the caller's transaction, keys, index values, tombstones and
receipts; then a look that nothing is left. A line in the ledger binds: where the transaction does not come to its end, the worker carries
the line out later (services/erasure_resume.py). So nothing may be refused after `erase` was called. Why a service writes a file:
docs/adr/0026.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, or_, select, update

from access_log.crypto.ledger import EVERYTHING, Head, Line, Order
from access_log.errors import LedgerBehindError, NotErasedError
from access_log.models import BlindIndex, Carried, DeferredErasure, Erasure, StoredSecret, Subject, Tombstone, VaultItem, VaultLabel, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item
from access_log.services.events import Fact
from access_log.services.fences import no_longer_new
from access_log.services.held import items_held
from access_log.services.rows import chunks, insert_many, record_many

Holding = type[VaultItem] | type[VaultLabel] | type[BlindIndex] | type[StoredSecret]
HOLDING: tuple[Holding, ...] = (VaultItem, VaultLabel, BlindIndex, StoredSecret)
"""Every table that holds something of a subject's identity."""
BESIDE: dict[Item, type[BlindIndex | VaultLabel | StoredSecret]] = {
    Item.CONTACT: BlindIndex,
    Item.NAME: VaultLabel,
    Item.LABEL: VaultLabel,
    Item.SECRET: StoredSecret,
}
"""What goes with an item, or is where it is kept."""


class Ledger(Protocol):
    """Where orders stand before anything is destroyed: outside the database, on the disk when `append` returns."""

    def exists(self) -> bool: ...
    def create(self) -> None: ...
    def head(self) -> Head: ...
    def append(self, orders: Sequence[Order]) -> list[Line]: ...
    def lines(self) -> Iterable[Line]: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What to erase of whom: one item, or everything (None). `fence` False: the person may give it again."""

    subject_id: UUID
    item: Item | None = None
    fence: bool = True


def everything_of(subjects: Iterable[UUID]) -> list[Target]:
    """Whole subjects."""
    return [Target(subject_id) for subject_id in subjects]


def ledger_of(session: Session) -> Ledger:
    """The ledger that the process attached to its engine (runtime.attach_ledger). Raises LedgerBehindError where it attached none."""
    ledger: Ledger | None = session.get_bind().get_execution_options().get("ledger")
    if ledger is None:
        raise LedgerBehindError("no ledger is attached: nothing may be erased by this process")
    return ledger


def erase(session: Session, targets: Sequence[Target], *, reason: str, actor: Actor, now: datetime) -> list[Erasure]:
    """Erase `targets`, for a `reason` (a code). Returns the receipts, which are flushed; the events stay and say that it was done.

    What a legal hold keeps is not erased and has no receipt: the order is written down and carried out at the hold's end.

    Raises LedgerBehindError where the ledger is not the database's or is older than it, LedgerMissing, LedgerBroken, NotErasedError.
    """
    if not targets:
        return []
    ledger = ledger_of(session)
    head = checked_head(session, ledger)
    for chunk in chunks(sorted({target.subject_id for target in targets})):  # in one order, so that two of these never wait for each other
        session.exec(select(Subject.id).where(col(Subject.id).in_(chunk)).order_by(col(Subject.id)).with_for_update()).all()
    allowed = _allowed(session, targets, reason, actor, now)
    if not allowed:
        return []
    lines = ledger.append([_order(target, reason, actor, now) for target in allowed])
    return carry_out(session, lines, ledger_id=head.ledger, actor=actor, now=now, carried=Carried.AT_ONCE)


def _allowed(session: Session, targets: Sequence[Target], reason: str, actor: Actor, now: datetime) -> list[Target]:
    """What no hold forbids. For the rest the order waits, and what shows the person to others goes already (PIPL 47: storage alone)."""
    held = items_held(session, {target.subject_id for target in targets})
    allowed: list[Target] = []
    for target in targets:
        kept = held.get(target.subject_id, frozenset())
        if not kept or (target.item is not None and target.item not in kept):
            allowed.append(target)
            continue
        _defer(session, target, reason, actor, now)
        allowed += [Target(target.subject_id, item, target.fence) for item in _beside(session, target, kept)]
    return list(dict.fromkeys(allowed))


def _beside(session: Session, target: Target, kept: frozenset[Item]) -> list[Item]:
    """What may go at once although the order as a whole has to wait."""
    if target.item not in (None, Item.NAME):
        return []
    free = [item for item in (Item.DOCUMENT, Item.CONTACT) if target.item is None and item not in kept]
    stored = set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == target.subject_id)).all())
    found = [item for item in free if item in stored]
    return [*found, Item.LABEL] if session.get(VaultLabel, target.subject_id) is not None else found


def _defer(session: Session, target: Target, reason: str, actor: Actor, now: datetime) -> None:
    waiting = select(DeferredErasure.id).where(DeferredErasure.subject_id == target.subject_id, DeferredErasure.item == target.item)
    if session.exec(waiting).first() is not None:
        return
    session.add(
        DeferredErasure(
            site_id=actor.site_id, subject_id=target.subject_id, item=target.item, reason=reason,
            actor_kind=actor.kind, actor_id=actor.id, fence=target.fence, asked_at=now,
        )
    )  # fmt: skip
    session.flush()
    detail = {"reason": reason} | ({"item": target.item.value} if target.item else {})
    record_many(session, [Fact(actor.site_id, EventType.ERASURE_DEFERRED, now, actor.kind, actor.id, target.subject_id, None, detail)])


def _order(target: Target, reason: str, actor: Actor, now: datetime) -> Order:
    item = target.item.value if target.item else EVERYTHING
    return Order(actor.site_id, target.subject_id, item, reason, now, target.fence)


def checked_head(session: Session, ledger: Ledger) -> Head:
    """Where the ledger stands. Raises LedgerBehindError where the database knows of a line that this ledger does not have."""
    newest = session.exec(select(Erasure).order_by(col(Erasure.ledger_number).desc()).limit(1)).first()
    if not ledger.exists():
        if newest is not None:
            raise LedgerBehindError("the ledger of erasures is missing")
        ledger.create()
    head = ledger.head()
    if newest is None:
        return head
    if newest.ledger_id != head.ledger:
        raise LedgerBehindError("this is another database's ledger of erasures")
    if newest.ledger_number > head.number or (newest.ledger_number == head.number and newest.ledger_mac != head.mac):
        raise LedgerBehindError(f"the ledger ends at line {head.number}; the database has carried out line {newest.ledger_number}")
    return head


def carry_out(session: Session, lines: Sequence[Line], *, ledger_id: UUID, actor: Actor, now: datetime, carried: Carried) -> list[Erasure]:
    """Do what lines of the ledger say, and write their receipts. May be done twice: what is gone stays gone."""
    receipts: list[Erasure] = []
    for chunk in chunks(lines):
        _destroy(session, chunk, now)
        _fence(session, chunk, now)
        receipts += _receipts(session, chunk, ledger_id, actor, now, carried)
        if left_of(session, chunk):
            raise NotErasedError
    return receipts


def _whole(lines: Sequence[Line]) -> list[UUID]:
    return [line.order.subject for line in lines if line.order.item == EVERYTHING]


def _destroy(session: Session, lines: Sequence[Line], now: datetime) -> None:
    for model in HOLDING:
        rows = _rows_named(model, lines)
        if rows is not None:
            session.exec(delete(model).where(rows))
    whole = _whole(lines)
    if whole:
        session.exec(update(Subject).where(col(Subject.id).in_(whole), col(Subject.erased_at).is_(None)).values(erased_at=now))
        # No roster entry leads to the visit any more.
        session.exec(update(Visit).where(col(Visit.subject_id).in_(whole), col(Visit.erased_at).is_(None)).values(erased_at=now))
        session.exec(update(Visit).where(col(Visit.subject_id).in_(whole)).values(technician_id=None))
    no_longer_new(session, [line.order.subject for line in lines])


def _rows_named(model: Holding, lines: Sequence[Line]) -> ColumnElement[bool] | None:
    """Which rows of a table some lines name."""
    parts: list[ColumnElement[bool]] = []
    whole = _whole(lines)
    if whole:
        parts.append(col(model.subject_id).in_(whole))
    for item in Item:
        named = [line.order.subject for line in lines if line.order.item == item.value]
        if named and model is VaultItem:
            parts.append(col(VaultItem.subject_id).in_(named) & (col(VaultItem.item) == item))
        elif named and BESIDE.get(item) is model:
            parts.append(col(model.subject_id).in_(named))
    return or_(*parts) if parts else None


def _receipts(session: Session, lines: Sequence[Line], ledger_id: UUID, actor: Actor, now: datetime, carried: Carried) -> list[Erasure]:
    """The receipts, and an event for each with its record entry."""
    ids = [line.order.subject for line in lines]
    subjects = {row.id: row for row in session.exec(select(Subject).where(col(Subject.id).in_(ids)))}
    visits = {row.subject_id: row.id for row in session.exec(select(Visit).where(col(Visit.subject_id).in_(ids)))}
    made, facts = [], []
    for line in lines:
        order, subject = line.order, subjects.get(line.order.subject)
        item = Item(order.item) if order.item else None
        made.append(
            Erasure(
                id=line.id, site_id=order.site_id, subject_id=order.subject, kind=subject.kind if subject else None, item=item,
                reason=order.reason, actor_kind=actor.kind, actor_id=actor.id, carried=carried, ledger_id=ledger_id,
                ledger_number=line.number, ledger_mac=line.mac, ordered_at=order.at, erased_at=now,
            )
        )  # fmt: skip
        detail = {"reason": order.reason, "receipt": str(line.id)}
        detail |= {"kind": subject.kind.value} if subject else {}
        detail |= {"item": item.value} if item else {}
        customer_id = subject.customer_id if subject else None
        facts.append(
            Fact(
                order.site_id, EventType.IDENTITY_ERASED, now, actor.kind, actor.id, order.subject, customer_id, detail,
                visit_id=visits.get(order.subject),
            )
        )  # fmt: skip
    session.add_all(made)
    session.flush()
    record_many(session, facts)
    return made


def _fence(session: Session, lines: Sequence[Line], now: datetime) -> None:
    stones = {line.tombstone: line for line in lines if line.order.fence}
    known = set(session.exec(select(Tombstone.digest).where(col(Tombstone.digest).in_(list(stones)))).all())
    rows = [
        {"digest": stone, "site_id": line.order.site_id, "erasure_id": line.id, "made_at": now}
        for stone, line in stones.items()
        if stone not in known
    ]
    insert_many(session, Tombstone, rows)


def acknowledge(
    session: Session, lines: Sequence[Line], *, ledger_id: UUID, actor: Actor, now: datetime, carried: Carried
) -> list[Erasure]:
    """Receipts for lines that name nothing any more: what they named was given again later."""
    return _receipts(session, lines, ledger_id, actor, now, carried) if lines else []


def left_of_subject(session: Session, subject_id: UUID) -> int:
    """How many rows still hold something of a subject."""
    counts = [session.exec(select(func.count()).select_from(model).where(col(model.subject_id) == subject_id)).one() for model in HOLDING]
    return sum(counts)


def left_of(session: Session, lines: Sequence[Line]) -> int:
    """How many rows there still are of what some lines erased."""
    counted = 0
    for model in HOLDING:
        rows = _rows_named(model, lines)
        if rows is not None:
            counted += session.exec(select(func.count()).select_from(model).where(rows)).one()
    return counted
