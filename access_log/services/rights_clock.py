"""The clock of each request: when it is due, what stops it, who is reminded and when (clause 5.f; policy/working_days.py)."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from access_log.errors import ConflictError
from access_log.models import OutboxMessage, RightsPause, RightsRequest, Site, Staff, Template
from access_log.policy.actors import Actor, system
from access_log.policy.codes import Active, EventType, Role
from access_log.policy.rights import SHARES, STAGES, PauseReason, RequestState, Stage, stage_at
from access_log.policy.working_days import AnswerClock, Pause, chinese
from access_log.services import policies
from access_log.services.rights_record import note


def clock(session: Session, site: Site, received_at: datetime, pauses: tuple[Pause, ...] = ()) -> AnswerClock:
    """The clock of a request that came at a moment, under the policy that holds now."""
    days = policies.in_force(session, site).clocks.answer_working_days
    return AnswerClock(received_at, days, site.zone, chinese(), pauses)


def clock_of(session: Session, request: RightsRequest) -> AnswerClock:
    """A request's own clock, with the times at which it stood still."""
    stood = session.exec(select(RightsPause).where(RightsPause.request_id == request.id).order_by(col(RightsPause.id))).all()
    pauses = tuple(Pause(row.begins_at, row.ends_at) for row in stood)
    return clock(session, session.get_one(Site, request.site_id), request.received_at, pauses)


def moments(session: Session, request: RightsRequest) -> dict[Stage, datetime]:
    """When each part of the time is used up. Of one that stands still: never."""
    its = clock_of(session, request)
    return {stage: its.reached_at(share) for stage, share in SHARES.items()}


def pause_of(session: Session, request: RightsRequest) -> RightsPause | None:
    """The pause it is in, if it is in one."""
    return session.exec(select(RightsPause).where(RightsPause.request_id == request.id, col(RightsPause.ends_at).is_(None))).one_or_none()


def stand_still(session: Session, *, request: RightsRequest, reason: PauseReason, actor: Actor, now: datetime) -> None:
    """The desk waits for whoever asked, and for nobody else. Raises ConflictError: "settled", "paused"."""
    session.refresh(request, with_for_update=True)
    if request.state is not RequestState.OPEN:
        raise ConflictError("settled")
    if pause_of(session, request) is not None:
        raise ConflictError("paused")
    session.add(RightsPause(site_id=request.site_id, request_id=request.id, reason=reason, begins_at=now, begun_by=actor.id))
    session.flush()
    note(session, request, EventType.REQUEST_PAUSED, actor=actor, now=now, detail={"why": reason.value})


def go_on(session: Session, *, request: RightsRequest, actor: Actor, now: datetime) -> None:
    """What was waited for is there; the day it is due is later by the whole days it took."""
    waiting = pause_of(session, request)
    if waiting is None:
        return
    waiting.ends_at = now
    session.add(waiting)
    session.flush()
    request.due_at = clock_of(session, request).due_at()
    session.add(request)
    session.flush()
    note(session, request, EventType.REQUEST_RESUMED, actor=actor, now=now, detail={"due": request.due_at.isoformat()})


def remind(session: Session, *, site: Site, now: datetime) -> int:
    """Tell the privacy officers of requests whose time is half used, nearly used or over; once for each stage. Returns how many."""
    paused = select(RightsPause.request_id).where(col(RightsPause.ends_at).is_(None))
    waiting = select(RightsRequest).where(
        RightsRequest.site_id == site.id,
        RightsRequest.state == RequestState.OPEN,
        RightsRequest.stage != Stage.LATE,
        col(RightsRequest.id).not_in(paused),
    )
    reminded = 0
    for request in session.exec(waiting.order_by(col(RightsRequest.due_at)).with_for_update(skip_locked=True)).all():
        stage = stage_at(moments(session, request), now)
        if STAGES.index(stage) > STAGES.index(request.stage):
            request.stage = stage
            session.add(request)
            _tell_officers(session, request, now)
            detail = {"stage": stage.value}
            note(session, request, EventType.REQUEST_REMINDED, actor=system(site.id or 0), now=now, detail=detail)
            reminded += 1
    return reminded


def _tell_officers(session: Session, request: RightsRequest, now: datetime) -> None:
    officers = select(Staff).where(Staff.site_id == request.site_id, Staff.role == Role.PRIVACY_OFFICER, Staff.state == Active.ACTIVE)
    for officer in session.exec(officers.order_by(col(Staff.id))).all():
        session.add(
            OutboxMessage(
                site_id=request.site_id,
                template=Template.RIGHTS_REMINDER,
                subject_id=officer.subject_id,
                reference=str(request.id),
                language=officer.language,
                due_at=now,
                created_at=now,
            )
        )
    session.flush()


def pressing(session: Session, site_id: int) -> int:
    """How many open requests have used four fifths of their time, or all of it."""
    open_ones = select(func.count()).select_from(RightsRequest)
    here = RightsRequest.site_id == site_id, RightsRequest.state == RequestState.OPEN
    return session.exec(open_ones.where(*here, col(RightsRequest.stage).in_((Stage.URGENT, Stage.LATE)))).one()
