"""A migration is killed half-way, or begun by two processes at once: the database is as before or as after, never between."""

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, inspect
from sqlalchemy.engine import URL, make_url

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine, transaction
from access_log.migrations import behind, upgrade
from tests import postgres
from tests.cast import make_cast
from tests.faults.served import STARTER

pytestmark = pytest.mark.fault
PATIENCE = 60


def migrate(url: str, statements: int = 0) -> None:
    """What a process does. It kills itself before the statement of this number; 0: never."""
    engine = make_engine(url)
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    upgrade(engine)


def statements_of(url: URL) -> int:
    """How many statements the whole migration has."""
    engine = make_engine(url)
    seen: list[None] = []
    event.listen(engine, "before_cursor_execute", lambda *_: seen.append(None))
    upgrade(engine)
    engine.dispose()
    return len(seen)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> URL:
    """The address of a database without any table."""
    return bare_database(request.param, tmp_path, worker)


def bare_database(kind: str, folder: Path, worker: str) -> URL:
    if kind == "postgresql":
        return postgres.fresh_database(postgres.server_url(), f"access_log_{worker}_bare")
    path = folder / "bare.db"
    for file in folder.glob("bare.db*"):
        file.unlink()
    return make_url(f"sqlite:///{path}")


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def started(url: URL, statements: int = 0):  # type: ignore[no-untyped-def]
    process = STARTER.Process(target=migrate, args=(url.render_as_string(hide_password=False), statements), daemon=True)
    process.start()
    return process


def test_a_migration_that_is_killed_has_not_happened_and_can_be_repeated(bare: URL, tmp_path: Path, worker: str, ring: KeyRing) -> None:
    whole = statements_of(bare)
    assert whole > 50
    for moment in (whole // 2, whole):
        url = bare_database(bare.get_backend_name(), tmp_path, worker)
        process = started(url, moment)
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL
        engine = make_engine(url)
        assert tables(engine) == set()
        assert behind(engine)
        upgrade(engine)
        assert not behind(engine)
        with transaction(engine) as session:
            make_cast(session, ring)
        engine.dispose()


def test_two_processes_that_migrate_at_once_do_it_once(bare: URL) -> None:
    both = [started(bare), started(bare)]
    for process in both:
        process.join(PATIENCE)
    assert [process.exitcode for process in both] == [0, 0]
    engine = make_engine(bare)
    assert not behind(engine)
    assert "visit" in tables(engine)
    engine.dispose()
