"""What a request or an edit of a visit must fulfil. Each check raises RefusedInputError naming the field it is about."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.errors import RefusedInputError
from access_log.models import Customer, CustomerArea, Technician
from access_log.policy.codes import Active
from access_log.policy.names import clean_text
from access_log.policy.work_order import work_order_problem

LONGEST_WINDOW = timedelta(days=31)
FURTHEST_AHEAD = timedelta(days=366)
MOST_PEOPLE = 50


def check_customer(customer: Customer, field: str) -> None:
    """Only a customer in good standing asks for visits."""
    if customer.state is not Active.ACTIVE:
        raise RefusedInputError(field, "customer_suspended")


def check_window(window_from: datetime, window_until: datetime, now: datetime) -> None:
    """A window cannot be over, run backwards, last longer than a month or begin later than in a year."""
    if window_until <= window_from:
        raise RefusedInputError("window_until", "ends_before_it_begins")
    if window_until <= now:
        raise RefusedInputError("window_until", "already_over")
    if window_until - window_from > LONGEST_WINDOW:
        raise RefusedInputError("window_until", "longer_than_a_month")
    if window_from > now + FURTHEST_AHEAD:
        raise RefusedInputError("window_from", "too_far_ahead")


def check_areas(session: Session, areas: Sequence[int], customer: Customer) -> None:
    """At least one, and only such as the customer's contract names."""
    allowed = set(session.exec(select(CustomerArea.area_id).where(CustomerArea.customer_id == customer.id)).all())
    if not areas:
        raise RefusedInputError("areas", "choose_an_area")
    if not set(areas) <= allowed:
        raise RefusedInputError("areas", "not_your_area")


def people_of(session: Session, technicians: Sequence[UUID], customer: Customer) -> list[Technician]:
    """The roster entries that were chosen, in that order."""
    wanted = list(dict.fromkeys(technicians))
    if not wanted:
        raise RefusedInputError("technicians", "choose_someone")
    if len(wanted) > MOST_PEOPLE:
        raise RefusedInputError("technicians", "too_many_people")
    statement = select(Technician).where(
        col(Technician.id).in_(wanted), Technician.customer_id == customer.id, Technician.state == Active.ACTIVE
    )
    found = {person.id: person for person in session.exec(statement)}
    if len(found) != len(wanted):
        raise RefusedInputError("technicians", "not_on_roster")
    return [found[id_] for id_ in wanted]


def clean_work_order(text: str) -> str:
    """A work-order number as it is kept, or empty."""
    cleaned = clean_text(text)
    problem = work_order_problem(cleaned)
    if problem is not None:
        raise RefusedInputError("work_order", problem)
    return cleaned
