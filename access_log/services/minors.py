"""Somebody under 18 whose document a guard has seen, at the door or later: everything held about them goes at once (clause 6).

What they said themselves at the kiosk or on their own page ends that visit alone (notices.minor): a link may be in somebody else's hands.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from access_log.errors import ConflictError
from access_log.models import Subject, Technician, Template, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import Active, EventType, VisitState
from access_log.services import erasure, events, notices, passes, presence, roster, sessions
from access_log.services.messages import tell_contact

MINOR = "minor"


def turn_away(session: Session, *, visit: Visit, actor: Actor, now: datetime) -> None:
    """At the door: as notices.minor, and with it the roster entry, visits to come and earlier ones. Raises ConflictError("on_site")."""
    technician_id = visit.technician_id
    notices.minor(session, visit=visit, actor=actor, now=now)
    _forget(session, technician_id, actor, now)


def found_out(session: Session, *, visit: Visit, actor: Actor, now: datetime) -> None:
    """Later, also after they were let in: the times stay and lead to nobody. Raises ConflictError("on_site") while they are inside."""
    if visit.state in notices.BEFORE_ENTRY:
        turn_away(session, visit=visit, actor=actor, now=now)
        return
    if presence.inside(session, visit) is not None or visit.state is VisitState.ADMITTED:
        raise ConflictError("on_site")
    if visit.erased_at is not None:
        return
    technician_id = visit.technician_id
    events.record(session, EventType.MINOR_TURNED_AWAY, site_id=visit.site_id, now=now, actor=system(visit.site_id))
    passes.revoke(session, visit=visit, actor=actor, reason=MINOR, now=now)
    sessions.close_sessions_of_visit(session, visit.id)
    erasure.erase(session, [erasure.Target(visit.subject_id)], reason=MINOR, actor=actor, now=now)
    session.refresh(visit)
    tell_contact(session, visit=visit, template=Template.VISIT_ENDED, now=now)
    _forget(session, technician_id, actor, now)


def _forget(session: Session, technician_id: object, actor: Actor, now: datetime) -> None:
    """The roster entry and whatever other visits still lead to the same person."""
    person = session.get(Technician, technician_id) if technician_id else None
    if person is None:
        return
    others = session.exec(select(Visit).where(Visit.technician_id == person.id).order_by(col(Visit.created_at), col(Visit.id))).all()
    for other in others:
        if other.state in notices.BEFORE_ENTRY:
            notices.end_minors_visit(session, visit=other, actor=actor, now=now)
        elif other.state is not VisitState.ADMITTED and other.erased_at is None:
            subject = session.get_one(Subject, other.subject_id)
            erasure.erase(session, [erasure.Target(subject.id)], reason=MINOR, actor=actor, now=now)
    session.flush()
    if person.state is not Active.ENDED and not roster.in_use(session, person):
        roster.end(session, person=person, actor=actor, now=now, reason=MINOR)
