"""Legal holds: keep what some visits hold of their people, on somebody's order, until two people say that it may go.

Set by the privacy officer, confirmed by another privacy officer or the auditor; released by two as well. What a hold forbids is decided
in services/held.py and obeyed by erasure, retention, corrections and identity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import DeferredErasure, HeldSubject, HoldEnd, HoldGround, LegalHold, Site, Staff, Subject
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType, Item, RevealPurpose, Role
from access_log.policy.names import clean_text, text_problem
from access_log.policy.work_order import names_a_person
from access_log.services import erasure, events, identity
from access_log.services.held import HOLD_OFFICER, items_held
from access_log.services.rows import chunks, insert_many
from access_log.services.visit_finding import FoundVisit

UNCONFIRMED_FOR = timedelta(days=3)
"""A hold of one person's word freezes so long, over a weekend; then it lapses."""
LONGEST_REVIEW = timedelta(days=366)
MAY_CONFIRM = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})
MOST = 500
"""People in one hold. More is another order."""


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What the paper says. `ordered_by` is an office, never a person; `instrument` its reference."""

    ground: HoldGround
    instrument: str
    ordered_by: str
    review_on: date
    document: bool = True
    contact: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold with its numbers. `overdue`: its review date has passed and it still stands."""

    hold: LegalHold
    people: int
    waiting: int
    overdue: bool
    staff: dict[int, str]


def set_hold(session: Session, *, order: HoldOrder, people: Sequence[FoundVisit], actor: Actor, now: datetime) -> LegalHold:
    """Freeze these people's items at once. Raises RefusedInputError naming the field, NotAllowedError."""
    if actor.role is not HOLD_OFFICER:
        raise NotAllowedError
    site = session.get_one(Site, actor.site_id)
    order = checked(order, site=site, now=now)
    alive = _locked(session, [one.subject_id for one in people], actor.site_id)
    if not alive:
        raise RefusedInputError("numbers", "nobody_to_hold")
    hold = LegalHold(
        site_id=actor.site_id,
        ground=order.ground,
        instrument=order.instrument,
        ordered_by=order.ordered_by,
        holds_document=order.document,
        holds_contact=order.contact,
        review_at=_begin(order.review_on, site),
        set_by=actor.id or 0,
        set_at=now,
        lapses_at=now + UNCONFIRMED_FOR,
    )
    session.add(hold)
    session.flush()
    rows = [
        {"hold_id": hold.id, "subject_id": one.subject_id, "visit_id": one.visit_id, "site_id": actor.site_id}
        for one in people
        if one.subject_id in alive
    ]
    insert_many(session, HeldSubject, rows)
    _record(session, EventType.HOLD_SET, hold, actor, now, people=len(rows), ground=hold.ground.value)
    return hold


def checked(order: HoldOrder, *, site: Site, now: datetime) -> HoldOrder:
    """The order with its texts tidied. Raises RefusedInputError: what is missing, names a person, or lies in the past."""
    texts = {}
    for name, longest in (("instrument", 60), ("ordered_by", 80)):
        texts[name] = clean_text(getattr(order, name))
        problem = text_problem(texts[name], longest) or ("names_a_person" if names_a_person(texts[name]) else None)
        if problem is not None:
            raise RefusedInputError(name, problem)
    review = _begin(order.review_on, site)
    if review <= now:
        raise RefusedInputError("review_on", "already_over")
    if review > now + LONGEST_REVIEW:
        raise RefusedInputError("review_on", "too_far_ahead")
    return HoldOrder(order.ground, texts["instrument"], texts["ordered_by"], order.review_on, order.document, order.contact)


def _begin(day: date, site: Site) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(site.zone))


def _locked(session: Session, subjects: Sequence[UUID], site_id: int) -> set[UUID]:
    """Those who are not erased, their rows locked: whoever is erasing them now is waited for, and a hold that comes too late sees it."""
    found: set[UUID] = set()
    for chunk in chunks(sorted(set(subjects))):
        rows = select(Subject).where(col(Subject.id).in_(chunk), Subject.site_id == site_id).order_by(col(Subject.id))
        found |= {row.id for row in session.exec(rows.with_for_update().execution_options(populate_existing=True)) if row.erased_at is None}
    return found


