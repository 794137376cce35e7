"""Who is inside. One open presence a person, whatever happens at once: the database's partial unique indexes say so."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, update

from access_log.errors import ConflictError
from access_log.models import Door, Presence, Visit
from access_log.policy.codes import HowKnown, VisitState


def enter(session: Session, *, visit: Visit, area_id: int, known: HowKnown, at: datetime) -> None:
    """Open the presence. Raises ConflictError("inside_already") where the person is inside, on this visit or another."""
    flavour = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = session.execute(
        flavour.insert(Presence)
        .values(
            site_id=visit.site_id,
            visit_id=visit.id,
            customer_id=visit.customer_id,
            person_id=visit.technician_id or visit.subject_id,
            area_id=area_id,
            entered_at=at,
            entered_known=known,
        )
        .on_conflict_do_nothing()
        .returning(col(Presence.id))
    ).first()
    if made is None:
        raise ConflictError("inside_already")
    visit.state, visit.entered_at = VisitState.ADMITTED, at
    session.add(visit)
    session.flush()


def leave(session: Session, *, visit: Visit, known: HowKnown, at: datetime) -> Presence:
    """Close the presence. Raises ConflictError("not_inside")."""
    open_one = inside(session, visit)
    if open_one is None:
        raise ConflictError("not_inside")
    open_one.left_at, open_one.left_known, open_one.person_id = max(at, open_one.entered_at), known, None
    visit.left_at, visit.left_known = open_one.left_at, known
    visit.state = VisitState.CLOSED_UNKNOWN if known is HowKnown.UNKNOWN else VisitState.EXITED
    session.add_all([open_one, visit])
    session.flush()
    return open_one


def inside(session: Session, visit: Visit) -> Presence | None:
    """The visit's open presence."""
    return session.exec(select(Presence).where(Presence.visit_id == visit.id, col(Presence.left_at).is_(None))).one_or_none()


def area_of_door(session: Session, door_id: int) -> int:
    """The area a door leads to."""
    return session.get_one(Door, door_id).area_id


def forget_roster_link(session: Session, *, technician_id: object) -> None:
    """A roster entry is ending: its old visits no longer say that they were the same person's."""
    session.exec(update(Visit).where(col(Visit.technician_id) == technician_id).values(technician_id=None))
