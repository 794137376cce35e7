"""A contact's yes or no to what colleagues asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError
from access_log.models import Customer, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import Refusal, VisitState
from access_log.services import company_visits, desk, visits
from access_log.services.desk import Row


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits. `mine` is one this contact may not decide, because they asked for it and a second contact is demanded."""

    row: Row
    asked_by: str
    mine: bool


def waiting(session: Session, ring: KeyRing, *, customer: Customer, contact: Actor) -> list[Waiting]:
    """Every request of the customer that waits for a contact, the next window first."""
    rows = desk.rows(session, ring, Visit.customer_id == customer.id, Visit.state == VisitState.REQUESTED, order=col(Visit.window_from))
    names = company_visits.contact_labels(session, ring, {row.visit.requested_by for row in rows})
    return [
        Waiting(row, names.get(row.visit.requested_by, ""), customer.second_approval and row.visit.requested_by == contact.id)
        for row in rows
    ]


def approve(session: Session, ring: KeyRing, *, chosen: Sequence[UUID], contact: Actor, now: datetime) -> int:
    """A contact's yes to several requests, all or none. Raises as `visits.approve_for_customer`; returns how many."""
    found = _locked(session, chosen, contact)
    for visit in found:
        visits.approve_for_customer(session, ring, visit=visit, contact=contact, now=now)
    return len(found)


def refuse(session: Session, *, chosen: Sequence[UUID], refusal: Refusal, contact: Actor, now: datetime) -> int:
    """A contact's no to several requests, all or none. Raises ConflictError where one was decided meanwhile; returns how many."""
    found = _locked(session, chosen, contact)
    for visit in found:
        if visit.state is not VisitState.REQUESTED:
            raise ConflictError(f"visit_is_{visit.state.value}")
        visits.refuse(session, visit=visit, side="customer", refusal=refusal, actor=contact, now=now)
    return len(found)


def _locked(session: Session, chosen: Sequence[UUID], contact: Actor) -> list[Visit]:
    """In one order for everybody, so that two contacts who decide the same list wait for each other. NotFoundError for a stranger's."""
    wanted = sorted(set(chosen), key=str)
    statement = select(Visit).where(col(Visit.id).in_(wanted), Visit.customer_id == contact.customer_id)
    found = session.exec(statement.order_by(col(Visit.id)).with_for_update()).all()
    if len(found) != len(wanted):
        raise NotFoundError
    return list(found)
