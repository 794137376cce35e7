"""A customer's roster, as its own contacts see it: masked until somebody asks for names, and every look recorded.

Why masked first: each name shown is a look that the record keeps for its person, so a list that opened everybody at every visit
would bury the looks that matter under hundreds that nobody meant. A contact asks once for the page in front of them (`names`), or
types part of a name and sees the hits alone (`search`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing
from access_log.models import Presence, Subject, Technician, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, Item, RevealPurpose
from access_log.services import identity, roster
from access_log.services.labels import read_labels
from access_log.services.paging import Page, Span

PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on the roster. `name` is masked unless names were asked for; `busy` while a visit is to come or under way."""

    person: Technician
    name: str
    busy: bool


def listed(
    session: Session, ring: KeyRing, *, customer_id: int, page: int = 1, first: Collection[UUID] = (), active_only: bool = False
) -> Page[Entry]:
    """One page of the roster, who came last first. Those in `first` stand before all others, on whatever page they would be."""
    mine = _mine(customer_id, active_only)
    total = session.exec(select(func.count(col(Technician.id))).where(*mine)).one()
    span = Span(total, page, PAGE)
    latest = func.coalesce(Technician.used_at, Technician.created_at).desc()
    rest = select(Technician).where(*mine, col(Technician.id).not_in(list(first))) if first else select(Technician).where(*mine)
    people = list(session.exec(rest.order_by(latest, col(Technician.id)).offset(span.skip).limit(PAGE)).all())
    if first:
        kept = session.exec(select(Technician).where(*mine, col(Technician.id).in_(list(first))).order_by(latest, col(Technician.id))).all()
        people = [*kept, *people]
    return span.of(_entries(session, ring, people))


def search(
    session: Session, ring: KeyRing, *, customer_id: int, wanted: str, contact: Actor, now: datetime, active_only: bool = False
) -> list[Entry]:
    """Those whose name contains `wanted`, with their names. The search is recorded, and each hit."""
    people = {person.subject_id: person for person in session.exec(select(Technician).where(*_mine(customer_id, active_only)))}
    hits = identity.search(session, ring, wanted=wanted, among=list(people), actor=contact, now=now)
    busy = _busy(session, [people[subject_id] for subject_id in hits])
    return [Entry(people[subject_id], hit.name, people[subject_id].id in busy) for subject_id, hit in hits.items()]


def names(session: Session, ring: KeyRing, *, subjects: Collection[UUID], contact: Actor, now: datetime) -> dict[UUID, str]:
    """The full names of the customer's own people, for one page; one recorded look a person."""
    own = session.exec(select(Subject.id).where(col(Subject.id).in_(list(subjects)), Subject.customer_id == contact.customer_id)).all()
    people = identity.reveal(session, ring, subjects=own, items=[Item.NAME], purpose=RevealPurpose.CUSTOMER_ROSTER, actor=contact, now=now)
    return {subject_id: person.name for subject_id, person in people.items()}


def facts(session: Session, ring: KeyRing, *, person: Technician, contact: Actor, now: datetime) -> roster.PersonFacts:
    """A roster entry as it was entered, to correct it. Recorded."""
    opened = identity.reveal_one(
        session,
        ring,
        subject_id=person.subject_id,
        items=[Item.NAME, Item.CONTACT],
        purpose=RevealPurpose.CUSTOMER_ROSTER,
        actor=contact,
        now=now,
    )
    return roster.PersonFacts(opened.name, opened.mail, opened.phone, person.language)


def entry(session: Session, ring: KeyRing, person: Technician) -> Entry:
    """One entry, masked."""
    return _entries(session, ring, [person])[0]


def _mine(customer_id: int, active_only: bool) -> list[bool]:
    state = Technician.state == Active.ACTIVE if active_only else Technician.state != Active.ENDED
    return [Technician.customer_id == customer_id, state]


def _entries(session: Session, ring: KeyRing, people: Sequence[Technician]) -> list[Entry]:
    labels = read_labels(session, ring, [person.subject_id for person in people])
    busy = _busy(session, people)
    return [Entry(person, labels.get(person.subject_id, ""), person.id in busy) for person in people]


def _busy(session: Session, people: Sequence[Technician]) -> set[UUID]:
    """As `roster.in_use`, for many at once."""
    ids = [person.id for person in people]
    if not ids:
        return set()
    coming = session.exec(select(Visit.technician_id).where(col(Visit.technician_id).in_(ids), col(Visit.state).in_(roster.OPEN))).all()
    there = session.exec(select(Presence.person_id).where(col(Presence.person_id).in_(ids), col(Presence.left_at).is_(None))).all()
    return {id_ for id_ in (*coming, *there) if id_ is not None}
