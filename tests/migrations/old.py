"""A register as the first schema held it: every table with rows, written by the program of that time and never changed since.

`v0001.json` was made once, at revision 0001, by that program's services: the cast, a day at the site, its report, a list brought in,
a session, a second factor, a call. Its key ring lies beside the rows, so that what is sealed can be opened again.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import decoded
from access_log.migrations import migrating, upgrade_to
from access_log.models.base import VAULT, UtcDateTime

FILE = Path(__file__).with_name("v0001.json")
KINDS: dict[str, Callable[[], Any]] = {
    "int": sa.BigInteger, "text": sa.Text, "bool": sa.Boolean, "bytes": sa.LargeBinary,
    "uuid": sa.Uuid, "moment": UtcDateTime, "json": sa.JSON,
}  # fmt: skip
READ: dict[str, Callable[[Any], Any]] = {"bytes": base64.b64decode, "uuid": UUID, "moment": datetime.fromisoformat}


@dataclass(frozen=True)
class Old:
    """One table: its columns as they were, its rows in the order of its key."""

    table: sa.Table
    rows: list[dict[str, Any]]


@cache
def tables() -> dict[str, Old]:
    """Every table of the first schema with its rows, parents first."""
    told = json.loads(FILE.read_text(encoding="utf-8"))["tables"]
    return {name: _old(name, one["columns"], one["rows"]) for name, one in told.items()}


def _old(name: str, columns: dict[str, str], rows: list[list[Any]]) -> Old:
    schema, _dot, plain = name.rpartition(".")
    table = sa.Table(plain, sa.MetaData(), *(sa.Column(column, KINDS[kind]()) for column, kind in columns.items()), schema=schema or None)
    readers = [READ.get(kind, lambda value: value) for kind in columns.values()]
    read = [
        {column: None if value is None else reader(value) for column, reader, value in zip(columns, readers, row, strict=True)}
        for row in rows
    ]
    return Old(table, read)


@cache
def old_ring() -> KeyRing:
    """The keys of that register."""
    return decoded(json.loads(FILE.read_text(encoding="utf-8"))["ring"])


def make_old(engine: Engine) -> None:
    """Bring an empty database to the first schema and fill it."""
    with migrating(engine) as connection:
        upgrade_to(connection, "0001")
    with engine.begin() as connection:
        for old in tables().values():
            connection.execute(sa.insert(old.table), old.rows)
        if engine.dialect.name == "postgresql":
            _count_on(connection)


def _count_on(connection: sa.Connection) -> None:
    """PostgreSQL's sequences do not see ids that were given."""
    for name, old in tables().items():
        if isinstance(old.rows[0].get("id"), int):
            last = max(row["id"] for row in old.rows)
            connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), last)))


def rows_now(engine: Engine, name: str, columns: set[str] | None = None) -> list[dict[str, Any]]:
    """The rows of a table of that time as they are now, the columns of that time alone, in the order of the old rows' first column."""
    old = tables()[name].table
    wanted = [column for column in old.columns if columns is None or column.name in columns]
    with engine.connect().execution_options(readonly=True) as connection:
        return [dict(row) for row in connection.execute(sa.select(*wanted).select_from(old)).mappings()]


def schema_of(engine: Engine) -> dict[str, set[str]]:
    """Table → columns, as the database has them now."""
    inspector = sa.inspect(engine)
    found = {}
    for schema in (None, VAULT) if engine.dialect.name == "postgresql" else (None,):
        for name in inspector.get_table_names(schema=schema):
            found[f"{schema}.{name}" if schema else name] = {column["name"] for column in inspector.get_columns(name, schema=schema)}
    return found
