"""What every test may ask for: a migrated database on SQLite and on PostgreSQL, a key ring, and the fixed cast at a fixed noon."""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlmodel import Session, SQLModel

from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from access_log.db import make_engine, writer_lock
from access_log.logs import OURS, JsonLines
from access_log.migrations import upgrade
from tests import postgres
from tests.cast import Cast, make_cast
from tests.moments import NOON
from tests.rings import new_test_ring

pytest_plugins = ["tests.lanes", "tests.asvs", "tests.clauses"]

LONG = os.environ.get("ACCESS_LOG_TEST_LONG") == "1"
"""The long lane: a hundred times the rounds."""

hypothesis.settings.register_profile("short", deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=10_000)
hypothesis.settings.load_profile("long" if LONG else "short")


@pytest.fixture(scope="session")
def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session", autouse=True)
def suite_log(worker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Everything that the applications of all tests log, as it is logged in production: tests/canaries look through it at the end."""
    handler = logging.FileHandler(tmp_path_factory.getbasetemp() / f"suite-{worker}.log", encoding="utf-8")
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in OURS]
    for logger in loggers:
        logger.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    handler.close()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A superuser's address of a real PostgreSQL, password and all."""
    return postgres.server_url().render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "access_log.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_database(worker: str) -> URL:
    """A migrated PostgreSQL database of this worker's own; emptied between tests."""
    server = postgres.server_url()
    url = postgres.fresh_database(server, f"access_log_{worker}")
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The address of an empty, migrated database: every test that asks runs on both."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "access_log.db"
        shutil.copy(template, path)
        yield URL.create("sqlite", database=str(path))
    else:
        url: URL = request.getfixturevalue("postgres_database")
        empty(url)
        yield url


RESTART = """
    select setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) from pg_sequences where last_value is not null
"""


def empty(url: URL) -> None:
    """Delete every row, foreign keys or not, and count from 1 again."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        deletes = "; ".join(f"delete from {table.fullname}" for table in SQLModel.metadata.sorted_tables)
        connection.execute(text(deletes))
        connection.execute(text(RESTART))
    engine.dispose()


@pytest.fixture
def engine(database: URL, ring: KeyRing, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty, migrated database, with a ledger; every test that asks runs on SQLite and on PostgreSQL."""
    made = make_engine(database)
    made.update_execution_options(ledger=FileLedger(tmp_path / "ledger" / "erasures.ledger", ledger_key(ring)))
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session of the test's own. On SQLite it holds the writer lock: commit before another session writes."""
    with writer_lock(engine), Session(engine, expire_on_commit=False) as open_session:
        yield open_session


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    """A complete key ring in memory, suite `std`."""
    return new_test_ring(Suite.STD)


@pytest.fixture
def cast(session: Session, ring: KeyRing) -> Cast:
    """The site, the two customers and the people of the tests, committed."""
    made = make_cast(session, ring)
    session.commit()
    return made


@pytest.fixture
def site(cast: Cast):  # type: ignore[no-untyped-def]
    """The one site."""
    return cast.site


__all__ = ["LONG", "NOON"]
