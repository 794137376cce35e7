"""What became of the messages that bring a technician their pass, and sending one again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, and_, col, exists, func, or_, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import AccessEvent, OutboxMessage, SendState, Technician, Template, Visit
from access_log.policy.codes import ActorKind, EventType, VisitState
from access_log.services import desk, messages, outbox
from access_log.services.desk import Row

BRINGS_PASS = (Template.INVITATION, Template.PASS)
RESTS = timedelta(minutes=10)
"""A message that arrived nowhere yet may still arrive: the same one does not go out twice within this time."""


def of_visit(session: Session, visit: Visit) -> list[OutboxMessage]:
    """Every message that was to bring this visit's person their pass, the latest first."""
    statement = select(OutboxMessage).where(OutboxMessage.visit_id == visit.id, col(OutboxMessage.template).in_(BRINGS_PASS))
    return list(session.exec(statement.order_by(col(OutboxMessage.id).desc())).all())


def send_again(session: Session, *, visit: Visit, now: datetime) -> None:
    """Send the pass once more: what failed from the beginning, what was sent as a new message.

    Raises ConflictError: `no_pass` where there is nothing to send, `being_sent` where one is on its way or went out a moment ago.
    """
    if visit.state is not VisitState.PASS_ISSUED:
        raise ConflictError("no_pass")
    last = next(iter(of_visit(session, visit)), None)
    if last is None:
        messages.send(session, visit=visit, template=Template.INVITATION, now=now)
    elif last.state is SendState.WAITING or (last.sent_at is not None and last.state is SendState.SENT and now - last.sent_at < RESTS):
        raise ConflictError("being_sent")
    elif not outbox.send_again(session, [last], now=now):
        messages.send(session, visit=visit, template=last.template, now=now)
    session.flush()


def undelivered(session: Session, ring: KeyRing, *, customer_id: int, now: datetime, most: int = 50) -> list[Row]:
    """Visits whose person does not have their pass: no mail address, or the last message came to nothing.

    Once a contact has taken the pass to hand it over, or the person has read the notice, it has arrived.
    """
    newest = (
        select(func.max(OutboxMessage.id))
        .where(OutboxMessage.visit_id == Visit.id, col(OutboxMessage.template).in_(BRINGS_PASS))
        .correlate(Visit)
        .scalar_subquery()
    )
    failed = exists().where(and_(col(OutboxMessage.id) == newest, col(OutboxMessage.state).in_((SendState.FAILED, SendState.DROPPED))))
    no_mail = exists().where(and_(col(Technician.id) == Visit.technician_id, col(Technician.has_mail).is_(False)))
    latest_pass = (
        select(func.max(AccessEvent.id))
        .where(AccessEvent.visit_id == Visit.id, AccessEvent.type == EventType.PASS_ISSUED)
        .correlate(Visit)
        .scalar_subquery()
    )
    taken = exists().where(
        and_(
            col(AccessEvent.visit_id) == Visit.id,
            col(AccessEvent.type) == EventType.PASS_VIEWED,
            col(AccessEvent.actor_kind) == ActorKind.CONTACT,
            col(AccessEvent.id) > latest_pass,
        )
    )
    ids = session.exec(
        select(Visit.id)
        .where(
            Visit.customer_id == customer_id,
            Visit.state == VisitState.PASS_ISSUED,
            col(Visit.window_until) > now,
            col(Visit.notice_read_at).is_(None),
            or_(failed, no_mail),
            ~taken,
        )
        .order_by(col(Visit.window_from))
        .limit(most)
    ).all()
    return _rows(session, ring, ids)


def _rows(session: Session, ring: KeyRing, ids: Sequence[object]) -> list[Row]:
    return desk.rows(session, ring, col(Visit.id).in_(ids), order=col(Visit.window_from)) if ids else []
