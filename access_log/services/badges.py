"""Visitors' badges: one number is with one person at a time."""

from datetime import datetime

from sqlmodel import Session, col, select

from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, VisitState
from access_log.services import events


def hand_out(session: Session, *, visit: Visit, badge: str, guard: Actor, now: datetime) -> None:
    """Give a badge, where one is given. One that somebody left with, and that is given again, has come back.

    Raises RefusedInputError("badge", "badge_out") where somebody inside has it.
    """
    if not badge:
        return
    out = select(Visit).where(
        Visit.site_id == visit.site_id, Visit.badge == badge, col(Visit.badge_returned_at).is_(None), Visit.id != visit.id
    )
    for holder in session.exec(out).all():
        if holder.state is VisitState.ADMITTED:
            raise RefusedInputError("badge", "badge_out")
        take_back(session, visit=holder, guard=guard, now=now)
    visit.badge, visit.badge_returned_at = badge, None
    session.add(visit)
    session.flush()
    events.record(session, EventType.BADGE_HANDED_OUT, site_id=visit.site_id, now=now, actor=guard, visit=visit, detail={"badge": badge})


def take_back(session: Session, *, visit: Visit, guard: Actor, now: datetime) -> None:
    """The badge is on the desk again. Raises ConflictError("no_badge_out")."""
    if visit.badge is None or visit.badge_returned_at is not None:
        raise ConflictError("no_badge_out")
    visit.badge_returned_at = now
    session.add(visit)
    session.flush()
    detail = {"badge": visit.badge}
    events.record(session, EventType.BADGE_RETURNED, site_id=visit.site_id, now=now, actor=guard, visit=visit, detail=detail)
