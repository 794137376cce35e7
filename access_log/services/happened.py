"""What happened, read back: the desk's recent events, and the pages on which reviewers, privacy officer and auditor look things up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.models import AccessEvent, Customer, Door, Site, Staff, StandingRule, Visit, VisitOrder
from access_log.policy.codes import ActorKind, Direction, EventType, HowKnown, Outcome
from access_log.services.labels import read_labels

PAGE = 50
DOOR = frozenset(
    {
        EventType.ARRIVAL_RECORDED,
        EventType.ENTRY_GRANTED,
        EventType.ENTRY_REFUSED,
        EventType.EXIT_RECORDED,
        EventType.EXIT_CLOSED_UNKNOWN,
        EventType.NOTICE_DECLINED,
        EventType.MINOR_TURNED_AWAY,
        EventType.BADGE_HANDED_OUT,
        EventType.BADGE_RETURNED,
        EventType.GUARD_CALLED,
        EventType.GUARD_ANSWERED,
    }
)
LOOKS = frozenset({EventType.IDENTITY_REVEALED, EventType.IDENTITY_SEARCHED, EventType.IDENTITY_DELIVERED})
ADMINISTRATION = (
    *("site:", "customer:", "contact:", "technician:", "staff:", "rule:", "kiosk:", "import:"),
    *("key:", "mail:", "record:", "backup:", "policy:"),
)
GROUPS: dict[str, frozenset[EventType]] = {
    "door": DOOR,
    "looks": LOOKS,
    "identity": frozenset(kind for kind in EventType if kind.value.startswith("identity:")) - LOOKS,
    "visits": frozenset(kind for kind in EventType if kind.value.startswith(("visit:", "pass:", "notice:"))) - DOOR,
    "sign_in": frozenset(kind for kind in EventType if kind.value.startswith("sign_in:")),
    "reports": frozenset(kind for kind in EventType if kind.value.startswith(("report:", "review:", "audit_pack:", "sample:"))),
    "law": frozenset(kind for kind in EventType if kind.value.startswith(("hold:", "disclosure:", "incident:"))),
    "rights": frozenset(kind for kind in EventType if kind.value.startswith(("request:", "answer:"))),
    "administration": frozenset(kind for kind in EventType if kind.value.startswith(ADMINISTRATION)),
}
"""The kinds of events a page can be narrowed to."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words' reach: codes, numbers, masked name. `who` is a staff number, a rule's name or empty."""

    id: int
    at: datetime
    type: EventType
    outcome: Outcome | None
    direction: Direction | None
    known: HowKnown | None
    kind: ActorKind
    who: str
    name: str
    number: str
    customer: str
    door: Door | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some happenings, newest first; `older` is the id to go on from, None at the end."""

    rows: Sequence[Happening]
    older: int | None


def recent(session: Session, ring: KeyRing, *, site_id: int, limit: int = 20) -> list[Happening]:
    """What happened at the doors, newest first."""
    return list(_page(session, ring, site_id, DOOR, (), limit).rows)


def listed(session: Session, ring: KeyRing, *, site: Site, group: str = "", day: date | None = None, before: int | None = None) -> Page:
    """One page of events: all or one group, of one local day or of all, older than event `before`."""
    where: list[Any] = [] if before is None else [col(AccessEvent.id) < before]
    if day is not None:
        zone = ZoneInfo(site.zone)
        where.append(col(AccessEvent.at) >= datetime.combine(day, time(), zone))
        where.append(col(AccessEvent.at) < datetime.combine(day + timedelta(days=1), time(), zone))
    return _page(session, ring, site.id or 0, GROUPS.get(group), where, PAGE)


def _page(session: Session, ring: KeyRing, site_id: int, types: Collection[EventType] | None, where: Sequence[Any], limit: int) -> Page:
    statement = select(AccessEvent).where(AccessEvent.site_id == site_id, *where).order_by(col(AccessEvent.id).desc()).limit(limit + 1)
    if types is not None:
        statement = statement.where(col(AccessEvent.type).in_(list(types)))
    found = session.exec(statement).all()
    shown = found[:limit]
    return Page(_told(session, ring, shown), shown[-1].id if len(found) > limit else None)


def _told(session: Session, ring: KeyRing, shown: Sequence[AccessEvent]) -> list[Happening]:
    labels = read_labels(session, ring, {event.subject_id for event in shown if event.subject_id})
    numbers = _numbers(session, {event.visit_id for event in shown if event.visit_id})
    customers = _named(session, Customer, {event.customer_id for event in shown})
    doors = {id_: session.get(Door, id_) for id_ in {event.door_id for event in shown} if id_ is not None}
    staff = _named(session, Staff, {event.actor_id for event in shown if event.actor_kind is ActorKind.STAFF}, "number")
    rules = _named(session, StandingRule, {event.actor_id for event in shown if event.actor_kind is ActorKind.RULE})
    actors = {ActorKind.STAFF: staff, ActorKind.RULE: rules}
    return [
        Happening(
            id=event.id or 0,
            at=event.at,
            type=event.type,
            outcome=event.outcome,
            direction=event.direction,
            known=event.known,
            kind=event.actor_kind,
            who=actors.get(event.actor_kind, {}).get(event.actor_id, ""),
            name=labels.get(event.subject_id, "") if event.subject_id else "",
            number=numbers.get(event.visit_id, "") if event.visit_id else "",
            customer=customers.get(event.customer_id, ""),
            door=doors.get(event.door_id) if event.door_id else None,
            detail=event.detail,
        )
        for event in shown
    ]


def _numbers(session: Session, visits: Collection[UUID]) -> dict[UUID, str]:
    if not visits:
        return {}
    statement = (
        select(Visit.id, VisitOrder.number, Visit.place)
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .where(col(Visit.id).in_(list(visits)))
    )
    return {visit_id: f"{number}-{place}" for visit_id, number, place in session.exec(statement)}


def _named(session: Session, model: Any, ids: Collection[int | None], field: str = "name") -> dict[int | None, str]:
    wanted = [id_ for id_ in ids if id_ is not None]
    if not wanted:
        return {}
    return dict(session.exec(select(model.id, getattr(model, field)).where(col(model.id).in_(wanted))).all())
