"""Whom a hold or a disclosure is about: visits found by their number, their work order, or a customer and days. Opens no name."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false
from sqlmodel import Session, and_, col, func, or_, select

from access_log.crypto.ring import KeyRing
from access_log.errors import RefusedInputError
from access_log.models import Customer, Site, Visit, VisitOrder
from access_log.policy.codes import VisitState
from access_log.services.labels import read_labels
from access_log.services.stays import Days, check_days

NUMBER = re.compile(r"(\d{1,9})(?:-(\d{1,4}))?")
APART = re.compile(r"[\s,;，；、]+")
MOST_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """`numbers`: visit numbers (1001, 1001-2) and work orders, apart. `customer` with both days: whoever came for it in that time."""

    numbers: str = ""
    customer: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class FoundVisit:
    """One person's visit. `name` is masked."""

    visit_id: UUID
    subject_id: UUID
    number: str
    name: str
    customer: str
    work_order: str
    state: VisitState
    begins_at: datetime


def find(session: Session, ring: KeyRing, *, wanted: Wanted, site: Site, most: int) -> list[FoundVisit]:
    """The visits whose person is not erased. Raises RefusedInputError: nothing asked for, nobody found, too many."""
    where = _numbers(wanted.numbers), _of_customer(wanted, site)
    chosen = [part for part in where if part is not None]
    if not chosen:
        raise RefusedInputError("numbers", "say_whose")
    found = rows(session, ring, site_id=site.id or 0, where=or_(*chosen), most=most + 1)
    if not found:
        raise RefusedInputError("numbers", "nobody_to_hold")
    if len(found) > most:
        raise RefusedInputError("numbers", "too_many_people_at_once")
    return found


def _numbers(typed: str) -> ColumnElement[bool] | None:
    tokens = [token for token in APART.split(typed) if token]
    if len(tokens) > MOST_TOKENS:
        raise RefusedInputError("numbers", "too_many_people_at_once")
    parts: list[ColumnElement[bool]] = []
    for token in tokens:
        parts.append(func.lower(Visit.work_order) == token.lower())
        number = NUMBER.fullmatch(token)
        if number is not None and token.isascii() and int(number[1]) < 2**31:
            own = col(VisitOrder.number) == int(number[1])
            parts.append(own if number[2] is None else and_(own, col(Visit.place) == int(number[2])))
    return or_(*parts) if parts else None


def _of_customer(wanted: Wanted, site: Site) -> ColumnElement[bool] | None:
    if wanted.customer is None:
        return None
    if wanted.first is None or wanted.last is None:
        raise RefusedInputError("first" if wanted.first is None else "last", "required")
    for name, day in (("first", wanted.first), ("last", wanted.last)):
        if not 2000 <= day.year <= 2200:
            raise RefusedInputError(name, "invalid")
    days = Days(wanted.first, wanted.last)
    check_days(days)
    begin, end = days.between(site.zone)
    there = func.coalesce(Visit.left_at, Visit.window_until)
    return and_(col(Visit.customer_id) == wanted.customer, col(Visit.window_from) < end, there >= begin)


def rows(session: Session, ring: KeyRing, *, site_id: int, where: ColumnElement[bool], most: int) -> list[FoundVisit]:
    """Visits with a person, in the order of their numbers."""
    found = session.exec(
        select(Visit, VisitOrder.number, Customer.name)
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .join(Customer, col(Customer.id) == Visit.customer_id)
        .where(Visit.site_id == site_id, col(Visit.erased_at).is_(None), where)
        .order_by(col(VisitOrder.number), col(Visit.place))
        .limit(most)
    ).all()
    return _rows(session, ring, found)


def of_visits(session: Session, ring: KeyRing, *, site_id: int, visits: Collection[UUID]) -> list[FoundVisit]:
    """These visits of the site, erased ones among them without a name."""
    found = session.exec(
        select(Visit, VisitOrder.number, Customer.name)
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .join(Customer, col(Customer.id) == Visit.customer_id)
        .where(Visit.site_id == site_id, col(Visit.id).in_(list(visits)) if visits else false())
        .order_by(col(VisitOrder.number), col(Visit.place))
    ).all()
    return _rows(session, ring, found)


def _rows(session: Session, ring: KeyRing, found: Sequence[tuple[Visit, int, str]]) -> list[FoundVisit]:
    labels = read_labels(session, ring, {visit.subject_id for visit, *_rest in found})
    return [
        FoundVisit(
            visit_id=visit.id,
            subject_id=visit.subject_id,
            number=f"{number}-{visit.place}",
            name=labels.get(visit.subject_id, ""),
            customer=customer,
            work_order=visit.work_order,
            state=visit.state,
            begins_at=visit.entered_at or visit.window_from,
        )
        for visit, number, customer in found
    ]
