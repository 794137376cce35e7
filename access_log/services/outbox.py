"""Messages waiting to be sent: claim one with a lease, settle it afterwards. `attempts` only grows and is the fence.

A message is claimed by a conditional update, so that several workers never hold the same one. The claim is renewed at the last moment
before the letter cannot be taken back: a worker that was slower than its lease finds that it is not its own any more, and sends nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, or_, select, update

from access_log.errors import NotFoundError
from access_log.models import Contact, OutboxMessage, SendState, Template, Visit
from access_log.policy.codes import EventType
from access_log.services import events

LEASE = timedelta(minutes=2)
"""To open the letter and offer it to the mail server."""
HANDING_OVER = timedelta(minutes=6)
"""From the renewal to the server's answer; longer than anybody waits for it (smtp.HANDING_OVER)."""
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=4))
"""Waits after each refusal of this letter; after one more it has failed. Faults of the whole way of the mail are not counted here."""

UNDELIVERED = (SendState.FAILED, SendState.DROPPED)
TO_VISITORS = frozenset({Template.INVITATION, Template.PASS, Template.VISIT_CANCELLED, Template.RECEIPT, Template.FAREWELL})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker may send now; `attempt` proves the claim when it is settled."""

    id: int
    attempt: int


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether anything waits to be sent that nobody holds."""
    return session.exec(select(OutboxMessage.id).where(*_free(now)).limit(1)).first() is not None


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """Take the message that has been due for longest, or None. What another worker takes meanwhile is skipped."""
    due = (
        select(OutboxMessage.id, OutboxMessage.attempts)
        .where(*_free(now))
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(due).first()
    if found is None:
        return None
    claimed = Claimed(found[0] or 0, found[1] + 1)
    taken = session.exec(
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == claimed.id, col(OutboxMessage.attempts) == found[1], *_free(now))
        .values(attempts=claimed.attempt, leased_until=now + LEASE)
    )
    return claimed if taken.rowcount else None


def renew(session: Session, claim: Claimed, *, now: datetime) -> bool:
    """Hold the message until the mail server has answered. False: another worker has taken it meanwhile, or it needs no sending."""
    held = session.exec(update(OutboxMessage).where(*_ours(claim)).values(leased_until=now + HANDING_OVER))
    return bool(held.rowcount)


def owned(session: Session, claim: Claimed) -> OutboxMessage | None:
    """The claimed message, or None where the claim was lost."""
    return session.exec(select(OutboxMessage).where(*_ours(claim)).with_for_update()).one_or_none()


def token_of(session: Session, message: OutboxMessage) -> str:
    """What stands in its Message-ID: the same at every attempt, so that a mailbox can tell a letter that came twice."""
    if message.token is None:
        message.token = secrets.token_hex(12)
        session.add(message)
        session.flush()
    return message.token


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
    """A mail server said no to this letter. `error` is a code such as `smtp_550`."""
    message = owned(session, claim)
    if message is None:
        return
    message.leased_until, message.error, message.refusals = None, error[:32], message.refusals + 1
    if permanent or message.refusals > len(RETRIES):
        _fail(session, message, now=now)
    else:
        message.due_at = now + RETRIES[message.refusals - 1]
    session.add(message)


def released(session: Session, claim: Claimed, *, until: datetime) -> None:
    """Nothing was wrong with the letter: the way of the mail is broken. It waits, behind the others, and nothing is counted against it."""
    message = owned(session, claim)
    if message is not None:
        message.leased_until, message.due_at = None, until
        session.add(message)


def bounced(session: Session, *, token: str, status: str, now: datetime) -> bool:
    """A mail server further on sent a letter back; `status` is its RFC 3463 code, such as 5.1.1, or empty.

    Returns whether it was one of ours that nobody knew to be undelivered. It may come before the worker has noted that it sent it.
    """
    message = session.exec(select(OutboxMessage).where(OutboxMessage.token == token).with_for_update()).one_or_none()
    if message is None or message.state in UNDELIVERED:
        return False
    message.error, message.leased_until = f"bounced_{status}" if status else "bounced", None
    _fail(session, message, now=now)
    session.add(message)
    session.flush()
    return True


def send_again(session: Session, messages: Sequence[OutboxMessage], *, now: datetime) -> int:
    """Try failed or dropped messages once more from the beginning. Returns how many."""
    again = [message for message in messages if message.state in (SendState.FAILED, SendState.DROPPED)]
    for message in again:
        message.state, message.due_at, message.error, message.refusals, message.token = SendState.WAITING, now, "", 0, None
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
    if visit is not None and message.template in TO_VISITORS - {Template.RECEIPT, Template.FAREWELL}:
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


def _free(now: datetime) -> tuple[Any, ...]:
    unheld = or_(col(OutboxMessage.leased_until).is_(None), col(OutboxMessage.leased_until) < now)
    return (col(OutboxMessage.state) == SendState.WAITING, col(OutboxMessage.due_at) <= now, unheld)


def _ours(claim: Claimed) -> tuple[Any, ...]:
    attempts = col(OutboxMessage.attempts) == claim.attempt
    return (col(OutboxMessage.id) == claim.id, attempts, col(OutboxMessage.state) == SendState.WAITING)
