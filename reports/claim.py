"""Exactly one report a slot, with any number of processes: the row is unique, the claim is an update, `attempt` is the fence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, and_, col, func, or_, select, update

from access_log.models import ReportRecipient, ReportRun, ReportSchedule, RunState, Site, Staff
from access_log.policy.codes import Active, Role
from access_log.services.reports import READERS
from reports.schedule import Slot, due_slots

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
LEAVER = "leaver"
"""Why a schedule stopped: somebody it was addressed to may no longer read it."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member of staff who is told. More of them the database does not show to this process (deploy/postgres/grants.sql)."""

    id: int
    subject_id: UUID
    language: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run this process may write now; `attempt` proves the claim when it is published."""

    run_id: UUID
    schedule_id: int
    attempt: int


def open_slots(session: Session, *, now: datetime) -> int:
    """Make a row for every slot that is due and has none; what another process made meanwhile is left alone. Returns how many."""
    made = 0
    for schedule, zone in session.exec(select(ReportSchedule, Site.zone).join(Site).where(ReportSchedule.active)).all():
        if schedule.stopped or _stopped_by_leaver(session, schedule):
            continue
        newest = session.exec(select(func.max(ReportRun.slot)).where(ReportRun.schedule_id == schedule.id)).one()
        since = max(newest, schedule.from_at) if newest else schedule.from_at
        slots = due_slots(schedule.kind, minute=schedule.local_minute, day=schedule.day, zone=zone, since=since, now=now)
        made += sum(_open(session, schedule, slot) for slot in slots)
    return made


def _stopped_by_leaver(session: Session, schedule: ReportSchedule) -> bool:
    """Somebody named has left, is suspended, or has a role that opens no reports: nobody else is told in their place."""
    named = select(Staff.id).join(ReportRecipient, col(ReportRecipient.staff_id) == col(Staff.id))
    cannot = or_(col(Staff.state) != Active.ACTIVE, col(Staff.role).not_in(READERS))
    left = session.exec(named.where(ReportRecipient.schedule_id == schedule.id, cannot)).first()
    if left is not None:
        schedule.stopped = LEAVER
        session.add(schedule)
    return left is not None


def _open(session: Session, schedule: ReportSchedule, slot: Slot) -> int:
    flavour = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {
        "id": uuid4(),
        "site_id": schedule.site_id,
        "schedule_id": schedule.id,
        "slot": slot.ends,
        "period_from": slot.begins,
        "period_until": slot.ends,
        "state": RunState.DUE,
        "owner": "",
        "attempt": 0,
        "row_count": 0,
        "exception_count": 0,
    }
    made = session.execute(flavour.insert(ReportRun).values(row).on_conflict_do_nothing().returning(col(ReportRun.id)))
    return len(made.all())


def claim(session: Session, *, owner: str, now: datetime) -> Claimed | None:
    """Take the oldest run that waits, or whose owner has fallen silent. None where there is none, or another was faster."""
    free = or_(ReportRun.state == RunState.DUE, and_(col(ReportRun.state) == RunState.RUNNING, col(ReportRun.leased_until) < now))
    waiting = session.exec(
        select(ReportRun.id, ReportRun.schedule_id, ReportRun.attempt, ReportRun.state)
        .where(free, or_(col(ReportRun.leased_until).is_(None), col(ReportRun.leased_until) < now))
        .order_by(col(ReportRun.slot), col(ReportRun.schedule_id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if waiting is None:
        return None
    run_id, schedule_id, attempt, state = waiting
    if state is RunState.RUNNING and _was_last(attempt):  # whoever tried last died of it: not once more
        session.exec(update(ReportRun).where(col(ReportRun.id) == run_id).values(state=RunState.FAILED))
        return None
    taken = session.exec(
        update(ReportRun)
        .where(col(ReportRun.id) == run_id, col(ReportRun.attempt) == attempt, col(ReportRun.state) != RunState.DONE)
        .values(state=RunState.RUNNING, owner=owner, attempt=attempt + 1, leased_until=now + LEASE)
    )
    return Claimed(run_id, schedule_id, attempt + 1) if taken.rowcount else None


def owned(session: Session, claimed: Claimed) -> ReportRun | None:
    """The claimed run, or None where the claim was lost meanwhile."""
    statement = select(ReportRun).where(
        ReportRun.id == claimed.run_id, ReportRun.attempt == claimed.attempt, ReportRun.state == RunState.RUNNING
    )
    return session.exec(statement.with_for_update()).one_or_none()


def failed(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """It could not be written: wait longer each time, and give up after the fifth."""
    run = owned(session, claimed)
    if run is None:
        return
    run.state = RunState.FAILED if _was_last(claimed.attempt) else RunState.DUE
    run.leased_until = now + timedelta(minutes=2 ** ((claimed.attempt - 1) % MOST_ATTEMPTS + 1))
    session.add(run)


def _was_last(attempt: int) -> bool:
    """`attempt` only grows, so that a claim of long ago settles nothing; somebody who has it run again gets as many as at first."""
    return attempt > 0 and attempt % MOST_ATTEMPTS == 0


def recipients(session: Session, schedule: ReportSchedule) -> Sequence[Recipient]:
    """Who is told: the people named, or every active reviewer of the site where nobody is."""
    active = select(Staff.id, Staff.subject_id, Staff.language).where(Staff.state == Active.ACTIVE).order_by(col(Staff.number))
    named = active.join(ReportRecipient, col(ReportRecipient.staff_id) == col(Staff.id)).where(ReportRecipient.schedule_id == schedule.id)
    reviewers = active.where(Staff.site_id == schedule.site_id, Staff.role == Role.REVIEWER)
    rows = session.exec(named).all() or session.exec(reviewers).all()
    return [Recipient(id_ or 0, subject_id, language) for id_, subject_id, language in rows]
