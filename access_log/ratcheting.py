"""The ratchet at work: new KEKs every day, everything moved to them in short batches, old ones destroyed when nothing stands against it.

Each turn looks at what there is and does what is missing, so it goes on wherever an earlier one was stopped. One process at a time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from access_log.crypto.errors import CryptoError, RingUnreadable
from access_log.crypto.ring import Key, KeyRing, Purpose, new_key
from access_log.crypto.ring_store import RingStore
from access_log.crypto.suites import Suite
from access_log.db import reading, transaction
from access_log.models import RatchetRun
from access_log.policy.keys import wants_new
from access_log.runtime import REPORTS_KEYS, reports_file, ring_file, utc_now
from access_log.services import keks, ratchet
from access_log.services.keks import Around, Verdict
from access_log.services.key_state import REPORTS_RING, RING_BEHIND
from access_log.services.wrapped import WRAPPED
from access_log.settings import Settings

log = logging.getLogger("access_log.ratchet")
EVERY = 600.0
"""Seconds between two looks."""
REST = 4
"""On SQLite a rest is at least so many times as long as others could not write."""
TELL = 5.0
"""Seconds between two notes of how far it is."""
ONE_AT_A_TIME = 4_711_000_003
"""Key of PostgreSQL's advisory lock: machines that share a database share one ratchet."""
SWITCHED = "suite_before"
"""A note in the ring: it seals in another suite now, which the record does not say yet."""
SPARE = 16
"""KEKs of a purpose beyond one for each day of the horizon; then no more are made until old ones can go."""


