"""Put waiting entries into the tree and sign its new head. One leader at a time; killed anywhere, it goes on where it was.

Which entries wait is read from `record_pending`, never from "ids above the last": a slow transaction may commit a lower id later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, text
from sqlmodel import Session, col, func, select

from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.merkle import Frontier
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import RecordCheckpoint, RecordEntry, RecordLeaf, RecordNode, RecordPending
from access_log.models.base import table
from access_log.services.record_tree import StoredNodes, head

AT_ONCE = 256
"""Entries under one checkpoint: at most so long is what a damaged stretch can be narrowed down to."""
HEARTBEAT = timedelta(minutes=10)
"""A record in which nothing happens says so this often: a head of the same size, signed at another time."""
ONE_AT_A_TIME = 4_711_000_002
"""Key of PostgreSQL's advisory lock. On SQLite a transaction that writes is alone anyway."""


def due(session: Session, *, now: datetime) -> bool:
    """Whether there is something to seal or a heartbeat to give. Only reads: asked every second, it must cost no writer's lock."""
    if session.exec(select(RecordPending.entry_id).limit(1)).first() is not None:
        return True
    newest = head(session)
    return newest is not None and now - newest.signed_at >= HEARTBEAT


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one turn did: how many entries it sealed, and how long the record is now."""

    count: int
    size: int


def seal(session: Session, ring: KeyRing, *, now: datetime, seen: int = 0) -> Sealed:
    """Seal up to 256 waiting entries under a new signed head; none where nothing waits or another process is at it.

    Never signs two histories: raises NoteError where the newest head is not signed by this ring, ConflictError("record_damaged")
    where the stored tree is not what that head signed, ConflictError("record_rolled_back") where it is shorter than `seen`,
    the size that the caller saw sealed before. Then everything waits until somebody has looked (`access-log verify`).
    """
    if not _leads(session):
        return Sealed(0, seen)
    newest = head(session)
    size = newest.size if newest else 0
    if size < seen:
        raise ConflictError("record_rolled_back")
    waiting = session.exec(
        select(RecordPending.entry_id, RecordEntry.leaf_hash)
        .join(RecordEntry, col(RecordEntry.id) == col(RecordPending.entry_id))
        .order_by(col(RecordPending.entry_id))
        .limit(AT_ONCE)
    ).all()
    if not waiting and (newest is None or now - newest.signed_at < HEARTBEAT):
        return Sealed(0, size)
    keys = LogKeys.of(ring)
    tree = _edge(session, keys, newest)
    complete = tree.extend([digest for _entry_id, digest in waiting])
    note = keys.sign(size=tree.size, root=tree.root(), now=now)
    if waiting:
        _store(session, size, [(entry_id, digest) for entry_id, digest in waiting], complete)
    number = newest.number + 1 if newest else 1
    session.add(RecordCheckpoint(number=number, size=tree.size, signed_at=now.replace(microsecond=0), note=str(note)))
    session.flush()
    return Sealed(len(waiting), tree.size)


def _edge(session: Session, keys: LogKeys, newest: RecordCheckpoint | None) -> Frontier:
    if newest is None:
        return Frontier()
    signed = keys.recognise(newest.note)
    tree = Frontier.at(newest.size, StoredNodes(session))
    if (signed.head.size, signed.head.root) != (tree.size, tree.root()):
        raise ConflictError("record_damaged")
    return tree


def _leads(session: Session) -> bool:
    """Whether this transaction is the only one that seals. Held until it ends, so that the next leader reads what it wrote."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(text("select pg_try_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME}).scalar())


def _store(session: Session, size: int, waiting: list[tuple[int, bytes]], complete: list[tuple[int, int, bytes]]) -> None:
    leaves = [{"leaf_index": index, "entry_id": entry_id, "hash": digest} for index, (entry_id, digest) in enumerate(waiting, size)]
    session.execute(insert(table(RecordLeaf)), leaves)
    if complete:
        nodes = [{"level": level, "place": place, "hash": digest} for level, place, digest in complete]
        session.execute(insert(table(RecordNode)), nodes)
    pending = table(RecordPending)
    session.execute(delete(pending).where(pending.c.entry_id.in_([entry_id for entry_id, _digest in waiting])))


def waiting_count(session: Session) -> int:
    """How many entries no head covers yet."""
    return session.exec(select(func.count()).select_from(RecordPending)).one()
