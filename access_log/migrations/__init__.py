"""The schema's history. `upgrade` brings any database to the newest one; `behind` says whether that is still to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text
from sqlmodel import SQLModel

from access_log.db import writer_lock
from access_log.errors import DatabaseUnsuitableError
from access_log.models.base import VAULT

HERE = Path(__file__).parent
ONE_AT_A_TIME = 4_711_000_001
"""Key of the advisory lock that keeps two processes from migrating at once."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file: everything it needs is known here."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    if connection is not None:
        made.attributes["connection"] = connection
    return made


def upgrade(engine: Engine) -> None:
    """Migrate to the newest schema, wholly or not at all; nothing happens where it is there already.

    Raises DatabaseUnsuitableError where a newer version of the program has migrated it further, or where rows were left without what they
    refer to.
    """
    if ahead(engine):
        raise DatabaseUnsuitableError("a newer version of the register has migrated this database: update the program, or restore a backup")
    with migrating(engine) as connection:
        upgrade_to(connection, "head")


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction in which tables may be made and replaced, alone; at its end no row refers to nothing."""
    with writer_lock(engine), engine.connect() as connection, _tables_may_be_replaced(connection), connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            connection.execute(text(f"create schema if not exists {VAULT}"))
        yield connection
        if engine.dialect.name == "sqlite":
            _check_references(connection)


def upgrade_to(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision, in the caller's transaction."""
    command.upgrade(config(connection), revision)


def knows(revision: str) -> bool:
    """Whether this program has a revision in its history."""
    return revision in _known()


@contextmanager
def _tables_may_be_replaced(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew; with foreign keys on, dropping the old one would delete the rows that refer to it.

    The switch works outside transactions only, so it goes around SQLAlchemy, which would begin one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.cursor()
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
        raw.close()


def _check_references(connection: Connection) -> None:
    lost = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if lost:
        raise DatabaseUnsuitableError(f"rows of {', '.join(sorted(lost))} would refer to nothing: the migration was taken back")


def behind(engine: Engine) -> bool:
    """Whether the database still has to be migrated (or is empty). One that a newer program has migrated is not behind: this one, still
    serving while its successor starts, goes on."""
    current = _revision(engine)
    return current != _head() and (current is None or current in _known())


def ahead(engine: Engine) -> bool:
    """Whether a newer version of the program has migrated the database: none of this version should start on it."""
    current = _revision(engine)
    return current is not None and current not in _known()


def _revision(engine: Engine) -> str | None:
    with engine.connect().execution_options(readonly=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def target_metadata(dialect: str) -> MetaData:
    """The tables as this dialect has them: SQLite has no schemas, so the vault stands beside the rest there."""
    import access_log.models  # noqa: F401  # fills the metadata

    if dialect != "sqlite":
        return SQLModel.metadata
    flat = MetaData(naming_convention=SQLModel.metadata.naming_convention)
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(flat, schema=None)  # type: ignore[arg-type]  # None means: without a schema
    return flat