def confirm(session: Session, *, hold: LegalHold, actor: Actor, now: datetime) -> None:
    """The second person's word. Raises ConflictError: "hold_over", "confirmed_already", "second_person"."""
    _second(session, hold, actor, first=hold.set_by)
    if hold.confirmed_at is not None:
        raise ConflictError("confirmed_already")
    hold.confirmed_by, hold.confirmed_at = actor.id, now
    session.add(hold)
    session.flush()
    _record(session, EventType.HOLD_CONFIRMED, hold, actor, now)


def decline(session: Session, *, hold: LegalHold, actor: Actor, now: datetime) -> None:
    """No hold, then: by the second person, or by whoever set it in error. What waited is erased at once. Raises as `confirm`."""
    _open(session, hold, actor)
    if hold.confirmed_at is not None:
        raise ConflictError("confirmed_already")
    _end(session, hold, HoldEnd.DECLINED, EventType.HOLD_DECLINED, actor, now)


def ask_release(session: Session, *, hold: LegalHold, actor: Actor, now: datetime) -> None:
    """The first of two who let go. Raises ConflictError: "hold_over", "not_confirmed", "release_asked"."""
    _open(session, hold, actor)
    if hold.confirmed_at is None:
        raise ConflictError("not_confirmed")
    if hold.release_by is not None:
        raise ConflictError("release_asked")
    hold.release_by, hold.release_asked_at = actor.id, now
    session.add(hold)
    session.flush()
    _record(session, EventType.HOLD_RELEASE_ASKED, hold, actor, now)


def release(session: Session, *, hold: LegalHold, actor: Actor, now: datetime) -> int:
    """The second. What waited is erased in this transaction, what is due by the next sweep. Returns how many orders were carried out.

    Raises ConflictError: "hold_over", "not_asked", "second_person".
    """
    _open(session, hold, actor)
    if hold.release_by is None:
        raise ConflictError("not_asked")
    _second(session, hold, actor, first=hold.release_by)
    return _end(session, hold, HoldEnd.RELEASED, EventType.HOLD_RELEASED, actor, now)


def lapse(session: Session, *, site: Site, now: datetime) -> int:
    """End what nobody confirmed in time. Returns how many."""
    unconfirmed = LegalHold.site_id == site.id, col(LegalHold.ended_at).is_(None), col(LegalHold.confirmed_at).is_(None)
    rows = select(LegalHold).where(*unconfirmed, col(LegalHold.lapses_at) <= now).order_by(col(LegalHold.id)).with_for_update()
    found = session.exec(rows).all()
    for hold in found:
        _end(session, hold, HoldEnd.LAPSED, EventType.HOLD_LAPSED, system(hold.site_id), now)
    return len(found)


def _open(session: Session, hold: LegalHold, actor: Actor) -> None:
    if actor.role not in MAY_CONFIRM:
        raise NotAllowedError
    session.refresh(hold, with_for_update=True)  # two people may press at once
    if hold.ended_at is not None:
        raise ConflictError("hold_over")


def _second(session: Session, hold: LegalHold, actor: Actor, *, first: int) -> None:
    _open(session, hold, actor)
    if actor.id == first:
        raise ConflictError("second_person")


def _end(session: Session, hold: LegalHold, how: HoldEnd, type_: EventType, actor: Actor, now: datetime) -> int:
    hold.how_ended, hold.ended_by, hold.ended_at = how, actor.id, now
    session.add(hold)
    session.flush()
    _record(session, type_, hold, actor, now)
    return _carry_out_deferred(session, hold, now)


