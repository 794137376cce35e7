"""An installation with people in it, its ring and ledger, a place for backups, and an empty database to put one back into."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import URL, Engine
from sqlmodel import Session, SQLModel

from access_log.backup import recovery
from access_log.backup.make import make, name_of
from access_log.backup.restore import Restored, check, restore
from access_log.backup.target import DirectoryTarget
from access_log.crypto import shares
from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import create_ring, save_ring
from access_log.crypto.suites import Suite
from access_log.db import make_engine, reading, transaction
from access_log.models import BackupRun
from access_log.runtime import protection_of, ring_path
from access_log.services import sealer
from access_log.settings import Settings
from tests import postgres
from tests.cast import Cast, make_cast
from tests.moments import NOON


@dataclass
class Site:
    """What an installation has. `key` is what the holders of two shares make."""

    engine: Engine
    settings: Settings
    ring: KeyRing
    key: X25519PrivateKey
    people: Cast
    target: DirectoryTarget
    empty: Callable[[], Engine]
    now: datetime = NOON
    words: list[str] = field(default_factory=list)
    restored: list[Engine] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def backup(self) -> BackupRun:
        self.now += timedelta(minutes=1)
        return make(self.engine, self.ring, self.settings, self.target, self.clock)

    def file(self, run: BackupRun) -> Path:
        return self.target.path / name_of(run)

    def put_back(self, run: BackupRun, *, ring: KeyRing | None = None, ledger: Path | None = None) -> tuple[Engine, Restored]:
        """Into an empty database, with today's ring and ledger unless told otherwise."""
        check(self.file(run), self.key)
        fresh, used = self.empty(), ring or self.ring
        self.restored.append(fresh)
        fresh.update_execution_options(ledger=FileLedger(ledger or self.settings.ledger, ledger_key(used)))
        return fresh, restore(fresh, used, self.file(run), self.key, self.clock)


@pytest.fixture
def empty(database: URL, tmp_path: Path, worker: str) -> Iterator[Callable[[], Engine]]:
    """Makes empty databases of the kind the test runs on."""
    made: list[Engine] = []

    def one() -> Engine:
        if database.get_backend_name() == "sqlite":
            url = URL.create("sqlite", database=str(tmp_path / f"restored{len(made)}.db"))
        else:
            url = postgres.fresh_database(postgres.server_url(), f"access_log_restored_{worker}")
        made.append(make_engine(url))
        return made[-1]

    yield one
    for engine in made:
        engine.dispose()


@pytest.fixture
def site(database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: Callable[[], Engine]) -> Iterator[Site]:
    for name, value in {
        "DATA_DIR": tmp_path,
        "KEYS_DIR": tmp_path / "keys",
        "KEY_PASSPHRASE": "a good long one",
        "BACKUP_TO": tmp_path / "nas",
    }.items():
        monkeypatch.setenv(f"ACCESS_LOG_{name}", str(value))
    (tmp_path / "nas").mkdir()
    settings = Settings()
    ring = create_ring(ring_path(settings), protection_of(settings), suite=Suite.STD, now=NOON)
    _name, words = recovery.new_shares(settings)
    engine = make_engine(database)
    engine.update_execution_options(ledger=FileLedger(settings.ledger, ledger_key(ring)))
    with transaction(engine) as session:
        people = make_cast(session, ring)
    yield Site(engine, settings, ring, shares.join(words[1:]), people, DirectoryTarget(tmp_path / "nas"), empty, words=words)
    engine.dispose()


def contents(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with reading(engine) as session:
        return {table.name: sorted(map(tuple, session.execute(table.select())), key=repr) for table in SQLModel.metadata.sorted_tables}


def save(settings: Settings, ring: KeyRing) -> None:
    """Write a ring as the installation's."""
    save_ring(ring_path(settings), ring, protection_of(settings))


def sealed_record(session: Session, ring: KeyRing, now: datetime) -> None:
    """Put what is pending into the record's tree."""
    sealer.seal(session, ring, now=now)
