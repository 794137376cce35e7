"""Who is inside. One open presence a person, whatever happens at once: the database's partial unique indexes say so."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, update

from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Door, Presence, Site, Template, Visit, VisitArea
from access_log.policy.actors import Actor
from access_log.policy.codes import Direction, EventType, HowKnown, ManualReason, Outcome, VisitState
from access_log.services import events
from access_log.services.manual_times import check_time
from access_log.services.messages import send


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


def enter_by_hand(
    session: Session, *, visit: Visit, reason: ManualReason, known: HowKnown, at: datetime, guard: Actor, now: datetime
) -> None:
    """A guard writes an entry that no kiosk recorded. The identity was checked by looking, which `identity:attested` says."""
    check_time(at, now=now)
    if visit.state not in (VisitState.PASS_ISSUED, VisitState.ID_PENDING, VisitState.EXITED):
        raise ConflictError(f"visit_is_{visit.state.value}")
    area_id = session.exec(select(VisitArea.area_id).where(VisitArea.visit_id == visit.id).order_by(col(VisitArea.area_id))).first()
    enter(session, visit=visit, area_id=area_id or 0, known=known, at=at)
    visit.checked_at = at
    session.add(visit)
    detail = {"reason": reason.value, "at": at.isoformat()}
    events.record(
        session, EventType.IDENTITY_ATTESTED, site_id=visit.site_id, now=now, actor=guard, visit=visit, known=known, detail=detail
    )
    events.record(
        session,
        EventType.ENTRY_GRANTED,
        site_id=visit.site_id,
        now=now,
        actor=guard,
        visit=visit,
        outcome=Outcome.GRANTED,
        direction=Direction.IN,
        known=known,
        detail=detail,
    )


def leave_by_hand(
    session: Session, *, visit: Visit, reason: ManualReason, known: HowKnown, at: datetime, guard: Actor, now: datetime
) -> None:
    """A guard writes an exit. `known` unknown closes the visit without an exit time: none is invented (visit.md, Rules)."""
    open_one = inside(session, visit)
    if open_one is None:
        raise ConflictError("not_inside")
    if known is HowKnown.UNKNOWN:
        leave(session, visit=visit, known=known, at=now)
        _closed_unknown(session, visit, reason, guard, now)
        return
    check_time(at, now=now)
    if at < open_one.entered_at:
        raise RefusedInputError("at", "before_entry")
    leave(session, visit=visit, known=known, at=at)
    site = session.get_one(Site, visit.site_id)
    late = (at - visit.window_until).total_seconds() > site.overstay_minutes * 60
    events.record(
        session,
        EventType.EXIT_RECORDED,
        site_id=visit.site_id,
        now=now,
        actor=guard,
        visit=visit,
        outcome=Outcome.OVERSTAY_EXIT if late else Outcome.EXITED,
        direction=Direction.OUT,
        known=known,
        detail={"reason": reason.value, "at": at.isoformat()},
    )
    send(session, visit=visit, template=Template.RECEIPT, now=now)


def _closed_unknown(session: Session, visit: Visit, reason: ManualReason, guard: Actor, now: datetime) -> None:
    events.record(
        session,
        EventType.EXIT_CLOSED_UNKNOWN,
        site_id=visit.site_id,
        now=now,
        actor=guard,
        visit=visit,
        known=HowKnown.UNKNOWN,
        detail={"reason": reason.value},
    )


def return_badge(session: Session, *, visit: Visit, guard: Actor, now: datetime) -> None:
    """The visitor's badge is back."""
    if visit.badge is None or visit.badge_returned_at is not None:
        raise ConflictError("no_badge_out")
    visit.badge_returned_at = now
    session.add(visit)
    events.record(
        session, EventType.BADGE_RETURNED, site_id=visit.site_id, now=now, actor=guard, visit=visit, detail={"badge": visit.badge}
    )


def area_of_door(session: Session, door_id: int) -> int:
    """The area a door leads to."""
    return session.get_one(Door, door_id).area_id


def forget_roster_link(session: Session, *, technician_id: object) -> None:
    """A roster entry is ending: its old visits no longer say that they were the same person's."""
    session.exec(update(Visit).where(col(Visit.technician_id) == technician_id).values(technician_id=None))
