"""The visits of one order, set-based: thirty people asked for at once are a few statements, so that nobody waits at a door meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from access_log.crypto.codes import link_token, token_digest
from access_log.crypto.ring import KeyRing
from access_log.models import Approval, Technician, Visit, VisitArea, VisitOrder
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, EventType, SubjectKind
from access_log.services import identity
from access_log.services.bulk import NewPerson, register_many
from access_log.services.events import Fact
from access_log.services.rows import insert_many, record_many


def make(
    session: Session, ring: KeyRing, *, order: VisitOrder, people: Sequence[Technician], areas: Sequence[int], now: datetime
) -> list[Visit]:
    """One visit a technician, each with a fresh subject sealed from the roster entry: the two share no key."""
    copies = identity.copy_for_visits(session, ring, roster=[person.subject_id for person in people])
    fresh = [NewPerson(order.customer_id, it.name, it.mail, it.phone) for it in (copies[person.subject_id] for person in people)]
    asking = Actor(ActorKind.CONTACT, order.requested_by, order.site_id)
    register_many(session, ring, people=fresh, kind=SubjectKind.VISIT, actor=asking, now=now)
    made = [_visit(ring, order, person, new, place, now) for place, (person, new) in enumerate(zip(people, fresh, strict=True), start=1)]
    session.add_all(made)
    for person in people:
        # To the day: the second would say which visit is whose long after the link between the two is gone.
        person.used_at = now.replace(hour=0, minute=0, second=0, microsecond=0)
        session.add(person)
    session.flush()
    where = {"site_id": order.site_id}
    insert_many(session, VisitArea, [where | {"visit_id": visit.id, "area_id": area} for visit in made for area in sorted(set(areas))])
    record_many(session, [happened(EventType.VISIT_REQUESTED, visit, asking, now, what(visit)) for visit in made])
    return made


def _visit(ring: KeyRing, order: VisitOrder, person: Technician, new: NewPerson, place: int, now: datetime) -> Visit:
    visit = Visit(
        id=uuid4(),
        site_id=order.site_id,
        customer_id=order.customer_id,
        order_id=order.id,
        place=place,
        subject_id=new.subject_id,
        technician_id=person.id,
        purpose=order.purpose,
        work_order=order.work_order,
        window_from=order.window_from,
        window_until=order.window_until,
        requested_by=order.requested_by,
        language=person.language,
        created_at=now,
    )
    visit.link_digest = token_digest(link_of(ring, visit))
    return visit


def link_of(ring: KeyRing, visit: Visit) -> str:
    """The token in the visitor's own link. Derived, so that a contact can copy the invitation again; never stored."""
    return link_token(ring, "visit", visit.id, visit.link_generation)


def note_approvals(session: Session, asked: Sequence[Visit], *, side: str, actor: Actor, now: datetime, rule_id: int | None = None) -> None:
    """Somebody's yes, or a rule's, to each of these visits; `side` is customer or operator."""
    yes = {"side": side, "approved": True, "actor_kind": actor.kind, "actor_id": actor.id, "rule_id": rule_id, "at": now}
    insert_many(session, Approval, [yes | {"site_id": visit.site_id, "visit_id": visit.id} for visit in asked])
    detail = {"side": side} | ({"rule": rule_id} if rule_id else {})
    record_many(session, [happened(EventType.VISIT_APPROVED, visit, actor, now, detail) for visit in asked])


def happened(type_: EventType, visit: Visit, actor: Actor, now: datetime, detail: Mapping[str, object]) -> Fact:
    """What an actor did with a visit, for `record_many`."""
    return Fact(visit.site_id, type_, now, actor.kind, actor.id, visit.subject_id, visit.customer_id, detail, visit.id)


def what(visit: Visit) -> dict[str, str]:
    """What was asked for, as the record says it."""
    return {"purpose": visit.purpose.value, "from": visit.window_from.isoformat(), "until": visit.window_until.isoformat()}
