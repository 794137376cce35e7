"""Erasures brought to their end by the worker: lines a crash left in the ledger, the look after the commit, the database's own log."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import Engine

from access_log.crypto.ledger import Line
from access_log.db import SQLITE_PATIENCE, reading, transaction, writer_lock
from access_log.errors import LedgerBehindError
from access_log.models import Carried
from access_log.services import erasure, erasure_resume
from access_log.services.erasure_resume import GRACE

log = logging.getLogger("access_log.erasing")
AT_ONCE = 20
"""Lines carried out in one transaction: scans come first."""
PATIENCE = 40
"""Milliseconds to wait for a reader before trying again later: nobody can write meanwhile."""


def resume(engine: Engine, clock: Callable[[], datetime], *, grace: timedelta = GRACE, carried: Carried = Carried.RESUMED) -> int:
    """Carry out the ledger's unfinished lines. Returns how many. Raises LedgerBehindError, LedgerMissing, LedgerBroken."""
    with reading(engine) as session:
        ledger = erasure.ledger_of(session)
        if carried is Carried.RESTORED and not ledger.exists():
            raise LedgerBehindError("the ledger of erasures is missing")
        lines = erasure_resume.unfinished(session, ledger, now=clock(), grace=grace)
        head = ledger.head()
    for chunk in _pieces(lines):
        with transaction(engine) as session:
            erasure_resume.resume(session, chunk, ledger_id=head.ledger, carried=carried, now=clock())
    return len(lines)


def _pieces(lines: list[Line]) -> Iterator[list[Line]]:
    return (lines[start : start + AT_ONCE] for start in range(0, len(lines), AT_ONCE))


def settle(engine: Engine, clock: Callable[[], datetime]) -> int:
    """Look that what was erased is gone, and clear SQLite's log of it. Returns how many receipts are settled now."""
    with reading(engine) as session:
        if not erasure_resume.unsettled(session, most=1):
            return 0
    with transaction(engine) as session:
        waiting = erasure_resume.unsettled(session)
        good = erasure_resume.check_again(session, waiting, now=clock())
    if len(good) < len(waiting):
        log.critical("%d erasures are not what their receipts say: look at the database before anything else", len(waiting) - len(good))
    if not good:
        return 0
    busy = not clear_log(engine)
    with transaction(engine) as session:
        erasure_resume.cleared(session, good, busy=busy, now=clock())
    if busy:
        log.info("somebody is reading: SQLite's log could not be cleared of what was erased; trying again")
        return 0
    return len(good)


def clear_log(engine: Engine) -> bool:
    """Write SQLite's log back into the file, where what is deleted is overwritten, and cut it to nothing.

    False while a reader keeps it: then nothing is gone from the log yet. PostgreSQL has no such promise to give: there, erasure rests
    on the destruction of keys alone (docs/adr/0026).
    """
    if engine.dialect.name != "sqlite":
        return True
    with writer_lock(engine), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
            (busy, _log, _moved) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={SQLITE_PATIENCE}")
    return not busy
