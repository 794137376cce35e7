"""Written reports, for the people who read them: list, open (recorded), sign; and the schedules they come from."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, delete, func, select

from access_log.crypto.envelope import Sealed
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose
from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, ReportFile, ReportKind, ReportRecipient, ReportReview, ReportRun, ReportSchedule, RunState, Staff
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType, Role
from access_log.services import events

READERS = frozenset({Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR})
FINDINGS = ("none", "followed_up", "incident")
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]*")
PAGE = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as the list shows it. `signed_by` is a staff number; `waits` is how long it has waited for a signature."""

    run: ReportRun
    kind: ReportKind
    signed_by: str = ""
    signed_at: datetime | None = None
    finding: str = ""
    reference: str = ""
    waits: timedelta | None = None
    formats: frozenset[str] = frozenset()


def listed(session: Session, *, site_id: int, now: datetime, page: int = 0) -> tuple[list[Listed], bool]:
    """A page of runs, the newest period first, and whether there are older ones."""
    statement = _runs(site_id).order_by(col(ReportRun.slot).desc(), col(ReportRun.schedule_id))
    found = session.exec(statement.offset(page * PAGE).limit(PAGE + 1)).all()
    return [_listed(row, now, frozenset()) for row in found[:PAGE]], len(found) > PAGE


def one(session: Session, *, run_id: UUID, site_id: int, now: datetime) -> Listed:
    """A run with the formats it can be opened in: none once it has expired. Raises NotFoundError."""
    row = session.exec(_runs(site_id).where(ReportRun.id == run_id)).one_or_none()
    if row is None:
        raise NotFoundError
    formats = session.exec(select(ReportFile.format).where(ReportFile.run_id == run_id)).all()
    return _listed(row, now, frozenset() if _expired(row[0], now) else frozenset(formats))


def _expired(run: ReportRun, now: datetime) -> bool:
    return run.expires_at is not None and run.expires_at <= now


def unsigned(session: Session, *, site_id: int) -> int:
    """How many written reports nobody has signed."""
    statement = select(func.count()).select_from(ReportRun).outerjoin(ReportReview, col(ReportReview.run_id) == col(ReportRun.id))
    done = statement.where(ReportRun.site_id == site_id, ReportRun.state == RunState.DONE, col(ReportReview.run_id).is_(None))
    return session.exec(done).one()


def _runs(site_id: int):  # type: ignore[no-untyped-def]  # a select of four entities; its type says less than its name
    return (
        select(ReportRun, ReportSchedule, ReportReview, Staff)
        .join(ReportSchedule, col(ReportSchedule.id) == ReportRun.schedule_id)
        .outerjoin(ReportReview, col(ReportReview.run_id) == col(ReportRun.id))
        .outerjoin(Staff, col(Staff.id) == ReportReview.staff_id)
        .where(ReportRun.site_id == site_id)
    )


def _listed(row: Sequence[object], now: datetime, formats: frozenset[str]) -> Listed:
    run, schedule, review, staff = row
    assert isinstance(run, ReportRun)
    assert isinstance(schedule, ReportSchedule)
    if isinstance(review, ReportReview) and isinstance(staff, Staff):
        return Listed(run, schedule.kind, staff.number, review.signed_at, review.finding, review.reference, formats=formats)
    waits = now - run.finished_at if run.state is RunState.DONE and run.finished_at else None
    return Listed(run, schedule.kind, waits=waits, formats=formats)


def open_file(session: Session, ring: KeyRing, *, run_id: UUID, format_: str, reader: Actor, now: datetime) -> bytes:
    """A report's file, in clear; the opening is recorded first. Raises NotFoundError: unknown, not this site's, or expired."""
    if reader.role not in READERS:
        raise NotAllowedError
    file = session.get(ReportFile, (run_id, format_))
    run = session.get(ReportRun, run_id)
    if file is None or run is None or file.site_id != reader.site_id or _expired(run, now):
        raise NotFoundError
    detail = {"run": str(run_id), "format": format_}
    events.record(session, EventType.REPORT_DOWNLOADED, site_id=reader.site_id, now=now, actor=reader, detail=detail)
    sealed = Sealed(suite=file.suite, kek_version=file.kek_version, wrapped_key=file.wrapped_key, ciphertext=file.ciphertext)
    return open_sealed(ring, sealed, purpose=Purpose.REPORT, subject=run_id, item=format_)


def has_opened(session: Session, *, run_id: UUID, reader: Actor) -> bool:
    """Whether somebody has opened a report in a form that a person reads: the page or a file, not the proof."""
    openings = select(AccessEvent.detail).where(
        AccessEvent.site_id == reader.site_id,
        AccessEvent.type == EventType.REPORT_DOWNLOADED,
        AccessEvent.actor_kind == reader.kind,
        AccessEvent.actor_id == reader.id,
        col(AccessEvent.detail)["run"].as_string() == str(run_id),
    )
    return any(detail["format"] != "json" for detail in session.exec(openings))


