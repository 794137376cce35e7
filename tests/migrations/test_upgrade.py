"""From the first schema to the newest, with a register in it, on both databases: nothing is lost, everything still opens and works."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from access_log.crypto.checkpoint import LogKeys
from access_log.db import closing_engine, transaction
from access_log.errors import DatabaseUnsuitableError
from access_log.migrations import ahead, behind, config, migrating, upgrade, upgrade_to
from access_log.models import Presence, ReportRun, Subject, Visit
from access_log.policy.actors import system
from access_log.policy.codes import Item, RevealPurpose, VisitState
from access_log.runtime import REPORTS_KEYS
from access_log.sealing import seal_all
from access_log.services import identity
from access_log.services.labels import read_labels
from access_log.services.opening import open_secret
from access_log.services.record_check import RecordCheck
from access_log.services.scan_values import ReadScan
from access_log.services.scans import record_scans
from reports.run import run_due
from tests import postgres
from tests.migrations.old import make_old, old_ring, rows_now, schema_of, tables
from tests.moments import NOON

CHANGED: dict[str, set[str]] = {}
"""Table → columns whose values a later schema keeps in another form, on purpose; each has a test of its own."""
VERSIONS = Path(__file__).parents[2] / "access_log" / "migrations" / "versions"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        url: Any = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        url = postgres.fresh_database(postgres.server_url(), f"access_log_old_{worker}")
    with closing_engine(url) as engine:
        yield engine


@pytest.fixture
def old(empty: Engine) -> Engine:
    """A register at the first schema."""
    make_old(empty)
    return empty


def here(engine: Engine, name: str) -> str:
    """What a table is called in this database: SQLite has no schemas."""
    return name if engine.dialect.name == "postgresql" else name.rpartition(".")[2]


def as_it_was(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """The old tables' rows, as they are now."""
    return {name: ordered(rows_now(engine, name)) for name in tables()}


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def test_the_old_register_has_rows_in_every_table_of_its_schema(old: Engine) -> None:
    assert schema_of(old).keys() - {"alembic_version"} == {here(old, name) for name in tables()}
    assert all(one.rows for one in tables().values())
    assert sum(len(one.rows) for one in tables().values()) > 200
    assert behind(old)


def test_every_row_and_value_is_kept(old: Engine) -> None:
    upgrade(old)
    assert not behind(old)
    now = schema_of(old)
    for name, one in tables().items():
        columns = {column.name for column in one.table.columns} - CHANGED.get(name, set())
        assert columns <= now[here(old, name)], f"{name} has lost a column"
        then = [{column: row[column] for column in row if column in columns} for row in one.rows]
        assert ordered(rows_now(old, name, columns)) == ordered(then), name


def test_one_step_at_a_time_leads_to_the_same(old: Engine) -> None:
    for revision in chain():
        with migrating(old) as connection:
            upgrade_to(connection, revision)
        if old.dialect.name == "sqlite":
            with old.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert not behind(old)
    assert {name: len(rows) for name, rows in as_it_was(old).items()} == {name: len(one.rows) for name, one in tables().items()}


def chain() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


def test_what_was_sealed_then_opens_now(old: Engine) -> None:
    upgrade(old)
    ring = old_ring()
    with transaction(old) as session:
        subjects = list(session.exec(select(Subject.id)).all())
        labels = read_labels(session, ring, subjects)
        assert "魏*明" in labels.values()
        assert len(labels) == len(tables()["vault.vault_label"].rows)
        items, why = [Item.NAME, Item.CONTACT], RevealPurpose.RIGHTS_REQUEST
        people = identity.reveal(session, ring, subjects=list(labels), items=items, purpose=why, actor=system(1), now=NOON)
        assert {"魏伟明", "梅梅", "Ana Lucía Ñúñez", "林岚"} <= {person.name for person in people.values()}
        assert "lin@nimbus.example" in {person.mail for person in people.values()}
        (secret,) = tables()["stored_secret"].rows
        assert open_secret(session, ring, subject_id=secret["subject_id"]) == b"a second factor"


def test_the_register_works_on(old: Engine) -> None:
    """Who was still inside leaves, tomorrow's report is written, and the whole record is sealed and found whole."""
    upgrade(old)
    ring, later = old_ring(), NOON + timedelta(hours=6)
    with transaction(old) as session:
        inside = session.exec(select(Presence).where(Presence.left_at == None)).one()  # noqa: E711  # SQL, not Python
        visit_id = inside.visit_id
        (live,) = [row for row in tables()["pass"].rows if row["visit_id"] == visit_id]
        record_scans(session, [ReadScan(1, "after the upgrade", digest=live["digest"], pass_site=1)], later)
    with Session(old) as session:
        assert session.get_one(Visit, visit_id).state is VisitState.EXITED
        assert session.get_one(Presence, inside.id).left_at == later
    assert run_due(old, old, ring.subset(REPORTS_KEYS), lambda: NOON + timedelta(days=2)) == (1, 0)
    with Session(old) as session:
        assert len(session.exec(select(ReportRun)).all()) == 2
    keys = LogKeys.of(ring)
    seal_all(old, ring, later)
    check = RecordCheck(old, keys, now=later, known=[])
    for _piece in check.pieces():
        pass
    assert check.result.whole, check.result.findings
    assert check.result.size > len(tables()["record_entry"].rows)


def test_broken_off_anywhere_it_has_not_happened_and_can_be_repeated(old: Engine) -> None:
    before, schema = as_it_was(old), schema_of(old)
    at = 3
    while broken_off(old, at):
        assert schema_of(old) == schema
        assert as_it_was(old) == before
        assert behind(old)
        at *= 3
    assert at > 30, "it was broken off early, in the middle and late"
    assert not behind(old)


class BrokenOffError(Exception):
    """Somebody pulled the plug."""


def broken_off(engine: Engine, at: int) -> bool:
    """Migrate until the statement of this number. False where it came to its end before."""
    seen = 0

    def count(*_everything: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise BrokenOffError

    event.listen(engine, "before_cursor_execute", count)
    try:
        upgrade(engine)
    except BrokenOffError:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return False


def test_rows_that_refer_to_nothing_stop_a_migration(tmp_path: Path) -> None:
    """SQLite replaces tables with its foreign keys switched off, and looks afterwards."""
    with closing_engine(f"sqlite:///{tmp_path / 'orphans.db'}") as engine:
        make_old(engine)
        before = schema_of(engine)
        with engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("delete from door")
            raw.execute("PRAGMA foreign_keys=ON")
            raw.close()
        with pytest.raises(DatabaseUnsuitableError, match=r"rows of .*kiosk.* would refer to nothing: the migration was taken back"):
            upgrade(engine)
        assert schema_of(engine) == before
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_an_empty_database_is_behind_and_a_newer_one_is_ahead(empty: Engine) -> None:
    assert behind(empty)
    assert not ahead(empty)
    upgrade(empty)
    assert not behind(empty)
    with empty.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    assert ahead(empty)
    assert not behind(empty)
    with pytest.raises(DatabaseUnsuitableError, match="newer version"):
        upgrade(empty)


def test_the_chain_is_one_line_of_numbers() -> None:
    numbers = [f"{number:04d}" for number in range(1, len(chain()) + 1)]
    assert chain() == numbers
    assert sorted(re.findall(r"v(\d{4})_\w+\.py", "\n".join(path.name for path in VERSIONS.glob("v*.py")))) == numbers
    for path in VERSIONS.glob("v*.py"):
        assert f'revision = "{path.name[1:5]}"' in path.read_text(encoding="utf-8")
