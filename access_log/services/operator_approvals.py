"""What waits for the site's yes, with everything one needs for it: masked names, and what speaks against a yes."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import Approval, Contact, Customer, Visit, VisitArea
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, ActorKind, Refusal, VisitState
from access_log.services import desk, visits
from access_log.services.desk import Row
from access_log.services.labels import read_labels

SHOWN = 100
"""A page that one person can decide on. What does not fit comes up once these are decided."""
BUSY = (VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.PASS_ISSUED, VisitState.ID_PENDING, VisitState.ADMITTED)


class Doubt(StrEnum):
    """What whoever approves should know first."""

    WINDOW_OVER = "window_over"
    CUSTOMER_NOT_ACTIVE = "customer_not_active"
    CONTACT_NOT_ACTIVE = "contact_not_active"
    AREA_CLOSED = "area_closed"
    SAME_PERSON = "same_person"
    BEGUN = "begun"


IMPOSSIBLE = frozenset({Doubt.WINDOW_OVER, Doubt.CUSTOMER_NOT_ACTIVE})
"""A yes would make a pass that opens nothing (services/visits.approve_for_operator refuses it)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One visit before the site's yes. `asked_by` and `approved_by` are masked names of the customer's contacts."""

    row: Row
    asked_by: str
    approved_by: str
    doubts: tuple[Doubt, ...]

    @property
    def seen(self) -> str:
        """What is being decided, as a short fingerprint: a yes to what somebody has edited meanwhile must not count."""
        return fingerprint(self.row.visit, [area.id or 0 for area in self.row.areas])

    @property
    def possible(self) -> bool:
        """Whether a yes would be of any use."""
        return not IMPOSSIBLE & set(self.doubts)


def waiting(session: Session, ring: KeyRing, *, site_id: int, now: datetime, only: Collection[UUID] | None = None) -> list[Waiting]:
    """The first hundred visits that wait, those that begin first on top; `only` these of them."""
    mine = select(Visit.id).where(Visit.site_id == site_id, Visit.state == VisitState.CUSTOMER_APPROVED)
    if only is not None:
        mine = mine.where(col(Visit.id).in_(list(only)))
    first = session.exec(mine.order_by(col(Visit.window_from), col(Visit.order_id), col(Visit.place)).limit(SHOWN)).all()
    rows = desk.rows(session, ring, col(Visit.id).in_(first), order=col(Visit.window_from)) if first else []
    approvers = _approvers(session, [row.visit_id for row in rows])
    contacts = _contacts(session, {row.visit.requested_by for row in rows} | set(approvers.values()))
    names = read_labels(session, ring, {contact.subject_id for contact in contacts.values()})
    doubts = _doubts(session, rows, contacts, now)

    def name(contact_id: int | None) -> str:
        return names.get(contacts[contact_id].subject_id, "") if contact_id in contacts else ""

    return [Waiting(row, name(row.visit.requested_by), name(approvers.get(row.visit_id)), tuple(doubts[row.visit_id])) for row in rows]


def by_order(found: Iterable[Waiting]) -> list[list[Waiting]]:
    """The same, those asked for in one go together."""
    orders: dict[UUID, list[Waiting]] = {}
    for one in found:
        orders.setdefault(one.row.visit.order_id, []).append(one)
    return list(orders.values())


def fingerprint(visit: Visit, areas: Iterable[int]) -> str:
    """Where, when, why and under which work order."""
    parts = (visit.window_from.isoformat(), visit.window_until.isoformat(), visit.purpose.value, visit.work_order, *map(str, sorted(areas)))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def approve_all(session: Session, ring: KeyRing, *, wanted: Mapping[UUID, str], staff: Actor, now: datetime) -> None:
    """Approve all of these visits (id → what was seen) or, where one of them cannot be any more, none.

    Raises ConflictError, NotFoundError.
    """
    for visit in _locked(session, wanted, staff):
        visits.approve_for_operator(session, ring, visit=visit, staff=staff, now=now)


def refuse_all(session: Session, *, wanted: Mapping[UUID, str], refusal: Refusal, staff: Actor, now: datetime) -> None:
    """Refuse all of these visits for one reason, or none. Raises ConflictError, NotFoundError."""
    for visit in _locked(session, wanted, staff):
        visits.refuse(session, visit=visit, side="operator", refusal=refusal, actor=staff, now=now)


def _locked(session: Session, wanted: Mapping[UUID, str], staff: Actor) -> Iterator[Visit]:
    for visit_id in sorted(wanted):  # always in one order, so that two people never wait for each other
        visit = visits.get(session, visit_id, site_id=staff.site_id)
        if visit.state is not VisitState.CUSTOMER_APPROVED:
            raise ConflictError(f"visit_is_{visit.state.value}")
        areas = session.exec(select(VisitArea.area_id).where(VisitArea.visit_id == visit_id)).all()
        if fingerprint(visit, areas) != wanted[visit_id]:
            raise ConflictError("changed")
        yield visit


def _approvers(session: Session, found: Sequence[UUID]) -> dict[UUID, int]:
    """Which contact said the customer's yes, the last one where it was said again after an edit."""
    statement = select(Approval.visit_id, Approval.actor_id).where(
        col(Approval.visit_id).in_(found), Approval.side == "customer", Approval.actor_kind == ActorKind.CONTACT
    )
    return {visit_id: actor_id or 0 for visit_id, actor_id in session.exec(statement.order_by(col(Approval.id)))}


def _contacts(session: Session, ids: Collection[int]) -> dict[int | None, Contact]:
    return {contact.id: contact for contact in session.exec(select(Contact).where(col(Contact.id).in_(list(ids))))}


def _doubts(session: Session, rows: Sequence[Row], contacts: dict[int | None, Contact], now: datetime) -> dict[UUID, list[Doubt]]:
    dormant = set(session.exec(select(Customer.id).where(Customer.state != Active.ACTIVE)).all())
    twice = _asked_twice(session, rows)
    found: dict[UUID, list[Doubt]] = {}
    for row in rows:
        speaks_against = {
            Doubt.WINDOW_OVER: row.visit.window_until <= now,
            Doubt.CUSTOMER_NOT_ACTIVE: row.visit.customer_id in dormant,
            Doubt.CONTACT_NOT_ACTIVE: contacts[row.visit.requested_by].state is not Active.ACTIVE,
            Doubt.AREA_CLOSED: any(area.closed for area in row.areas),
            Doubt.SAME_PERSON: row.visit_id in twice,
            Doubt.BEGUN: row.visit.window_from <= now < row.visit.window_until,
        }
        found[row.visit_id] = [doubt for doubt, holds in speaks_against.items() if holds]
    return found


def _asked_twice(session: Session, rows: Sequence[Row]) -> set[UUID]:
    """Visits whose technician has another one that overlaps in time."""
    people = {row.visit.technician_id for row in rows if row.visit.technician_id}
    others = session.exec(
        select(Visit).where(col(Visit.technician_id).in_(list(people)), col(Visit.state).in_(BUSY)).limit(desk.MOST)
    ).all()
    return {
        row.visit_id
        for row in rows
        for other in others
        if other.id != row.visit_id
        and other.technician_id == row.visit.technician_id
        and other.window_from < row.visit.window_until
        and row.visit.window_from < other.window_until
    }
