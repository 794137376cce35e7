"""A customer's visits, as its own contacts see them: lists, one visit with everything about it, who is inside. Names are masked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing
from access_log.errors import NotFoundError
from access_log.models import Approval, Contact, Customer, Site, StandingRule, Technician, Visit, VisitOrder
from access_log.policy.codes import ActorKind, Refusal, VisitState
from access_log.services import desk, messages
from access_log.services.desk import Row
from access_log.services.labels import read_labels
from access_log.services.paging import Page, Span

PAGE = 25
COMING = (
    VisitState.REQUESTED,
    VisitState.CUSTOMER_APPROVED,
    VisitState.APPROVED,
    VisitState.PASS_ISSUED,
    VisitState.ID_PENDING,
    VisitState.ADMITTED,
)
"""To come or under way; every other state is past."""

Condition = ColumnElement[bool] | bool
"""As SQLModel types what stands in a WHERE."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. `scope` is `coming`, `past` or `all`; `number` an order's number."""

    scope: str = "coming"
    state: VisitState | None = None
    number: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or no. `who` is a contact's masked name, empty for the site; `rule` the standing rule's name."""

    side: str
    approved: bool
    refusal: Refusal | None
    who: str
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True)
class About:
    """One visit with everything its company may know. `order_size` counts the people of the same request.

    `approvers` counts the contacts who may still say yes; `reachable` is whether messages can go to the technician by mail.
    """

    row: Row
    asked_by: str
    decisions: Sequence[Decision]
    order_size: int
    approvers: int
    on_roster: bool
    reachable: bool


def listed(session: Session, ring: KeyRing, *, customer_id: int, wanted: Wanted) -> Page[Row]:
    """One page of a customer's visits: what comes next first, what is past latest first."""
    where = [Visit.customer_id == customer_id, *_narrowed(wanted)]
    found = select(Visit.id).join(VisitOrder, col(VisitOrder.id) == Visit.order_id).where(*where)
    total = session.exec(select(func.count()).select_from(found.subquery())).one()
    span = Span(total, wanted.page, PAGE)
    begins = col(Visit.window_from) if wanted.scope == "coming" else col(Visit.window_from).desc()
    return span.of(_rows(session, ring, where, begins, most=PAGE, skip=span.skip))


def _narrowed(wanted: Wanted) -> list[Condition]:
    where: list[Condition] = []
    if wanted.scope in ("coming", "past"):
        where.append(col(Visit.state).in_(COMING) if wanted.scope == "coming" else col(Visit.state).not_in(COMING))
    if wanted.state is not None:
        where.append(Visit.state == wanted.state)
    if wanted.number is not None:
        where.append(VisitOrder.number == wanted.number)
    return where


def _rows(session: Session, ring: KeyRing, where: Sequence[Condition], order: Any, *, most: int, skip: int = 0) -> list[Row]:
    """Only the rows that are shown are read whole: a long history costs a short page."""
    ids = session.exec(
        select(Visit.id)
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .where(*where)
        .order_by(order, col(VisitOrder.number), col(Visit.place))
        .offset(skip)
        .limit(most)
    ).all()
    return desk.rows(session, ring, col(Visit.id).in_(ids), order=order) if ids else []


def of(session: Session, visit_id: UUID, *, customer_id: int) -> Visit:
    """A visit of this customer, to look at; `visits.get` locks it for a change. Raises NotFoundError."""
    visit = session.get(Visit, visit_id)
    if visit is None or visit.customer_id != customer_id:
        raise NotFoundError
    return visit


def about(session: Session, ring: KeyRing, visit: Visit) -> About:
    """The visit with who asked, who decided, and whom its messages reach."""
    customer = session.get_one(Customer, visit.customer_id)
    person = session.get(Technician, visit.technician_id) if visit.technician_id else None
    decisions = session.exec(select(Approval).where(Approval.visit_id == visit.id).order_by(col(Approval.at), col(Approval.id))).all()
    names = contact_labels(session, ring, [visit.requested_by, *(row.actor_id for row in decisions if row.actor_kind is ActorKind.CONTACT)])
    rules = _rule_names(session, [row.rule_id for row in decisions if row.rule_id])
    return About(
        row=desk.of_visits(session, ring, [visit.id])[visit.id],
        asked_by=names.get(visit.requested_by, ""),
        decisions=[_decision(row, names, rules) for row in decisions],
        order_size=session.exec(select(func.count(col(Visit.id))).where(Visit.order_id == visit.order_id)).one(),
        approvers=len(messages.approvers(session, visit=visit, second_approval=customer.second_approval)),
        on_roster=person is not None,
        reachable=person is not None and person.has_mail,
    )


def _decision(row: Approval, names: dict[int, str], rules: dict[int, str]) -> Decision:
    who = names.get(row.actor_id or 0, "") if row.actor_kind is ActorKind.CONTACT else ""
    return Decision(row.side, row.approved, row.refusal, who, rules.get(row.rule_id or 0, ""), row.at)


def contact_labels(session: Session, ring: KeyRing, contacts: Collection[int | None]) -> dict[int, str]:
    """The masked names of contacts; one whose account has ended has none any more."""
    found = session.exec(select(Contact.id, Contact.subject_id).where(col(Contact.id).in_([id_ for id_ in contacts if id_]))).all()
    labels = read_labels(session, ring, [subject for _id, subject in found])
    return {id_ or 0: labels.get(subject, "") for id_, subject in found}


def _rule_names(session: Session, rules: Collection[int]) -> dict[int, str]:
    found = session.exec(select(StandingRule.id, StandingRule.name).where(col(StandingRule.id).in_(rules))).all() if rules else []
    return {id_ or 0: name for id_, name in found}


def of_order(session: Session, order_id: UUID) -> list[Visit]:
    """Every visit of one request, in the order of its people."""
    return list(session.exec(select(Visit).where(Visit.order_id == order_id).order_by(col(Visit.place))).all())


def refused(session: Session, ring: KeyRing, *, customer_id: int, now: datetime, most: int = 8) -> list[Row]:
    """Visits somebody said no to while their time is still to come: they can be put right and asked for again."""
    where: list[Condition] = [
        Visit.customer_id == customer_id,
        Visit.state == VisitState.REFUSED,
        col(Visit.technician_id).is_not(None),
        col(Visit.window_until) > now,
    ]
    return _rows(session, ring, where, col(Visit.window_from), most=most)


def coming(session: Session, ring: KeyRing, *, customer_id: int, now: datetime, most: int = 8) -> list[Row]:
    """The next visits nobody has been let in for yet."""
    states = (*desk.NOT_YET_HERE, VisitState.ID_PENDING)
    where: list[Condition] = [Visit.customer_id == customer_id, col(Visit.state).in_(states), col(Visit.window_until) > now]
    return _rows(session, ring, where, col(Visit.window_from), most=most)


def of_person(session: Session, ring: KeyRing, person: Technician, *, most: int = 20) -> list[Row]:
    """The visits of somebody on the roster that are to come or under way. Past ones do not lead back to the person."""
    where: list[Condition] = [Visit.technician_id == person.id, col(Visit.state).in_(COMING)]
    return _rows(session, ring, where, col(Visit.window_from), most=most)


def inside(session: Session, ring: KeyRing, *, customer_id: int, site: Site, now: datetime) -> list[Row]:
    """The customer's own people who are inside, where and since when; `late` where somebody should have left."""
    return desk.on_site(session, ring, site=site, now=now, customer_id=customer_id)
