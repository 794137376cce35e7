"""Messages waiting to be sent: claim a few with a lease, settle each afterwards. `attempts` is the fence.

A message is claimed by a conditional update, so that several workers never send the same one; a worker that dies keeps
its lease for two minutes and then loses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select, update

from access_log.errors import NotFoundError
from access_log.models import Contact, OutboxMessage, SendState, Template, Visit
from access_log.policy.codes import EventType
from access_log.services import events

LEASE = timedelta(minutes=2)
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=4))
"""Waits before each further attempt; after the last one the message has failed."""

UNDELIVERED = (SendState.FAILED, SendState.DROPPED)
TO_VISITORS = frozenset({Template.INVITATION, Template.PASS, Template.VISIT_CANCELLED, Template.RECEIPT})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker may send now; `attempt` proves the claim when it is settled."""

    id: int
    attempt: int


def claim(session: Session, *, now: datetime, limit: int = 10) -> list[Claimed]:
    """Take up to `limit` due messages. What another worker takes meanwhile is skipped."""
    free = or_(col(OutboxMessage.leased_until).is_(None), col(OutboxMessage.leased_until) < now)
    due = (
        select(OutboxMessage.id, OutboxMessage.attempts)
        .where(OutboxMessage.state == SendState.WAITING, OutboxMessage.due_at <= now, free)
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for message_id, attempts in session.exec(due).all():
        taken = session.exec(
            update(OutboxMessage)
            .where(col(OutboxMessage.id) == message_id, col(OutboxMessage.attempts) == attempts, free)
            .values(attempts=attempts + 1, leased_until=now + LEASE)
        )
        if taken.rowcount and message_id is not None:
            claimed.append(Claimed(message_id, attempts + 1))
    return claimed


def owned(session: Session, claim: Claimed) -> OutboxMessage | None:
    """The claimed message, or None where the claim was lost."""
    statement = select(OutboxMessage).where(
        OutboxMessage.id == claim.id, OutboxMessage.attempts == claim.attempt, OutboxMessage.state == SendState.WAITING
    )
    return session.exec(statement.with_for_update()).one_or_none()


def sent(session: Session, claim: Claimed, *, now: datetime) -> None:
    """The mail server has taken it."""
    message = owned(session, claim)
    if message is not None:
        message.state, message.sent_at, message.leased_until, message.error = SendState.SENT, now, None, ""
        session.add(message)


def dropped(session: Session, claim: Claimed, *, reason: str) -> None:
    """There is nobody to send it to: no address, or the person is erased. Not a failure, but the contact sees it."""
    message = owned(session, claim)
    if message is not None:
        message.state, message.error, message.leased_until = SendState.DROPPED, reason, None
        session.add(message)


def refused(session: Session, claim: Claimed, *, error: str, permanent: bool, now: datetime) -> None:
    """The mail server said no, or could not be reached. `error` is a code such as `smtp_550` or `unreachable`."""
    message = owned(session, claim)
    if message is None:
        return
    message.leased_until, message.error = None, error[:32]
    if permanent or message.attempts > len(RETRIES):
        _fail(session, message, now=now)
    else:
        message.due_at = now + RETRIES[message.attempts - 1]
    session.add(message)


def bounced(session: Session, message_id: int, *, now: datetime) -> bool:
    """A mail server further on sent it back. Returns whether the message was one of ours that counted as sent."""
    message = session.exec(
        select(OutboxMessage).where(OutboxMessage.id == message_id, OutboxMessage.state == SendState.SENT).with_for_update()
    ).one_or_none()
    if message is None:
        return False
    message.error = "bounced"
    _fail(session, message, now=now)
    session.add(message)
    return True


def send_again(session: Session, messages: Sequence[OutboxMessage], *, now: datetime) -> int:
    """Try failed or dropped messages once more from the beginning. Returns how many."""
    again = [message for message in messages if message.state in (SendState.FAILED, SendState.DROPPED)]
    for message in again:
        message.state, message.due_at, message.attempts, message.error = SendState.WAITING, now, 0, ""
        session.add(message)
    session.flush()
    return len(again)


def undelivered(session: Session, site_id: int, *, limit: int = 200) -> list[OutboxMessage]:
    """Messages that did not reach anybody, the newest first."""
    statement = select(OutboxMessage).where(OutboxMessage.site_id == site_id, col(OutboxMessage.state).in_(UNDELIVERED))
    return list(session.exec(statement.order_by(col(OutboxMessage.id).desc()).limit(limit)).all())


def failed_count(session: Session, site_id: int) -> int:
    """How many messages a mail server refused or sent back. Those without an address are nobody's fault and do not count."""
    statement = select(func.count()).select_from(OutboxMessage)
    return session.exec(statement.where(OutboxMessage.site_id == site_id, OutboxMessage.state == SendState.FAILED)).one()


def of(session: Session, *, message_id: int, site_id: int) -> OutboxMessage:
    """A message of this site, locked. Raises NotFoundError."""
    message = session.exec(select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update()).one_or_none()
    if message is None or message.site_id != site_id:
        raise NotFoundError
    return message


def set_aside(session: Session, message: OutboxMessage) -> None:
    """Somebody has seen that it failed, and it needs no other try. It stays on the list of what reached nobody."""
    if message.state is SendState.FAILED:
        message.state = SendState.DROPPED
        session.add(message)
        session.flush()


def _fail(session: Session, message: OutboxMessage, *, now: datetime) -> None:
    message.state = SendState.FAILED
    visit = session.get(Visit, message.visit_id) if message.visit_id else None
    events.record(
        session,
        EventType.MAIL_FAILED,
        site_id=message.site_id,
        now=now,
        visit=visit,
        subject_id=message.subject_id,
        detail={"template": message.template.value, "error": message.error},
    )
    if visit is not None and message.template in TO_VISITORS - {Template.RECEIPT}:
        _tell_contact(session, visit, now)


def _tell_contact(session: Session, visit: Visit, now: datetime) -> None:
    contact = session.get_one(Contact, visit.requested_by)
    session.add(
        OutboxMessage(
            site_id=visit.site_id,
            template=Template.DELIVERY_FAILED,
            subject_id=contact.subject_id,
            visit_id=visit.id,
            language=contact.language,
            due_at=now,
            created_at=now,
        )
    )
