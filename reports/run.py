"""One look at what is due: open slots, write what waits, destroy what has expired. Short transactions, with rests between them."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import col, delete, select

from access_log.crypto.ring import KeyRing
from access_log.models import ReportFile, ReportRun
from reports.claim import Claimed, claim, open_slots
from reports.publish import write
from reports.short import resting

log = logging.getLogger("reports")
PURGED_AT_ONCE = 20


def run_due(
    engine: Engine, readers: Engine, ring: KeyRing, clock: Callable[[], datetime], stop: threading.Event | None = None
) -> tuple[int, int]:
    """Write every report that is due now. Returns (written, failed)."""
    stop = stop or threading.Event()
    written = broken = 0
    with resting(engine) as session:
        open_slots(session, now=clock())
    while not stop.is_set() and (claimed := _claim(engine, clock)) is not None:
        try:
            written += write(engine, readers, ring, claimed, clock)
        except OperationalError:
            raise
        except Exception:
            log.exception("a report could not be written; it is tried again later")
            broken += 1
    return written, broken


def _claim(engine: Engine, clock: Callable[[], datetime]) -> Claimed | None:
    with resting(engine) as session:
        return claim(session, owner=owner(), now=clock())


def owner() -> str:
    """This process, as a run's row names it."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}"


def purge(engine: Engine, *, now: datetime) -> int:
    """Destroy files whose time is over; the run's row stays and says that there was a report. Returns how many files."""
    with resting(engine) as session:
        over = select(ReportFile.run_id).join(ReportRun).where(col(ReportRun.expires_at) <= now).limit(PURGED_AT_ONCE)
        runs = set(session.exec(over).all())
        gone = session.exec(delete(ReportFile).where(col(ReportFile.run_id).in_(runs))) if runs else None
    return gone.rowcount if gone is not None else 0