@dataclass
class Ratchet:
    """What a turn needs. `main` and `reports` keep the two rings; the second may be out of reach, which stops only its own keys."""

    engine: Engine
    main: RingStore
    reports: RingStore
    settings: Settings
    clock: Callable[[], datetime] = utc_now
    stop: threading.Event = field(default_factory=threading.Event)
    told: Callable[[RatchetRun], None] = lambda _run: None

    @classmethod
    def of(cls, engine: Engine, settings: Settings, stop: threading.Event) -> "Ratchet":
        """As an installation has it."""
        return cls(engine, ring_file(settings), reports_file(settings), settings, stop=stop)

    def run(self) -> None:
        """Turn until `stop` is set. Whatever fails is said and tried again."""
        while not self.stop.is_set():
            try:
                self.turn()
            except OperationalError:
                log.warning("the database cannot be reached; trying again")
            except (CryptoError, OSError) as error:
                log.warning("the keys could not be changed: %s", error)
            except Exception:  # the next turn begins where this one stopped
                log.exception("the ratchet stopped; trying again")
            self.stop.wait(EVERY)

    def turn(self) -> RatchetRun | None:
        """Do everything that is due now. Returns how it went; None where another process is at it, or nothing was to do."""
        with self.main.changing() as mine, self._leads() as leader:
            if not (mine and leader):
                return None
            return self._turn()

    def switch(self, suite: Suite) -> bool:
        """From now on everything is sealed in `suite`, under new keys; what is there moves to them as to all new keys, and can be read
        meanwhile. False where another process is changing the keys. Raises CryptoError where a ring cannot be written.
        """
        with self.main.changing() as mine, self._leads() as leader:
            if not (mine and leader):
                return False
            self.reports.load()  # says exactly what is wrong with it, which is no reason for a turn to fail, but one for this
            ring, beside, _around = self._found()
            with reading(self.engine) as session:
                if keks.lost(session, ring):
                    raise RingUnreadable("the key ring is older than the database and cannot open all of it: put the right one back first")
            ring = self._reconcile(ring, beside)
            if ring.suite is not suite:
                run = self._begun()
                notes = dict(ring.notes) | {SWITCHED: ring.suite.name.lower()}
                self._make(replace(ring, suite=suite, notes=notes), list(Purpose), run)
                self._settled(run, "done", "")
            return True

    @contextmanager
    def _leads(self) -> Iterator[bool]:
        if self.engine.dialect.name != "postgresql":
            yield True
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            key = {"key": ONE_AT_A_TIME}
            leads = bool(connection.execute(text("select pg_try_advisory_lock(:key)"), key).scalar_one())
            try:
                yield leads
            finally:
                if leads:
                    connection.execute(text("select pg_advisory_unlock(:key)"), key)

    def _turn(self) -> RatchetRun | None:
        ring, beside, around = self._found()
        with reading(self.engine) as session:
            lost = keks.lost(session, ring)
        if lost:
            log.critical("the ring is older than the database: it lacks keys that rows are sealed under (%s); put the right one back", lost)
            return self._settled(self._begun(), "failed", RING_BEHIND)
        ring = self._reconcile(ring, beside)
        wanted = self._wanted(ring, around)
        if not (wanted or self._something_to_do(ring, around)):
            return None
        run = self._begun()
        try:
            ring = self._make(ring, wanted, run)
            complete = self._move(ring, run)
            self._destroy(ring, around, run)
        except (CryptoError, SQLAlchemyError, OSError) as error:
            self._settled(run, "failed", type(error).__name__)
            raise
        return self._settled(run, "done" if complete else "stopped", REPORTS_RING if around.out_of_reach else "")

    def _something_to_do(self, ring: KeyRing, around: Around) -> bool:
        with reading(self.engine) as session:
            if any(not verdict.holds for verdict in self._verdicts(session, ring, around)):
                return True
            last = ratchet.last_run(session)
            stuck = last.waiting if last is not None and last.state == "done" else 0
            return ratchet.left_to_move(session, ring) != stuck

    def _verdicts(self, session: Session, ring: KeyRing, around: Around) -> list[Verdict]:
        return keks.verdicts(session, ring, around=around, horizon=self.settings.horizon, now=self.clock())

    def _begun(self) -> RatchetRun:
        with transaction(self.engine) as session:
            return ratchet.begin_run(session, now=self.clock())

    def _settled(self, run: RatchetRun, state: str, error: str) -> RatchetRun:
        run.state, run.error, run.seen_at, run.finished_at = state, error, self.clock(), self.clock()
        with transaction(self.engine) as session:
            return session.merge(run)

    def _found(self) -> tuple[KeyRing, KeyRing | None, Around]:
        """The ring, the reports' one where it is in reach, and what stands in the way of destroying keys.

        The first has what only the second holds: an interruption between the two files left it there, and the reports may have sealed
        with it since.
        """
        ring, stray = self.main.load(), self.main.has_stray_copy() or self.reports.has_stray_copy()
        try:
            beside = self.reports.load()
        except CryptoError as error:
            log.warning("the reports' key ring is out of reach, its keys stay as they are: %s", error)
            return ring, None, Around(stray, frozenset(purpose.value for purpose in REPORTS_KEYS))
        for key in beside.all_keys():
            if key.name in REPORTS_KEYS and key.version > ring.newest(Purpose(key.name)):
                ring = ring.with_key(key)
        return ring, beside, Around(stray)

    def _reconcile(self, ring: KeyRing, beside: KeyRing | None) -> KeyRing:
        """Bring both rings, the facts and the record in line, wherever an interruption left them."""
        if ring.keys != self.main.load().keys:
            self.main.save(ring)
        if beside is not None and (beside.suite, beside.keys) != (ring.suite, ring.subset(REPORTS_KEYS).keys):
            self.reports.save(ring.subset(REPORTS_KEYS))
        if SWITCHED in ring.notes:
            return self._record(ring, {purpose.value: ring.newest(purpose) for purpose in Purpose})
        with transaction(self.engine) as session:
            keks.write_down(session, ring, now=self.clock())
        return ring

    def _wanted(self, ring: KeyRing, around: Around) -> list[Purpose]:
        most, now = self.settings.erasure_horizon_days + SPARE, self.clock()
        held = {purpose: ring.keys.get(purpose.value, ()) for purpose in Purpose if purpose.value not in around.out_of_reach}
        return [
            purpose
            for purpose, keys in held.items()
            if wants_new(keys[-1].created_at if keys else None, live=len(keys), most=most, now=now)
        ]

    def _make(self, ring: KeyRing, wanted: list[Purpose], run: RatchetRun) -> KeyRing:
        """New KEKs: on disk in both rings before the first row is sealed under one; the reports' ring first, which never seals with more
        than it can open."""
        if not wanted:
            return ring
        with reading(self.engine) as session:
            made = [self._new(purpose, max(ring.newest(purpose), keks.highest(session, purpose)) + 1) for purpose in wanted]
        for key in made:
            ring = ring.with_key(key)
        if any(purpose in REPORTS_KEYS for purpose in wanted):
            self.reports.save(ring.subset(REPORTS_KEYS))
        self.main.save(ring)
        run.made = len(made)
        return self._record(ring, {key.name: key.version for key in made})

    def _record(self, ring: KeyRing, made: dict[str, int]) -> KeyRing:
        """The new keys stand in the record, and the new suite where there is one; not until then is it forgotten that they have to."""
        before = ring.notes.get(SWITCHED)
        with transaction(self.engine) as session:
            suites = (str(before), ring.suite.name.lower()) if before else None
            keks.note_made(session, ring, now=self.clock(), made=made, suites=suites)
        if not before:
            return ring
        ring = replace(ring, notes={name: note for name, note in ring.notes.items() if name != SWITCHED})
        self.main.save(ring)
        return ring

    def _new(self, purpose: Purpose, version: int) -> Key:
        return new_key(purpose, version=version, now=self.clock())

    def _move(self, ring: KeyRing, run: RatchetRun) -> bool:
        """Everything that can be moved to the newest KEKs. False where it was told to stop before."""
        for each in WRAPPED:
            if ring.newest(each.purpose) and not self._move_table(ratchet.Mover(self.engine, ring, each), run):
                return False
        self._tell(run, ring)
        return True

    def _move_table(self, mover: ratchet.Mover, run: RatchetRun) -> bool:
        size, told, rest = ratchet.FEWEST * 5, time.monotonic(), REST if self.engine.dialect.name == "sqlite" else 1
        while (batch := mover.move(size)).read:
            size = ratchet.next_size(size, batch.held)
            run.moved += batch.moved
            run.longest_ms = max(run.longest_ms, round(batch.held * 1000))
            if time.monotonic() - told > TELL:
                told = time.monotonic()
                self._tell(run, mover.ring)
            if self.stop.wait(batch.held * rest):
                return False
        if mover.damaged:
            log.critical("%d rows of %s have been changed by somebody: their seals do not hold", len(mover.damaged), mover.each.table.name)
        return True

    def _tell(self, run: RatchetRun, ring: KeyRing) -> None:
        with reading(self.engine) as session:
            run.waiting = ratchet.left_to_move(session, ring)
        run.seen_at = self.clock()
        with transaction(self.engine) as session:
            session.merge(run)
        self.told(run)

    def _destroy(self, ring: KeyRing, around: Around, run: RatchetRun) -> None:
        """Take KEKs out of the rings against which nothing stands, while nobody can begin to write under them."""
        with reading(self.engine) as session:
            candidates = [verdict.kek for verdict in self._verdicts(session, ring, around) if not verdict.holds]
        if not candidates:
            return
        with transaction(self.engine) as session:
            ratchet.writers_wait(session)
            ready = keks.free(session, ring, candidates, around=around, horizon=self.settings.horizon, now=self.clock())
            for kek in ready:
                ring = ring.without(Purpose(kek.purpose), kek.version)
            self.main.save(ring)
            keks.write_down(session, ring, now=self.clock())
        run.destroyed = len(ready)
        if not around.out_of_reach:
            self.reports.save(ring.subset(REPORTS_KEYS))
