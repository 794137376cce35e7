"""A database with two key rings on disk, a ledger and a ratchet, whose days the test counts."""

import threading
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.ring_file import Unprotected
from access_log.crypto.ring_store import RingFile
from access_log.crypto.suites import Suite
from access_log.db import reading, transaction
from access_log.models import BackupRun, Escrow, RatchetRun, Subject
from access_log.policy.actors import system
from access_log.policy.codes import SubjectKind
from access_log.policy.keys import Hold
from access_log.ratcheting import Ratchet
from access_log.rings import LiveRing
from access_log.runtime import REPORTS_KEYS
from access_log.services import bulk, keks
from access_log.services.keks import Around
from access_log.services.wrapped import versions_used
from access_log.settings import Settings
from tests.cast import Cast
from tests.moments import NOON


class Unresting(threading.Event):
    """Told to stop as any other, but it never waits: rests between batches have a test of their own."""

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return self.is_set()


class Installation:
    """Its clock stands until a turn moves it."""

    def __init__(self, engine: Engine, folder: Path, *, suite: Suite = Suite.STD) -> None:
        self.engine, self.now = engine, NOON
        self.settings = Settings(data_dir=folder, _env_file=None)  # type: ignore[call-arg]
        self.main = RingFile(folder / "keys" / "ring.json", Unprotected())
        self.reports = RingFile(folder / "reports" / "reports.json", Unprotected())
        self.reports.path.parent.mkdir(mode=0o700)
        self.reports.save(self.main.create(suite=suite, now=NOON).subset(REPORTS_KEYS))
        self.rings = LiveRing(self.main)
        engine.update_execution_options(ledger=FileLedger(folder / "keys" / "erasures.ledger", ledger_key(self.ring)))
        self.stop = Unresting()
        self.ratchet = Ratchet(engine, self.main, self.reports, self.settings, clock=lambda: self.now, stop=self.stop)

    @property
    def ring(self) -> KeyRing:
        return self.rings()

    def turn(self, *, days: float = 1) -> RatchetRun | None:
        """So many days later the ratchet looks."""
        self.now += timedelta(days=days)
        return self.ratchet.turn()

    def keep_safe(self) -> None:
        """The ring goes into escrow and a backup is made and verified, as they are now."""
        with transaction(self.engine) as session:
            held = {purpose.value: self.ring.kek_versions(purpose) for purpose in Purpose}
            used = {purpose.value: sorted(versions_used(session, purpose)) for purpose in Purpose}
            session.add(Escrow(kind="test", made_at=self.now, verified_at=self.now, keks=held))
            session.add(BackupRun(target="test", started_at=self.now, verified_at=self.now, keks=used))

    def destroy_escrows(self) -> None:
        """All but the newest are attested destroyed."""
        with transaction(self.engine) as session:
            rows = session.exec(select(Escrow).order_by(col(Escrow.made_at))).all()
            for row in rows[:-1]:
                row.attested_destroyed_at = self.now
                session.add(row)

    def holds(self, purpose: Purpose = Purpose.IDENTITY) -> dict[int, tuple[Hold, ...]]:
        with reading(self.engine) as session:
            found = keks.verdicts(session, self.ring, around=Around(), horizon=self.settings.horizon, now=self.now)
        return {verdict.kek.version: verdict.holds for verdict in found if verdict.kek.purpose == purpose.value}


def fill(engine: Engine, ring: KeyRing, cast: Cast, count: int) -> list[Subject]:
    """So many people with name, mail, phone and label: five rows each."""
    with transaction(engine) as session:
        new = [bulk.NewPerson(cast.nimbus.id or 0, f"张测试{n}", f"zhang{n}@nimbus.example", f"+86138{n:08}") for n in range(count)]
        bulk.register_many(session, ring, people=new, kind=SubjectKind.ROSTER, actor=system(cast.site.id or 0), now=NOON)
        return [session.get_one(Subject, one.subject_id) for one in new]
