"""Move rows to the newest KEK and to the ring's suite, batch by batch. What is read and computed holds no lock; what is written is short.

A batch says what it expects to find: a row that was sealed again or erased meanwhile is left as it is.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session, col, delete, func, select

from access_log.crypto.ring import KeyRing
from access_log.db import reading, transaction
from access_log.models import RatchetRun
from access_log.services.resealing import resealed, store_resealed
from access_log.services.wrapped import WRAPPED, Row, Wrapped, store, strangers, waiting

HELD = 0.05
"""Seconds that one batch should hold the writers' lock; 0.1 is the most that scans put up with."""
FEWEST, MOST = 100, 5000
HEAVY = 4
"""Whole files at a time."""
KEPT_RUNS = 400


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did: rows looked at, rows moved, and for how long others could not write."""

    read: int
    moved: int
    held: float


NOTHING = Batch(0, 0, 0.0)


@dataclass
class Mover:
    """One table on its way to the newest KEK of a ring. `damaged`: keys of rows whose seal does not hold; they are passed over."""

    engine: Engine
    ring: KeyRing
    each: Wrapped
    damaged: set[tuple[Any, ...]] = field(default_factory=set)

    def move(self, most: int) -> Batch:
        """Move up to `most` rows. Nothing read: none is left that could be moved."""
        batch = self._rewrap(most)
        return batch if batch.read or self.each.place is None else self._reseal(min(most, HEAVY) if self.each.heavy else most)

    def _rewrap(self, most: int) -> Batch:
        """Rows of the ring's own suite: another wrap of the same key."""
        newest = self.ring.newest(self.each.purpose)
        with reading(self.engine) as session:
            found = waiting(session, self.each, newest=newest, most=most + len(self.damaged), suite=self.ring.suite)
        rows = self._whole(found)[:most]
        if not rows:
            return NOTHING
        fresh = self.each.moved(self.ring, rows)
        self.damaged |= {self._key(row) for row, new in zip(rows, fresh, strict=True) if new is None}
        with transaction(self.engine) as session:
            session.connection()  # from here on nobody else writes to an SQLite file
            began = time.perf_counter()
            moved = store(session, self.each, rows, fresh, newest=newest)
        return Batch(len(rows), moved, time.perf_counter() - began)

    def _reseal(self, most: int) -> Batch:
        """Rows of another suite: sealed again in the ring's."""
        with reading(self.engine) as session:
            newest = self.ring.newest(self.each.purpose)
            found = strangers(session, self.each, newest=newest, most=most + len(self.damaged), suite=self.ring.suite)
            rows = self._whole(found)[:most]
            made = resealed(session, self.ring, self.each, rows)
        self.damaged |= {self._key(row) for row, new in zip(rows, made, strict=True) if new is None}
        fresh = [one for one in made if one is not None]
        if not fresh:
            return Batch(len(rows), 0, 0.0)
        with transaction(self.engine) as session:
            session.connection()
            began = time.perf_counter()
            moved = store_resealed(session, self.ring, self.each, fresh)
        return Batch(len(rows), moved, time.perf_counter() - began)

    def _whole(self, found: Sequence[Row]) -> list[Row]:
        return [row for row in found if self._key(row) not in self.damaged]

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.each.key)


def next_size(size: int, held: float) -> int:
    """How many rows the next batch should have, by how long this one held the lock."""
    wanted = size * HELD / max(held, 0.001)
    return int(min(max(wanted, size / 2, FEWEST), size * 2, MOST))


def left_to_move(session: Session, ring: KeyRing) -> int:
    """How many rows are not under the newest KEK."""
    return sum(_older(session, each, ring.newest(each.purpose)) for each in WRAPPED if ring.newest(each.purpose))


def _older(session: Session, each: Wrapped, newest: int) -> int:
    statement = select(func.count()).select_from(each.table).where(each.table.c.kek_version < newest)
    return int(session.execute(statement).scalar_one())


def writers_wait(session: Session) -> None:
    """Before the last look at a KEK's rows: whoever is writing comes to an end, and nobody begins until this transaction is over."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("set local lock_timeout = '2s'"))
        names = ", ".join(each.table.fullname for each in WRAPPED)
        session.execute(text(f"lock table {names} in share mode"))


def begin_run(session: Session, *, now: datetime) -> RatchetRun:
    """A new turn. One that was left running was interrupted: it says so, and this one goes on where it stopped."""
    for row in session.exec(select(RatchetRun).where(RatchetRun.state == "running")):
        row.state, row.finished_at = "stopped", row.seen_at
        session.add(row)
    old = select(RatchetRun.id).order_by(col(RatchetRun.id).desc()).offset(KEPT_RUNS)
    session.exec(delete(RatchetRun).where(col(RatchetRun.id).in_(session.exec(old).all())))
    run = RatchetRun(started_at=now, seen_at=now)
    session.add(run)
    session.flush()
    return run


def last_run(session: Session) -> RatchetRun | None:
    """The newest turn."""
    return session.exec(select(RatchetRun).order_by(col(RatchetRun.id).desc()).limit(1)).first()
