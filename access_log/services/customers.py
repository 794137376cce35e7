"""Customers, their areas and their standing."""

from collections.abc import Collection
from datetime import datetime

import stdnum.cn.uscc
from sqlmodel import Session, col, delete, select

from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Area, Customer, CustomerArea
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType
from access_log.policy.names import clean_text, text_problem
from access_log.services import events

LONGEST_NAME = 120


def clean_licence(text: str) -> str | None:
    """A unified social credit code (GB 32100-2015), checked; None where empty: customers from abroad have none."""
    compact = "".join(text.split()).upper()
    if not compact:
        return None
    if not stdnum.cn.uscc.is_valid(compact):
        raise RefusedInputError("licence", "licence_wrong")
    return compact


def add(
    session: Session, *, site_id: int, name: str, licence: str, second_approval: bool, areas: Collection[int], actor: Actor, now: datetime
) -> Customer:
    """A customer under contract. Raises RefusedInputError for a name or licence that is taken or wrong."""
    customer = Customer(site_id=site_id, name=clean_customer_name(name), licence=clean_licence(licence), created_at=now)
    customer.second_approval = second_approval
    _check_free(session, customer)
    session.add(customer)
    session.flush()
    _set_areas(session, customer, areas)
    _changed(session, customer, actor, now, "created")
    return customer


def change(
    session: Session,
    *,
    customer: Customer,
    name: str,
    licence: str,
    second_approval: bool,
    areas: Collection[int],
    actor: Actor,
    now: datetime,
) -> None:
    """Change a customer. Visits that were approved keep the areas they were approved for."""
    with session.no_autoflush:
        customer.name, customer.licence, customer.second_approval = clean_customer_name(name), clean_licence(licence), second_approval
        _check_free(session, customer)
    session.add(customer)
    session.flush()
    _set_areas(session, customer, areas)
    _changed(session, customer, actor, now, "changed")


def set_state(session: Session, *, customer: Customer, state: Active, actor: Actor, now: datetime) -> None:
    """Suspend, take up again or end. No pass of a customer that is not active opens anything; exits stay possible."""
    if customer.state is state:
        return
    customer.state = state
    customer.ended_at = now if state is Active.ENDED else None
    session.add(customer)
    session.flush()
    _changed(session, customer, actor, now, state.value)


def listed(session: Session, site_id: int) -> list[Customer]:
    """Every customer of a site, former ones too, by name."""
    return list(session.exec(select(Customer).where(Customer.site_id == site_id).order_by(col(Customer.name))).all())


def of(session: Session, *, customer_id: int, site_id: int) -> Customer:
    """A customer of this site. Raises NotFoundError."""
    customer = session.get(Customer, customer_id)
    if customer is None or customer.site_id != site_id:
        raise NotFoundError
    return customer


def areas_of(session: Session, customer_id: int) -> list[Area]:
    """The areas a customer's visitors may be sent to."""
    statement = select(Area).join(CustomerArea, col(CustomerArea.area_id) == col(Area.id)).where(CustomerArea.customer_id == customer_id)
    return list(session.exec(statement.order_by(col(Area.code))).all())


def clean_customer_name(name: str) -> str:
    """A company's name, as it is kept. Raises RefusedInputError."""
    cleaned = clean_text(name)
    problem = text_problem(cleaned, LONGEST_NAME)
    if problem is not None:
        raise RefusedInputError("name", problem)
    return cleaned


def _check_free(session: Session, customer: Customer) -> None:
    others = select(Customer).where(Customer.site_id == customer.site_id, col(Customer.id) != (customer.id or 0))
    if session.exec(others.where(Customer.name == customer.name)).first() is not None:
        raise RefusedInputError("name", "name_taken")
    if customer.licence and session.exec(others.where(Customer.licence == customer.licence)).first() is not None:
        raise RefusedInputError("licence", "taken")


def _set_areas(session: Session, customer: Customer, areas: Collection[int]) -> None:
    known = session.exec(select(Area.id).where(Area.site_id == customer.site_id, col(Area.id).in_(areas))).all()
    session.exec(delete(CustomerArea).where(col(CustomerArea.customer_id) == customer.id))
    session.add_all(
        [
            CustomerArea(customer_id=customer.id or 0, area_id=area or 0, site_id=customer.site_id)
            for area in sorted(map(int, filter(None, known)))
        ]
    )
    session.flush()


def _changed(session: Session, customer: Customer, actor: Actor, now: datetime, how: str) -> None:
    detail = {"how": how, "second_approval": customer.second_approval}
    events.record(
        session, EventType.CUSTOMER_CHANGED, site_id=customer.site_id, now=now, actor=actor, customer_id=customer.id, detail=detail
    )
