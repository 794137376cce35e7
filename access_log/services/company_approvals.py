"""A contact's yes or no to what colleagues asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import Customer, Visit, VisitArea
from access_log.policy.actors import Actor
from access_log.policy.codes import Refusal, VisitState
from access_log.services import company_visits, desk, visits
from access_log.services.desk import Row
from access_log.services.operator_approvals import fingerprint


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits. `mine` is one this contact may not decide, because they asked for it and a second contact is demanded."""

    row: Row
    asked_by: str
    mine: bool

    @property
    def seen(self) -> str:
        """As `seen_of`."""
        return seen_of(self.row)


def waiting(session: Session, ring: KeyRing, *, customer: Customer, contact: Actor) -> list[Waiting]:
    """Every request of the customer that waits for a contact, the next window first."""
    rows = desk.rows(session, ring, Visit.customer_id == customer.id, Visit.state == VisitState.REQUESTED, order=col(Visit.window_from))
    names = company_visits.contact_labels(session, ring, {row.visit.requested_by for row in rows})
    return [
        Waiting(row, names.get(row.visit.requested_by, ""), customer.second_approval and row.visit.requested_by == contact.id)
        for row in rows
    ]


def approve_all(session: Session, ring: KeyRing, *, wanted: Mapping[UUID, str], contact: Actor, now: datetime) -> None:
    """A contact's yes to all of these requests (id → what was seen) or, where one of them cannot be any more, to none.

    Raises ConflictError, NotFoundError, and NotAllowedError for one's own where a second contact is demanded.
    """
    for visit in _locked(session, wanted, contact):
        visits.approve_for_customer(session, ring, visit=visit, contact=contact, now=now)


def refuse_all(session: Session, *, wanted: Mapping[UUID, str], refusal: Refusal, contact: Actor, now: datetime) -> None:
    """A contact's no to all of these requests for one reason, or to none. Raises ConflictError, NotFoundError."""
    for visit in _locked(session, wanted, contact):
        visits.refuse(session, visit=visit, side="customer", refusal=refusal, actor=contact, now=now)


def seen_of(row: Row) -> str:
    """A request and what is being decided about it: a yes to what a colleague has edited meanwhile must not count."""
    return f"{row.visit_id.hex}:{fingerprint(row.visit, [area.id or 0 for area in row.areas])}"


def _locked(session: Session, wanted: Mapping[UUID, str], contact: Actor) -> Iterator[Visit]:
    for visit_id in sorted(wanted):  # always in one order, so that two contacts never wait for each other
        visit = visits.get(session, visit_id, customer_id=contact.customer_id)
        if visit.state is not VisitState.REQUESTED:
            raise ConflictError(f"visit_is_{visit.state.value}")
        areas = session.exec(select(VisitArea.area_id).where(VisitArea.visit_id == visit_id)).all()
        if fingerprint(visit, areas) != wanted[visit_id]:
            raise ConflictError("changed")
        yield visit
