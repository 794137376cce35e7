"""Somebody at a kiosk asks for a guard."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from access_log.errors import NotFoundError
from access_log.models import GuardCall, Kiosk
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, EventType, Outcome
from access_log.services import events


def call(session: Session, *, kiosk: Kiosk, nonce: str, visit_id: UUID | None, outcome: Outcome | None, now: datetime) -> GuardCall:
    """Ring at the desk; the same request twice rings once."""
    made = find(session, kiosk=kiosk, nonce=nonce)
    if made is not None:
        return made
    made = GuardCall(site_id=kiosk.site_id, kiosk_id=kiosk.id or 0, nonce=nonce, visit_id=visit_id, outcome=outcome, called_at=now)
    session.add(made)
    session.flush()
    actor = Actor(ActorKind.KIOSK, kiosk.id, kiosk.site_id)
    detail = {"outcome": outcome.value} if outcome else {}
    events.record(session, EventType.GUARD_CALLED, site_id=kiosk.site_id, now=now, actor=actor, door_id=kiosk.door_id, detail=detail)
    return made


def find(session: Session, *, kiosk: Kiosk, nonce: str) -> GuardCall | None:
    """A call this kiosk made."""
    return session.exec(select(GuardCall).where(GuardCall.kiosk_id == kiosk.id, GuardCall.nonce == nonce)).one_or_none()


def answer(session: Session, *, call_id: int, guard: Actor, now: datetime) -> None:
    """A guard is on the way. Answering twice changes nothing."""
    made = session.get(GuardCall, call_id, with_for_update=True)
    if made is None or made.site_id != guard.site_id:
        raise NotFoundError
    if made.answered_at is None:
        made.answered_at, made.answered_by = now, guard.id
        session.add(made)
        seconds = int((now - made.called_at).total_seconds())
        events.record(session, EventType.GUARD_ANSWERED, site_id=made.site_id, now=now, actor=guard, detail={"seconds": seconds})
