"""Requests about own data, looked up: one, a person's, what waits for the desk."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, func, select

from access_log.errors import NotFoundError
from access_log.models import RightsPause, RightsRequest
from access_log.policy.rights import RequestState


def of(session: Session, *, request_id: UUID, site_id: int, lock: bool = False) -> RightsRequest:
    """A request of this site. Raises NotFoundError."""
    statement = select(RightsRequest).where(RightsRequest.id == request_id, RightsRequest.site_id == site_id)
    found = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def of_subject(session: Session, *, request_id: UUID, subject_id: UUID) -> RightsRequest:
    """A request about this person. Raises NotFoundError for anybody else's."""
    found = session.get(RightsRequest, request_id)
    if found is None or found.subject_id != subject_id:
        raise NotFoundError
    return found


def by_number(session: Session, *, number: int, site_id: int) -> RightsRequest | None:
    """A request by the number that was said at the desk."""
    return session.exec(select(RightsRequest).where(RightsRequest.number == number, RightsRequest.site_id == site_id)).one_or_none()


def about_person(session: Session, subject_id: UUID) -> Sequence[RightsRequest]:
    """Every request about one person, the newest first."""
    mine = select(RightsRequest).where(RightsRequest.subject_id == subject_id)
    return session.exec(mine.order_by(col(RightsRequest.number).desc())).all()


def queue(session: Session, site_id: int) -> Sequence[RightsRequest]:
    """The open requests of a site, the one that is due first in front."""
    waiting = select(RightsRequest).where(RightsRequest.site_id == site_id, RightsRequest.state == RequestState.OPEN)
    return session.exec(waiting.order_by(col(RightsRequest.due_at), col(RightsRequest.number))).all()


def settled(session: Session, site_id: int, *, limit: int = 50) -> Sequence[RightsRequest]:
    """What was settled lately."""
    done = select(RightsRequest).where(RightsRequest.site_id == site_id, RightsRequest.state != RequestState.OPEN)
    return session.exec(done.order_by(col(RightsRequest.settled_at).desc(), col(RightsRequest.number).desc()).limit(limit)).all()


def open_count(session: Session, site_id: int) -> int:
    """How many wait for the desk."""
    waiting = select(func.count()).select_from(RightsRequest)
    return session.exec(waiting.where(RightsRequest.site_id == site_id, RightsRequest.state == RequestState.OPEN)).one()


def pauses(session: Session, request: RightsRequest) -> Sequence[RightsPause]:
    """When its clock stood still."""
    return session.exec(select(RightsPause).where(RightsPause.request_id == request.id).order_by(col(RightsPause.id))).all()
