"""Checks of the record as people see them: asked for at the console or due every day, carried out beside everything else, kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from access_log.crypto.checkpoint import LogKeys, NoteError
from access_log.errors import ConflictError
from access_log.models import RecordVerification, RecordWitness, Site, Staff
from access_log.policy.actors import Actor, system
from access_log.policy.codes import ActorKind, EventType
from access_log.services import events
from access_log.services.record_check import Finding, Known, Progress, Result, Wrong

EVERY = timedelta(hours=24)
LEASE = timedelta(minutes=5)
KEPT = 200
"""Findings that are kept one by one; their number is kept in any case."""
LISTED = 10


def ask(session: Session, *, actor: Actor, now: datetime) -> RecordVerification:
    """A check, to begin within seconds. Raises ConflictError("check_running") while one is under way."""
    if running(session) is not None:
        raise ConflictError("check_running")
    made = RecordVerification(asked_by=actor.id, asked_at=now)
    session.add(made)
    session.flush()
    return made


def running(session: Session) -> RecordVerification | None:
    """The check that is asked for or under way."""
    waiting = select(RecordVerification).where(col(RecordVerification.finished_at).is_(None)).order_by(col(RecordVerification.id))
    return session.exec(waiting.limit(1)).first()


def latest(session: Session) -> RecordVerification | None:
    """The newest one that came to an end."""
    rows = listed(session)
    return rows[0] if rows else None


def listed(session: Session) -> Sequence[RecordVerification]:
    """The newest ones that came to an end."""
    done = select(RecordVerification).where(col(RecordVerification.finished_at).is_not(None))
    return session.exec(done.order_by(col(RecordVerification.id).desc()).limit(LISTED)).all()


def due(session: Session, *, now: datetime) -> bool:
    """Whether there is one to carry out. Only reads."""
    waiting = running(session)
    if waiting is not None:
        return waiting.leased_until is None or waiting.leased_until < now
    newest = latest(session)
    return newest is None or now - newest.asked_at >= EVERY


def claim(session: Session, *, now: datetime) -> int | None:
    """Take the check that waits, or the daily one, for `LEASE`; one whose process fell silent begins anew. None where there is none."""
    if not due(session, now=now):
        return None
    waiting = running(session) or RecordVerification(asked_at=now)
    session.add(waiting)
    session.flush()
    free = or_(col(RecordVerification.leased_until).is_(None), col(RecordVerification.leased_until) < now)
    mine = select(RecordVerification).where(RecordVerification.id == waiting.id, free).with_for_update(skip_locked=True)
    taken = session.exec(mine).first()
    if taken is None:
        return None
    taken.leased_until, taken.done, taken.total = now + LEASE, 0, 0
    session.add(taken)
    session.flush()
    return taken.id


def known(session: Session, keys: LogKeys) -> list[Known]:
    """The heads that kiosks hold, as far as they are of this record: a ring that was replaced began a new one."""
    rows = session.exec(select(RecordWitness).where(RecordWitness.size > 0)).all()
    return [Known(f"kiosk {row.kiosk_id}", row.note) for row in rows if _ours(keys, row.note)]


def _ours(keys: LogKeys, note: str) -> bool:
    try:
        keys.recognise(note)
    except NoteError:
        return False
    return True


def progress(session: Session, *, check_id: int, made: Progress, now: datetime) -> None:
    """How far a claimed check has come."""
    row = session.get_one(RecordVerification, check_id)
    row.done, row.total, row.leased_until = made.done, made.of, now + LEASE
    session.add(row)


def finish(session: Session, *, check_id: int, result: Result, now: datetime) -> None:
    """Keep what a check came to, and put that it took place into the record it was about."""
    row = session.get_one(RecordVerification, check_id)
    if row.finished_at is not None:
        return
    row.finished_at, row.leased_until, row.done, row.total = now, None, result.size, result.size
    row.size, row.heads, row.bodies, row.events, row.kiosks = result.size, result.heads, result.bodies, result.events, result.kiosks
    row.head, row.finding_count = result.head, len(result.findings)
    row.findings = {"found": [as_codes(finding) for finding in result.findings[:KEPT]]}
    session.add(row)
    session.flush()
    site_id, actor = _for_whom(session, row)
    detail = {"check": row.id, "size": row.size, "findings": row.finding_count}
    if site_id:  # before the first site nothing has happened that a record could hold
        events.record(session, EventType.RECORD_VERIFIED, site_id=site_id, now=now, actor=actor, detail=detail)


def _for_whom(session: Session, row: RecordVerification) -> tuple[int, Actor]:
    staff = session.get(Staff, row.asked_by) if row.asked_by else None
    if staff is not None:
        return staff.site_id, Actor(ActorKind.STAFF, staff.id, staff.site_id, role=staff.role)
    site_id = session.exec(select(Site.id).order_by(col(Site.id)).limit(1)).first() or 0
    return site_id, system(site_id)


def as_codes(finding: Finding) -> dict[str, object]:
    """A finding as JSON."""
    return {"code": finding.code.value, "leaf": finding.leaf, "entry": finding.entry, "facts": finding.facts}


def findings(row: RecordVerification) -> list[Finding]:
    """What a check found, as far as it was kept."""
    kept = row.findings.get("found", [])
    return [Finding(Wrong(one["code"]), one["leaf"], one["entry"], one["facts"]) for one in kept]
