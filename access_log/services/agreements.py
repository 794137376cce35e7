"""Confidentiality agreements of the operator's own people: without one on file, no name is opened and none vouched for."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from access_log.errors import NoAgreementError, RefusedInputError
from access_log.models import Site, Staff
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, ActorKind, EventType, Role
from access_log.services import events

OLDEST = date(1990, 1, 1)


def refuse_without(session: Session, actor: Actor) -> None:
    """Raise NoAgreementError for a member of staff who has signed none. Others are bound by other means than this paper."""
    if actor.kind is ActorKind.STAFF:
        staff = session.get(Staff, actor.id)
        if staff is None or staff.confidentiality_signed_at is None:
            raise NoAgreementError


def enter(session: Session, *, staff: Staff, signed_on: date | None, actor: Actor, now: datetime) -> None:
    """Note the day on which the paper was signed; None takes it off the file, and names are closed at once.

    Raises RefusedInputError("signed_on"): a day to come, or one before anybody here could have signed.
    """
    staff.confidentiality_signed_at = checked(session, signed_on, site_id=staff.site_id, now=now)
    session.add(staff)
    session.flush()
    detail = {"how": "agreement_entered" if signed_on else "agreement_removed", "role": staff.role.value}
    detail |= {"agreed": signed_on.isoformat()} if signed_on else {}
    events.record(session, EventType.STAFF_CHANGED, site_id=staff.site_id, now=now, actor=actor, subject_id=staff.subject_id, detail=detail)


def checked(session: Session, signed_on: date | None, *, site_id: int, now: datetime) -> datetime | None:
    """The day as a moment of the site. Raises RefusedInputError("signed_on")."""
    if signed_on is None:
        return None
    signed = datetime.combine(signed_on, time(), ZoneInfo(session.get_one(Site, site_id).zone))
    if signed > now:
        raise RefusedInputError("signed_on", "in_the_future")
    if signed_on < OLDEST:
        raise RefusedInputError("signed_on", "invalid")
    return signed


def missing(session: Session, site_id: int) -> int:
    """How many of the active staff have none on file."""
    without = Staff.site_id == site_id, Staff.state == Active.ACTIVE, col(Staff.confidentiality_signed_at).is_(None)
    return session.exec(select(func.count(col(Staff.id))).where(*without)).one()


def missing_at_work(session: Session) -> int:
    """How many active people of all sites, administrators aside, have none on file: they cannot do their work."""
    without = Staff.state == Active.ACTIVE, Staff.role != Role.ADMINISTRATOR, col(Staff.confidentiality_signed_at).is_(None)
    return session.exec(select(func.count(col(Staff.id))).where(*without)).one()
