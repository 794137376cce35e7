"""How much waits for a yes: the customer's own, or the site's."""

from sqlmodel import Session, col, func, select

from access_log.models import Customer, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import VisitState


def waiting_count(session: Session, *, customer: Customer, contact: Actor) -> int:
    """How many requests this contact may approve now; 0 for a contact without that right."""
    if "approve" not in contact.rights:
        return 0
    statement = select(func.count(col(Visit.id))).where(Visit.customer_id == customer.id, Visit.state == VisitState.REQUESTED)
    if customer.second_approval:
        statement = statement.where(Visit.requested_by != contact.id)
    return session.exec(statement).one()


def operator_count(session: Session, site_id: int) -> int:
    """How many visits wait for the site's yes."""
    return session.exec(
        select(func.count(col(Visit.id))).where(Visit.site_id == site_id, Visit.state == VisitState.CUSTOMER_APPROVED)
    ).one()
