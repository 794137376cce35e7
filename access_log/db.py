"""Engines, and the one way to open a transaction. SQLite and PostgreSQL behave alike from here up.

SQLite: one writer lock in the process, BEGIN IMMEDIATE, WAL, synchronous=FULL, secure_delete (docs/adr/0003).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from access_log.crypto.record import canonical_json
from access_log.errors import DatabaseUnsuitableError
from access_log.turns import WriterTurns

OLDEST_SAFE_SQLITE = (3, 51, 3)
"""3.7.0 to 3.51.2 may corrupt a WAL database when two connections write and checkpoint at once."""
SQLITE_PATIENCE = 10_000
"""Milliseconds that a connection waits for another process's lock."""

_writer_locks: dict[str, WriterTurns] = {}


def make_engine(url: URL | str, *, pool_size: int = 8) -> Engine:
    """An engine with the settings the register needs. Raises DatabaseUnsuitableError for an unsafe SQLite."""
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_size)
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=pool_size, max_overflow=pool_size, json_serializer=_json
        )
    raise DatabaseUnsuitableError(f"{url.get_backend_name()} is not supported: use SQLite or PostgreSQL")


@contextmanager
def closing_engine(url: URL | str, *, pool_size: int = 8) -> Iterator[Engine]:
    """An engine as of make_engine, closed at the end."""
    engine = make_engine(url, pool_size=pool_size)
    try:
        yield engine
    finally:
        engine.dispose()


def _sqlite_engine(url: URL, pool_size: int) -> Engine:
    from pysqlite3 import dbapi2

    if dbapi2.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise DatabaseUnsuitableError(
            f"SQLite {dbapi2.sqlite_version} may corrupt a WAL database; 3.51.3 or later is needed (pip install 'pysqlite3>=0.6.1')"
        )
    engine = create_engine(
        url,
        module=dbapi2,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"timeout": SQLITE_PATIENCE / 1000, "check_same_thread": False},
        execution_options={"schema_translate_map": {"vault": None}},
        json_serializer=_json,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _json(value: Any) -> str:
    """JSON as the record spells it, so that an event and its record entry can be compared without reading either."""
    return canonical_json(value).decode("utf-8")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if connection.execute("PRAGMA secure_delete").fetchone() != (1,):
        raise DatabaseUnsuitableError("this SQLite does not overwrite what is deleted (secure_delete): use the one that pysqlite3 brings")


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that turns into a writer is refused at once under contention: 86-91 % of 50 scans were.
    readonly = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def writer_lock(engine: Engine, *, first: bool = False) -> AbstractContextManager[object]:
    """The process's one writer for a SQLite file, whose turns are in order; a no-op on PostgreSQL, which needs none.

    `first` goes before all who wait: for scans, which one thread writes. Not re-entrant, and free to be released by another thread
    than took it: a request may end on another one.
    """
    if engine.dialect.name != "sqlite":
        return nullcontext()
    turns = _writer_locks.setdefault(str(engine.url), WriterTurns())
    return turns.first() if first else turns


@contextmanager
def transaction(engine: Engine, *, first: bool = False) -> Iterator[Session]:
    """A session that commits at the end and rolls back on any exception. `first`: as of writer_lock."""
    with writer_lock(engine, first=first), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads: takes no writer lock, sees one snapshot, and is rolled back at the end."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(readonly=True, **options) as connection, Session(connection, autoflush=False) as session:
        yield session
