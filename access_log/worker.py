"""The outbox worker: claim, open, send, settle, each in a transaction of its own; nothing is held while the mail server thinks."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from access_log import erasing
from access_log.crypto.errors import CryptoError
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import AccessLogError
from access_log.mail import DEMO_INBOX, SendError, SmtpTransport, Transport
from access_log.models import Site
from access_log.rings import Rings
from access_log.runtime import attach_ledger, utc_now
from access_log.services import imports, outbox, policy_publishing, retention, visits
from access_log.services.letters import Letter, compose
from access_log.services.outbox import Claimed
from access_log.settings import Settings

log = logging.getLogger("access_log.worker")
IDLE = 2.0
"""Seconds between two looks at an empty outbox."""
SWEEP = 600.0
"""Seconds between two looks for what is due: data to destroy, lists never decided on, visits nobody came to."""
RESUME = 60.0
"""Seconds between two looks for erasures that a crash left in the ledger."""


def transport_of(settings: Settings) -> Transport | None:
    """Where letters go: the SMTP server, the demo's inbox, or nowhere yet (they wait)."""
    if settings.smtp_url is not None:
        return SmtpTransport(settings.smtp_url.get_secret_value(), settings.mail_from)
    return DEMO_INBOX if settings.demo else None


def run_worker(engine: Engine, rings: Rings, settings: Settings, stop: threading.Event) -> None:
    """Send what is due until `stop` is set. A broken database or mail server is waited out, never fatal."""
    attach_ledger(engine, settings, rings())
    transport = transport_of(settings)
    if transport is None:
        log.warning("no mail server is set (ACCESS_LOG_SMTP_URL): messages wait in the outbox")
    sweep_at = resume_at = 0.0
    while not stop.is_set():
        count = 0
        try:
            if transport is not None:
                count = send_due(engine, rings(), settings, transport, utc_now)
            if time.monotonic() >= resume_at:
                resume_at = time.monotonic() + RESUME
                erasing.resume(engine, utc_now)
            erasing.settle(engine, utc_now)
            if time.monotonic() >= sweep_at and not sweep(engine, utc_now):
                sweep_at = time.monotonic() + SWEEP
        except OperationalError:
            log.warning("the database cannot be reached; trying again")
        except Exception:  # one message or visit that cannot be handled must not end the sending of all others
            log.exception("the worker goes on after an error")
            stop.wait(IDLE)
        if not count:
            stop.wait(IDLE)


def sweep(engine: Engine, clock: Callable[[], datetime]) -> int:
    """Destroy some of what is due, close some visits nobody came to. Returns how many; call again while it is not 0."""
    with transaction(engine) as session:
        done = imports.expire(session, now=clock())
        sites = session.exec(select(Site)).all()
    for site in sites:
        with transaction(engine) as session:
            done += visits.close_past_windows(session, site_id=site.id or 0, now=clock())
        with transaction(engine) as session:
            policy_publishing.take_effect(session, site=session.get_one(Site, site.id), now=clock())
        with transaction(engine) as session:
            done += retention.erase_due(session, site=site, now=clock())
    return done


def send_due(engine: Engine, ring: KeyRing, settings: Settings, transport: Transport, clock: Callable[[], datetime]) -> int:
    """Send one handful of due messages. Returns how many were claimed."""
    with transaction(engine) as session:
        claims = outbox.claim(session, now=clock())
    for claim in claims:
        _send_one(engine, ring, settings, transport, claim, clock)
    return len(claims)


def _send_one(
    engine: Engine, ring: KeyRing, settings: Settings, transport: Transport, claim: Claimed, clock: Callable[[], datetime]
) -> None:
    letter = _compose(engine, ring, settings, claim, clock())
    if letter is None:
        return
    try:
        transport.send(letter, f"{claim.id}.{claim.attempt}.{os.urandom(6).hex()}")
    except SendError as error:
        with transaction(engine) as session:
            outbox.refused(session, claim, error=error.code, permanent=error.permanent, now=clock())
        return
    with transaction(engine) as session:
        outbox.sent(session, claim, now=clock())


def _compose(engine: Engine, ring: KeyRing, settings: Settings, claim: Claimed, now: datetime) -> Letter | None:
    """The letter, once the look at its addressee is committed; None where it was dropped or the claim was lost."""
    try:
        with transaction(engine) as session:
            message = outbox.owned(session, claim)
            if message is None:
                return None
            letter = compose(session, ring, settings, message=message, now=now)
            if letter is None:
                outbox.dropped(session, claim, reason="no_address")
            return letter
    except (AccessLogError, CryptoError) as error:
        with transaction(engine) as session:
            outbox.refused(session, claim, error=type(error).__name__.lower(), permanent=True, now=now)
        return None
