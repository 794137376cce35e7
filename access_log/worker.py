"""The worker: sends the outbox (sending.py), destroys what is due, brings erasures to their end."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from access_log import bounces, erasing, machine, sweeping
from access_log.bounces import Found
from access_log.db import transaction
from access_log.errors import SettingsError
from access_log.mail import Transport
from access_log.rings import Rings
from access_log.runtime import attach_ledger, utc_now
from access_log.sending import send_due
from access_log.services import mail_state
from access_log.settings import Settings
from access_log.smtp import transport_of

log = logging.getLogger("access_log.worker")
IDLE = 2.0
"""Seconds between two looks at an empty outbox."""
SEEN = 60.0
"""Seconds between two signs of life (mail_state.seen)."""
SWEEP = 600.0
"""Seconds between two looks for what is due: data to destroy, lists never decided on, visits nobody came to."""
RESUME = 60.0
"""Seconds between two looks for erasures that a crash left in the ledger."""


def run_worker(engine: Engine, rings: Rings, settings: Settings, stop: threading.Event) -> None:
    """Send what is due until `stop` is set. A broken database or mail server is waited out, never fatal."""
    attach_ledger(engine, settings, rings())
    transport = transport_of(settings)
    if transport is None:
        log.warning("no mail server is set (ACCESS_LOG_SMTP_URL): messages wait in the outbox")
    duties = _duties(engine, rings, settings, transport)
    while not stop.is_set():
        if not sum([_looked_after(duty) for duty in duties]):
            stop.wait(IDLE)


@dataclass
class Duty:
    """Something to look after. `act` returns how much it did; while that is not 0, it is called again without a rest of `rest` seconds."""

    act: Callable[[], int | None]
    rest: float = 0.0
    due_at: float = 0.0


def _duties(engine: Engine, rings: Rings, settings: Settings, transport: Transport | None) -> list[Duty]:
    def send() -> int:
        return send_due(engine, rings(), settings, transport, utc_now) if transport is not None else 0

    duties = [
        Duty(partial(_began, engine, usable=transport is not None), float("inf")),
        Duty(partial(_lives, engine), SEEN),
        Duty(send),
        Duty(partial(_resume, engine), RESUME),
        Duty(partial(_settle, engine)),
        Duty(lambda: sweeping.sweep_believed(engine, lambda: machine.tick(utc_now)), SWEEP),
    ]
    if settings.bounces_dir is not None:
        duties.append(Duty(partial(_read_bounces, engine, settings.bounces_dir), SEEN))
    return duties


def _looked_after(duty: Duty) -> int:
    """Do it where it is time. One that fails must not end the others."""
    if time.monotonic() < duty.due_at:
        return 0
    try:
        done = duty.act() or 0
    except OperationalError:
        log.warning("the database cannot be reached; trying again")
        return 0
    except Exception:
        log.exception("the worker goes on after an error")
        done = 0
    if not done:
        duty.due_at = time.monotonic() + duty.rest
    return done


def _began(engine: Engine, *, usable: bool) -> None:
    """Whatever kept mail from going is to be tried again."""
    with transaction(engine) as session:
        mail_state.started(session, usable=usable, now=utc_now())


def _lives(engine: Engine) -> None:
    with transaction(engine) as session:
        mail_state.seen(session, now=utc_now())


def _resume(engine: Engine) -> None:
    erasing.resume(engine, utc_now)


def _settle(engine: Engine) -> None:
    erasing.settle(engine, utc_now)


def _read_bounces(engine: Engine, place: Path) -> None:
    try:
        found = bounces.collect(engine, place, utc_now)
    except (SettingsError, OSError) as error:
        log.warning("returned mail cannot be read from ACCESS_LOG_BOUNCES_DIR (%s)", type(error).__name__)
        return
    if found:
        log.info("returned mail: %d read, %d letters marked as undelivered", found.total(), found[Found.MARKED])
