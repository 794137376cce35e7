"""An outbox with letters in it, and somebody who looks at it."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.mail import Transport
from access_log.models import AccessEvent, MailState, OutboxMessage, Technician, Visit
from access_log.policy.codes import EventType, RevealPurpose
from access_log.sending import send_due
from access_log.settings import Settings
from access_log.smtp import SmtpTransport
from tests.cast import Cast, make_cast, with_pass
from tests.moments import NOON

SENDER = "register@operator.example"


class Office:
    """The cast's register; tests move its clock."""

    def __init__(self, engine: Engine, ring: KeyRing, settings: Settings) -> None:
        self.engine, self.ring, self.settings = engine, ring, settings
        self.now: datetime = NOON
        self.cast: Cast
        with transaction(engine) as session:
            self.cast = make_cast(session, ring)

    def write(self, *people: Technician) -> list[Visit]:
        """Invitations, one a person (default Wei)."""
        with transaction(self.engine) as session:
            return with_pass(session, self.ring, self.cast, *people)

    def send(self, way: Transport | str, clock: Callable[[], datetime] | None = None) -> int:
        """One look of a worker at the outbox."""
        transport = SmtpTransport(way, SENDER) if isinstance(way, str) else way
        return send_due(self.engine, self.ring, self.settings, transport, clock or (lambda: self.now))

    def rows(self) -> list[OutboxMessage]:
        with transaction(self.engine) as session:
            return list(session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all())

    def states(self) -> Counter[tuple[str, str, int]]:
        return Counter((row.state.value, row.error, row.refusals) for row in self.rows())

    def looks(self) -> int:
        """How often an identity was opened for a letter."""
        with transaction(self.engine) as session:
            looks = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED)).all()
            return sum(look.detail["purpose"] == RevealPurpose.DELIVER for look in looks)

    def state(self) -> MailState:
        with transaction(self.engine) as session:
            return session.exec(select(MailState)).one()
