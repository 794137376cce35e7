"""The statements of single scans, taken down as the product sends them and sent again by the bare driver: the database's own limit."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event
from sqlmodel import Session

from access_log.db import writer_lock
from access_log.models import RecordPending
from access_log.models.base import table
from access_log.runtime import utc_now
from access_log.services.scans import read_code, record_scans
from bench.people import Ready
from bench.site import Site

PENDING = f"INSERT INTO {table(RecordPending).name}"


@dataclass(frozen=True, slots=True)
class Statement:
    """As it goes to the driver."""

    sql: str
    values: Any
    many: bool
    rows: bool


def taken_down(of: Site, kiosk_id: int, passes: Sequence[Ready]) -> list[list[Statement]]:
    """What the scan of each pass, alone in its transaction, says to the database. Nothing is kept of it: all is rolled back."""
    said: list[Statement] = []

    def note(_connection: Any, cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        said.append(Statement(sql, values, many, cursor.description is not None))

    scans = []
    with writer_lock(of.engine), Session(of.engine) as session:
        event.listen(of.engine, "after_cursor_execute", note)
        for ready in passes:
            read = read_code(of.ring, kiosk_id=kiosk_id, nonce=str(uuid4()), text=ready.text, typed=False)
            record_scans(session, [read], utc_now())
            session.rollback()
            scans.append(said[:])
            said.clear()
        event.remove(of.engine, "after_cursor_execute", note)
    return scans


def replay(engine: Engine, scans: Sequence[Sequence[Statement]]) -> float:
    """Send them, one scan a commit, on one connection. Returns the seconds it took."""
    borrowed = engine.raw_connection()
    connection: Any = borrowed.driver_connection
    cursor = connection.cursor()
    try:
        began = time.perf_counter()
        for scan in scans:
            _send(cursor, scan)
            connection.commit()
        return time.perf_counter() - began
    finally:
        borrowed.close()


def _send(cursor: Any, scan: Sequence[Statement]) -> None:
    made: Any = None
    for statement in scan:
        values = statement.values
        if statement.sql.startswith(PENDING):
            values = _with_id(values, made)
        (cursor.executemany if statement.many else cursor.execute)(statement.sql, values)
        if statement.rows:
            for row in cursor.fetchall():
                made = row[0]


def _with_id(values: Any, entry_id: int) -> Any:
    """The entry's number is the database's to give; the one that was taken down was rolled back."""
    row = values[0] if isinstance(values, list) else values
    changed = row | {"entry_id": entry_id} if isinstance(row, dict) else (entry_id, *row[1:])
    return [changed] if isinstance(values, list) else changed
