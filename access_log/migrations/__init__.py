"""The schema's history. `upgrade` brings any database to the newest one; `behind` says whether that is still to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text
from sqlmodel import SQLModel

from access_log.db import writer_lock
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
    """Migrate to the newest schema; nothing happens where it is there already."""
    with writer_lock(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            connection.execute(text(f"create schema if not exists {VAULT}"))
        command.upgrade(config(connection), "head")


def behind(engine: Engine) -> bool:
    """Whether the database still has to be migrated (or is empty)."""
    with engine.connect().execution_options(readonly=True) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current != ScriptDirectory.from_config(config()).get_current_head()


def target_metadata(dialect: str) -> MetaData:
    """The tables as this dialect has them: SQLite has no schemas, so the vault stands beside the rest there."""
    import access_log.models  # noqa: F401  # fills the metadata

    if dialect != "sqlite":
        return SQLModel.metadata
    flat = MetaData(naming_convention=SQLModel.metadata.naming_convention)
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(flat, schema=None)  # type: ignore[arg-type]  # None means: without a schema
    return flat
