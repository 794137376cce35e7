"""The record's daily check, and those that somebody asks for: in short pieces with rests, beside everything else a process does."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.ring import KeyRing
from access_log.db import reading, transaction
from access_log.runtime import utc_now
from access_log.services import sealer, verifications
from access_log.services.record_check import RecordCheck, Result

log = logging.getLogger("access_log.verifier")
IDLE = 2.0
"""Seconds between two looks for a check to carry out."""
PIECE = 512
"""Entries at once: some ten milliseconds in which this process does nothing else."""
REST = 3
"""A rest is so many times as long as the piece before it."""
TELL_EVERY = 1.0
SEALED_WITHIN = 15


def run_verifier(
    engine: Engine, ring: KeyRing, stop: threading.Event, clock: Callable[[], datetime] = utc_now, told: Callable[[], None] = lambda: None
) -> None:
    """Carry out what is due until `stop` is set; `told` is called whenever there is news for a page."""
    while not stop.is_set():
        try:
            verify_once(engine, ring, stop, clock, told)
        except OperationalError:
            log.warning("the database cannot be reached; the record is checked later")
        except Exception:  # a check that fails is tried again when its lease is over
            log.exception("the record could not be checked")
        stop.wait(IDLE)


def verify_once(
    engine: Engine, ring: KeyRing, stop: threading.Event, clock: Callable[[], datetime] = utc_now, told: Callable[[], None] = lambda: None
) -> Result | None:
    """Carry out one check where one is due; None where none is, or where it was stopped."""
    with reading(engine) as session:
        if not verifications.due(session, now=clock()):
            return None
    keys = LogKeys.of(ring)
    _let_seal(engine, stop)
    with transaction(engine) as session:
        check_id = verifications.claim(session, now=clock())
        known = verifications.known(session, keys)
    if check_id is None:
        return None
    check = RecordCheck(engine, keys, now=clock(), known=known, piece=PIECE)
    if not _carried_out(engine, check, check_id, stop, clock, told):
        return None
    with transaction(engine) as session:
        verifications.finish(session, check_id=check_id, result=check.result, now=clock())
    told()
    if not check.result.whole:
        log.critical("the record is not whole: %d findings (console, Record; or access-log verify)", len(check.result.findings))
    return check.result


def _let_seal(engine: Engine, stop: threading.Event) -> None:
    """After a start there may be much to seal, some of it old: that is nothing to be alarmed at, for some seconds."""
    for _ in range(SEALED_WITHIN):
        with reading(engine) as session:
            if sealer.waiting_count(session) == 0:
                return
        stop.wait(1.0)


def _carried_out(
    engine: Engine, check: RecordCheck, check_id: int, stop: threading.Event, clock: Callable[[], datetime], told: Callable[[], None]
) -> bool:
    spoke = began = time.monotonic()
    for made in check.pieces():
        if time.monotonic() - spoke > TELL_EVERY:
            spoke = time.monotonic()
            with transaction(engine) as session:
                verifications.progress(session, check_id=check_id, made=made, now=clock())
            told()
        if made.done < made.of and stop.wait(REST * (time.monotonic() - began)):
            return False
        began = time.monotonic()
    return True
