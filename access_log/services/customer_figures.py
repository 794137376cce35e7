"""How much hangs on a customer or a contact: counts, never names. What a suspension would stop stands here before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from access_log.models import Contact, Customer, Presence, Site, Technician, Visit
from access_log.policy.codes import Active, VisitState
from access_log.policy.periods import due_at
from access_log.services import policies

BEFORE_YES = (VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED)
WITH_PASS = (VisitState.APPROVED, VisitState.PASS_ISSUED, VisitState.ID_PENDING)


@dataclass(frozen=True, slots=True)
class Figures:
    """Contacts and technicians on the list, requests without an answer, passes that still open something, people inside now."""

    contacts: int = 0
    technicians: int = 0
    asked: int = 0
    passes: int = 0
    inside: int = 0


@dataclass(frozen=True, slots=True)
class RosterFigures:
    """A roster without its names: how many people, how many can be reached by mail, how many nobody has asked a visit for."""

    people: int
    with_mail: int
    unused: int


def of_customers(session: Session, site_id: int, *, only: int | None = None) -> dict[int, Figures]:
    """The figures of every customer of a site, or of one; a customer nothing hangs on is absent."""
    counts = {
        "contacts": _count(session, Contact, site_id, only, Contact.state != Active.ENDED),
        "technicians": _count(session, Technician, site_id, only, Technician.state != Active.ENDED),
        "asked": _count(session, Visit, site_id, only, col(Visit.state).in_(BEFORE_YES)),
        "passes": _count(session, Visit, site_id, only, col(Visit.state).in_(WITH_PASS)),
        "inside": _count(session, Presence, site_id, only, col(Presence.left_at).is_(None)),
    }
    found = {customer_id for counted in counts.values() for customer_id in counted}
    return {id_: Figures(**{name: counted.get(id_, 0) for name, counted in counts.items()}) for id_ in found}


def of_contact(session: Session, contact: Contact) -> Figures:
    """What a contact has asked for that still opens something, or waits."""
    mine = Visit.requested_by == contact.id
    return Figures(
        asked=_count(session, Visit, contact.site_id, contact.customer_id, mine, col(Visit.state).in_(BEFORE_YES)).get(
            contact.customer_id, 0
        ),
        passes=_count(session, Visit, contact.site_id, contact.customer_id, mine, col(Visit.state).in_(WITH_PASS)).get(
            contact.customer_id, 0
        ),
    )


def of_roster(session: Session, customer_id: int, *, now: datetime) -> RosterFigures:
    """A customer's roster in three numbers."""
    people: Sequence[Technician] = session.exec(
        select(Technician).where(Technician.customer_id == customer_id, Technician.state != Active.ENDED)
    ).all()
    site = session.get_one(Site, session.get_one(Customer, customer_id).site_id)
    policy = policies.in_force(session, site)
    unused = [person for person in people if due_at(policy, "roster", person.used_at or person.created_at, site.zone) <= now]
    return RosterFigures(people=len(people), with_mail=sum(person.has_mail for person in people), unused=len(unused))


def _count(session: Session, model: Any, site_id: int, only: int | None, *where: Any) -> dict[int, int]:
    statement = select(model.customer_id, func.count()).where(model.site_id == site_id, *where)
    if only is not None:
        statement = statement.where(model.customer_id == only)
    return dict(session.exec(statement.group_by(model.customer_id)).all())
