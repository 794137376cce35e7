"""Sending what is due: reach the mail server, then claim, open, offer, hand over and settle one letter after the other.

Nothing is held in the database while the mail server thinks, and no letter is opened before the server has let us in.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from access_log.crypto.errors import CryptoError
from access_log.crypto.ring import KeyRing
from access_log.db import reading, transaction
from access_log.errors import AccessLogError
from access_log.mail import Connection, SendError, Transport, TransportError
from access_log.services import mail_state, outbox
from access_log.services.letters import Letter, compose, overtaken
from access_log.services.outbox import Claimed
from access_log.settings import Settings

log = logging.getLogger("access_log.sending")
Clock = Callable[[], datetime]
HANDFUL, LONG = 20, 30.0
"""Letters over one connection, and seconds for them; then the worker looks at its other duties."""
ASIDE = timedelta(minutes=1)
"""How long the letter waits at which the way broke off, so that the next try is another one."""


def send_due(engine: Engine, ring: KeyRing, settings: Settings, transport: Transport, clock: Clock) -> int:
    """Send a handful of due messages over one connection. Returns how many were settled; 0 also while the way of the mail is broken."""
    with reading(engine) as session:
        if not outbox.is_due(session, now=clock()) or mail_state.paused(session, now=clock()):
            return 0
    try:
        with transport.connect() as connection:
            _reached(engine, clock())
            return Round(engine, ring, settings, connection, clock).send()
    except TransportError as error:
        _broken(engine, error, clock())
        return 0


def _reached(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        if mail_state.reached(session, now=now):
            log.info("mail can be sent again")


def _broken(engine: Engine, error: TransportError, now: datetime) -> None:
    """Stop everybody's tries for a while. Nothing is counted against a letter."""
    with transaction(engine) as session:
        row = mail_state.failed(session, fault=error.fault, reply=error.reply, now=now)
        failures = row.failures
    write = log.error if failures == 1 else log.warning
    write("no mail can be sent (%s); try %d; access-log doctor says how to mend it", error, failures)


class Round:
    """One connection's letters."""

    def __init__(self, engine: Engine, ring: KeyRing, settings: Settings, connection: Connection, clock: Clock) -> None:
        self.engine, self.ring, self.settings = engine, ring, settings
        self.connection, self.clock = connection, clock

    def send(self) -> int:
        """Until nothing is due, or the handful is full. Raises TransportError."""
        began = time.monotonic()
        for count in range(HANDFUL):
            if time.monotonic() - began > LONG:
                return count
            with transaction(self.engine) as session:
                claim = outbox.claim(session, now=self.clock())
            if claim is None:
                return count
            if not self._settle(claim):
                return count + 1
        return HANDFUL

    def _settle(self, claim: Claimed) -> bool:
        """One letter. Returns whether the connection is good for another. Raises TransportError."""
        try:
            self._send(claim)
        except SendError as error:
            self._refused(claim, error.code, permanent=error.permanent)
            return error.code != "unanswered"
        except TransportError:
            with transaction(self.engine) as session:
                outbox.released(session, claim, until=self.clock() + ASIDE)
            raise
        except OperationalError:  # the database: of no letter in particular
            raise
        except (AccessLogError, CryptoError) as error:
            self._refused(claim, type(error).__name__.lower(), permanent=True)
        except Exception:  # a letter that cannot be written must not end the sending of all others
            log.exception("a letter could not be sent; the others go on")
            self._refused(claim, "internal_error", permanent=False)
            return False
        return True

    def _send(self, claim: Claimed) -> None:
        composed = self._compose(claim)
        if composed is None:
            return
        letter, token = composed
        if self.connection.send(letter, token, lambda: self._renewed(claim)):
            with transaction(self.engine) as session:
                outbox.sent(session, claim, now=self.clock())

    def _compose(self, claim: Claimed) -> tuple[Letter, str] | None:
        """The letter, once the look at its addressee is committed; None where it was dropped or the claim was lost."""
        with transaction(self.engine) as session:
            message = outbox.owned(session, claim)
            if message is None:
                return None
            if overtaken(session, message, now=self.clock()):
                outbox.dropped(session, claim, reason="overtaken")
                return None
            letter = compose(session, self.ring, self.settings, message=message, now=self.clock())
            if letter is None:
                outbox.dropped(session, claim, reason="no_address")
                return None
            return letter, outbox.token_of(session, message)

    def _renewed(self, claim: Claimed) -> bool:
        with transaction(self.engine) as session:
            return outbox.renew(session, claim, now=self.clock())

    def _refused(self, claim: Claimed, code: str, *, permanent: bool) -> None:
        with transaction(self.engine) as session:
            outbox.refused(session, claim, error=code, permanent=permanent, now=self.clock())
