"""The visits of a period, a page at a time, for whoever picks some of them."""

from sqlmodel import Session, col, select

from access_log.audit.scope import Wanted
from access_log.crypto.ring import KeyRing
from access_log.models import AccessEvent, Visit, VisitOrder
from access_log.services import desk
from access_log.services.desk import Row

PAGE = 25


def page(session: Session, ring: KeyRing, wanted: Wanted, number: int) -> tuple[list[Row], bool]:
    """A page of them by number, masked, and whether there are more."""
    at = col(AccessEvent.at)
    told = select(AccessEvent.visit_id).where(
        AccessEvent.site_id == wanted.site_id, at >= wanted.begins, at < wanted.ends, col(AccessEvent.visit_id).is_not(None)
    )
    whose = [] if wanted.customer_id is None else [Visit.customer_id == wanted.customer_id]
    order = (col(VisitOrder.number), col(Visit.place))
    statement = select(Visit.id).join(VisitOrder, col(VisitOrder.id) == Visit.order_id).where(Visit.site_id == wanted.site_id, *whose)
    found = session.exec(statement.where(col(Visit.id).in_(told)).order_by(*order).offset(number * PAGE).limit(PAGE + 1)).all()
    rows = desk.rows(session, ring, col(Visit.id).in_(list(found[:PAGE])), order=col(VisitOrder.number)) if found else []
    return rows, len(found) > PAGE
