"""The sealer at work: looks every second, seals what waits, and rests in between, because scans come first (docs/adr/0003)."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from access_log.crypto.checkpoint import NoteError
from access_log.crypto.ring import KeyRing
from access_log.db import reading, transaction
from access_log.errors import ConflictError
from access_log.runtime import utc_now
from access_log.services import sealer
from access_log.services.sealer import Sealed

log = logging.getLogger("access_log.sealer")
EVERY = 1.0
"""Seconds between two looks: so long may an entry wait for its signed head."""
REST = 4
"""On SQLite a rest is at least so many times as long as the transaction before it."""
AFTER_AN_ERROR = 5.0


def run_sealer(engine: Engine, ring: KeyRing, stop: threading.Event, clock: Callable[[], datetime] = utc_now) -> None:
    """Seal until `stop` is set. Whatever fails is tried again: entries wait, and none is lost."""
    seen = 0
    while not stop.is_set():
        pause, began = EVERY, time.monotonic()
        try:
            made = seal_once(engine, ring, clock(), seen)
            seen = made.size
            if made.count == sealer.AT_ONCE:
                pause = REST * (time.monotonic() - began) if engine.dialect.name == "sqlite" else 0.0
        except OperationalError:
            log.warning("the database cannot be reached; entries wait")
        except (ConflictError, NoteError) as error:
            log.critical("the record is not what was signed (%s): nothing is sealed until it is looked into (access-log verify)", error)
            pause = AFTER_AN_ERROR
        except Exception:  # a batch that cannot be sealed must not end the sealing
            log.exception("entries could not be sealed; trying again")
            pause = AFTER_AN_ERROR
        stop.wait(pause)


def seal_once(engine: Engine, ring: KeyRing, now: datetime, seen: int = 0) -> Sealed:
    """Seal one batch where there is one; looks first without the writer's lock."""
    with reading(engine) as session:
        if not sealer.due(session, now=now):
            return Sealed(0, seen)
    with transaction(engine) as session:
        return sealer.seal(session, ring, now=now, seen=seen)


def seal_all(engine: Engine, ring: KeyRing, now: datetime) -> int:
    """Seal everything that waits, without rests: for the command line and tests. Returns how many entries."""
    total = 0
    while made := seal_once(engine, ring, now).count:
        total += made
    return total
