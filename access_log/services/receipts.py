"""What is held about a visitor, until when, and who has looked at it: for their own page and for the exit."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_log.models import AccessEvent, Site, Staff, Subject, Visit
from access_log.policy.codes import ActorKind, EventType
from access_log.policy.periods import HeldUntil, held_until


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the person's identity. `who` is a role or a side, never a name; `purpose` a code."""

    at: datetime
    who: str
    purpose: str


def held(session: Session, visit: Visit) -> list[HeldUntil]:
    """What is still held and the day it is deleted; after an erasure, the event without identity alone."""
    site = session.get_one(Site, visit.site_id)
    rows = held_until(
        ends_at=visit.left_at or visit.window_until,
        retention_months=site.retention_months,
        zone=site.zone,
        checked=visit.checked_at is not None,
    )
    subject = session.get(Subject, visit.subject_id)
    erased = subject is None or subject.erased_at is not None
    return [row for row in rows if row.what == "event"] if erased else rows


def looks(session: Session, visit: Visit) -> list[Look]:
    """Every recorded look at this visit's person, newest first."""
    statement = (
        select(AccessEvent)
        .where(AccessEvent.subject_id == visit.subject_id, AccessEvent.type == EventType.IDENTITY_REVEALED)
        .order_by(col(AccessEvent.id).desc())
        .limit(200)
    )
    return [Look(event.at, _who(session, event), str(event.detail.get("purpose", ""))) for event in session.exec(statement)]


def _who(session: Session, event: AccessEvent) -> str:
    if event.actor_kind is ActorKind.STAFF and event.actor_id is not None:
        staff = session.get(Staff, event.actor_id)
        return staff.role.value if staff else "staff"
    return event.actor_kind.value