def run_again(session: Session, *, run_id: UUID, actor: Actor, now: datetime) -> None:
    """Have a report written that could not be, five times more if need be. Raises NotFoundError, ConflictError("report_not_failed")."""
    run = session.exec(select(ReportRun).where(ReportRun.id == run_id).with_for_update()).one_or_none()
    if run is None or run.site_id != actor.site_id:
        raise NotFoundError
    if run.state is not RunState.FAILED:
        raise ConflictError("report_not_failed")
    run.state, run.leased_until = RunState.DUE, None
    session.add(run)
    session.flush()
    detail = {"run": str(run_id), "how": "again"}
    events.record(session, EventType.SITE_CHANGED, site_id=actor.site_id, now=now, actor=actor, detail=detail)


def sign(session: Session, *, run_id: UUID, finding: str, reference: str, reviewer: Actor, now: datetime) -> None:
    """A reviewer's signature under what they have opened: once, and for good. Raises ConflictError("signed_already"), RefusedInputError."""
    session.exec(select(ReportRun.id).where(ReportRun.id == run_id).with_for_update()).first()  # two signatures at once: one waits
    found = one(session, run_id=run_id, site_id=reviewer.site_id, now=now)
    if reviewer.role is not Role.REVIEWER:
        raise NotAllowedError
    if found.signed_by or found.run.state is not RunState.DONE:
        raise ConflictError("signed_already")
    if not has_opened(session, run_id=run_id, reader=reviewer):
        raise RefusedInputError("finding", "report_unread")
    if finding not in FINDINGS:
        raise RefusedInputError("finding", "enum")
    if finding != "none" and not reference:
        raise RefusedInputError("reference", "required")
    if reference and not REFERENCE.fullmatch(reference):
        raise RefusedInputError("reference", "reference_wrong")
    review = ReportReview(
        run_id=run_id, site_id=reviewer.site_id, staff_id=reviewer.id or 0, finding=finding, reference=reference, signed_at=now
    )
    session.add(review)
    session.flush()
    detail = {"run": str(run_id), "finding": finding} | ({"reference": reference} if reference else {})
    events.record(session, EventType.REVIEW_SIGNED, site_id=reviewer.site_id, now=now, actor=reviewer, detail=detail)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an administrator sets for one schedule. `recipients` empty means every active reviewer."""

    minute: int
    day: int
    language: str
    active: bool
    recipients: frozenset[int]


def schedules(session: Session, *, site_id: int) -> list[ReportSchedule]:
    """The site's schedules, in a fixed order."""
    return list(session.exec(select(ReportSchedule).where(ReportSchedule.site_id == site_id).order_by(col(ReportSchedule.id))).all())


def schedule_of(session: Session, *, schedule_id: int, site_id: int) -> ReportSchedule:
    """One schedule. Raises NotFoundError."""
    found = session.get(ReportSchedule, schedule_id)
    if found is None or found.site_id != site_id:
        raise NotFoundError
    return found


def recipients_of(session: Session, schedule_id: int) -> list[Staff]:
    """The people named, whether they are still here or not."""
    statement = select(Staff).join(ReportRecipient, col(ReportRecipient.staff_id) == col(Staff.id))
    return list(session.exec(statement.where(ReportRecipient.schedule_id == schedule_id).order_by(col(Staff.number))).all())


def may_receive(session: Session, *, site_id: int) -> list[Staff]:
    """Active staff whose role may open reports."""
    readers = select(Staff).where(Staff.site_id == site_id, Staff.state == Active.ACTIVE, col(Staff.role).in_(READERS))
    return list(session.exec(readers.order_by(col(Staff.number))).all())


def change_schedule(session: Session, *, schedule: ReportSchedule, plan: Plan, actor: Actor, now: datetime) -> None:
    """Set when a report is written and who is told. A stopped schedule goes on, and makes up what it missed."""
    allowed = {person.id for person in may_receive(session, site_id=schedule.site_id)}
    if not plan.recipients <= allowed:
        raise RefusedInputError("recipients", "enum")
    if plan.active and not schedule.active:
        schedule.from_at = now  # what was switched off on purpose is not made up
    schedule.local_minute, schedule.day, schedule.language = plan.minute, plan.day, plan.language
    schedule.active, schedule.stopped = plan.active, ""
    session.add(schedule)
    session.exec(delete(ReportRecipient).where(col(ReportRecipient.schedule_id) == schedule.id))
    session.add_all([_recipient(schedule, staff_id) for staff_id in sorted(plan.recipients)])
    session.flush()
    detail = {"schedule": schedule.id, "minute": plan.minute, "day": plan.day, "active": plan.active, "staff": sorted(plan.recipients)}
    events.record(session, EventType.SITE_CHANGED, site_id=schedule.site_id, now=now, actor=actor, detail=detail)


def _recipient(schedule: ReportSchedule, staff_id: int) -> ReportRecipient:
    return ReportRecipient(schedule_id=schedule.id or 0, staff_id=staff_id, site_id=schedule.site_id)


def numbers(people: Collection[Staff]) -> str:
    """Staff numbers, for a line of a list."""
    return ", ".join(person.number for person in people)
