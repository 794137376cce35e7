"""What is held about a visitor, until when, and who has looked at it: for their own page and for the exit."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_log.models import IS_LOOK, AccessEvent, Site, Staff, VaultItem, Visit
from access_log.policy.codes import ActorKind
from access_log.policy.periods import HeldUntil, held_until


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the person's identity. `who` is a role or a side, never a name; `purpose` a code."""

    at: datetime
    who: str
    purpose: str


def held(session: Session, visit: Visit) -> list[HeldUntil]:
    """What is still held and the day it is deleted. What was erased, or never given, is not in the list."""
    return _rows(session, visit, _kept(session, visit) | {"event"})


def planned(session: Session, visit: Visit) -> list[HeldUntil]:
    """What the visit leaves behind if it goes as planned, and until when: for the notice, before the identity check."""
    return _rows(session, visit, _kept(session, visit) | {"document", "event"})


def _kept(session: Session, visit: Visit) -> set[str]:
    return set(map(str, session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all()))


def _rows(session: Session, visit: Visit, kinds: set[str]) -> list[HeldUntil]:
    site = session.get_one(Site, visit.site_id)
    return kept_until(kinds, ends_at=visit.left_at or visit.window_until, retention_months=site.retention_months, zone=site.zone)


def kept_until(kinds: set[str], *, ends_at: datetime, retention_months: int, zone: str) -> list[HeldUntil]:
    """Until when each of these kinds is held of a visit that ends at `ends_at`."""
    rows = held_until(ends_at=ends_at, retention_months=retention_months, zone=zone, checked="document" in kinds)
    return [row for row in rows if row.what in kinds]


def looks(session: Session, visit: Visit) -> list[Look]:
    """Every recorded look at this visit's person, newest first."""
    statement = (
        select(AccessEvent).where(AccessEvent.subject_id == visit.subject_id, IS_LOOK).order_by(col(AccessEvent.id).desc()).limit(200)
    )
    return [Look(event.at, _who(session, event), str(event.detail.get("purpose", ""))) for event in session.exec(statement)]


def _who(session: Session, event: AccessEvent) -> str:
    if event.actor_kind is ActorKind.STAFF and event.actor_id is not None:
        staff = session.get(Staff, event.actor_id)
        return staff.role.value if staff else "staff"
    return event.actor_kind.value
