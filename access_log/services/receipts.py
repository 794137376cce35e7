"""What is held about a visitor, until when, and who has looked at it: for their own page and for the exit."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_log.models import IS_LOOK, AccessEvent, Site, Staff, VaultItem, Visit
from access_log.policy.codes import ActorKind
from access_log.policy.periods import HeldUntil, Promise, Stay, held_until
from access_log.services import policies


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the person's identity. `who` is a role or a side, never a name; `purpose` a code."""

    at: datetime
    who: str
    purpose: str


def held(session: Session, visit: Visit) -> list[HeldUntil]:
    """What is still held and the day it is deleted. What was erased, or never given, is not in the list."""
    return _rows(session, visit, _kept(session, visit) | {"event"}, came=policies.came(visit))


def planned(session: Session, visit: Visit) -> list[HeldUntil]:
    """What the visit leaves behind if it goes as planned, and until when: for the notice, before the identity check."""
    return _rows(session, visit, _kept(session, visit) | {"document", "event"}, came=True)


def _kept(session: Session, visit: Visit) -> set[str]:
    return set(map(str, session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all()))


def _rows(session: Session, visit: Visit, kinds: set[str], *, came: bool) -> list[HeldUntil]:
    promise = policies.promise_of(session, session.get_one(Site, visit.site_id), visit.notice_version)
    return kept_until(kinds, promise, ends_at=visit.left_at or visit.window_until, came=came)


def kept_until(kinds: set[str], promise: Promise, *, ends_at: datetime, came: bool = True) -> list[HeldUntil]:
    """Until when each of these kinds is held of a visit that ends at `ends_at`."""
    return [row for row in held_until(promise, Stay(ends_at, came=came, checked="document" in kinds)) if row.what in kinds]


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