def _carry_out_deferred(session: Session, hold: LegalHold, now: datetime) -> int:
    """The orders that waited for this hold, each as who gave it; those that another hold still forbids go on waiting."""
    mine = select(HeldSubject.subject_id).where(HeldSubject.hold_id == hold.id)
    waiting = session.exec(select(DeferredErasure).where(col(DeferredErasure.subject_id).in_(mine)).order_by(col(DeferredErasure.id))).all()
    still = items_held(session, {row.subject_id for row in waiting})
    free = [row for row in waiting if not _forbidden(row, still.get(row.subject_id, frozenset()))]
    for row in free:
        target = erasure.Target(row.subject_id, row.item, row.fence)
        by = Actor(row.actor_kind, row.actor_id, row.site_id)
        erasure.erase(session, [target], reason=row.reason, actor=by, now=now)
        session.delete(row)
    session.flush()
    return len(free)


def _forbidden(row: DeferredErasure, held: frozenset[Item]) -> bool:
    return bool(held) if row.item is None else row.item in held


def _record(session: Session, type_: EventType, hold: LegalHold, actor: Actor, now: datetime, **more: int | str) -> None:
    events.record(session, type_, site_id=hold.site_id, now=now, actor=actor, detail={"hold": hold.id or 0} | more)


def of(session: Session, *, hold_id: int, site_id: int) -> LegalHold:
    """A hold of this site. Raises NotFoundError."""
    hold = session.get(LegalHold, hold_id)
    if hold is None or hold.site_id != site_id:
        raise NotFoundError
    return hold


def listed(session: Session, *, site_id: int, now: datetime) -> list[Standing]:
    """Every hold there ever was: those that stand first, the newest first."""
    rows = select(LegalHold).where(LegalHold.site_id == site_id)
    ordered = rows.order_by(col(LegalHold.ended_at).is_not(None), col(LegalHold.id).desc())
    return [standing(session, hold, now=now) for hold in session.exec(ordered).all()]


def standing(session: Session, hold: LegalHold, *, now: datetime) -> Standing:
    """One hold, with how many it keeps, how many erasures wait for its end, and the staff numbers it names."""
    mine = select(HeldSubject.subject_id).where(HeldSubject.hold_id == hold.id)
    people = session.exec(select(func.count()).select_from(HeldSubject).where(HeldSubject.hold_id == hold.id)).one()
    waits = select(func.count()).select_from(DeferredErasure).where(col(DeferredErasure.subject_id).in_(mine))
    named = [id_ for id_ in (hold.set_by, hold.confirmed_by, hold.release_by, hold.ended_by) if id_ is not None]
    numbers = dict(session.exec(select(Staff.id, Staff.number).where(col(Staff.id).in_(named))).all())
    overdue = hold.ended_at is None and hold.review_at <= now
    return Standing(
        hold,
        people,
        session.exec(waits).one() if hold.ended_at is None else 0,
        overdue,
        {id_ or 0: number for id_, number in numbers.items()},
    )


def attention(session: Session, *, site_id: int, now: datetime) -> int:
    """How many holds wait for somebody: to be confirmed or released, or past their review date."""
    wants = col(LegalHold.confirmed_at).is_(None) | col(LegalHold.release_by).is_not(None) | (col(LegalHold.review_at) <= now)
    statement = select(func.count(col(LegalHold.id))).where(LegalHold.site_id == site_id, col(LegalHold.ended_at).is_(None), wants)
    return session.exec(statement).one()


def people_of(session: Session, hold: LegalHold) -> list[HeldSubject]:
    """Who is held, in the order of their visits."""
    return list(session.exec(select(HeldSubject).where(HeldSubject.hold_id == hold.id).order_by(col(HeldSubject.subject_id))).all())


def open_names(session: Session, ring: KeyRing, *, hold: LegalHold, actor: Actor, now: datetime) -> dict[UUID, identity.Person]:
    """Who they are, for the hold officer alone; each look is recorded. Raises NotAllowedError, ConflictError as `ask_release`."""
    if actor.role is not HOLD_OFFICER:
        raise NotAllowedError
    if hold.ended_at is not None:
        raise ConflictError("hold_over")
    if hold.confirmed_at is None:
        raise ConflictError("not_confirmed")
    held = [row.subject_id for row in people_of(session, hold)]
    items = [Item.NAME] + ([Item.CONTACT] if hold.holds_contact else [])
    return identity.reveal(session, ring, subjects=held, items=items, purpose=RevealPurpose.LEGAL_HOLD, actor=actor, now=now)
