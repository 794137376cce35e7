"""The first page: what needs this contact, who of the company is inside, what comes next."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.models import Customer
from access_log.policy.actors import Actor
from access_log.services import approvals, change_notices, company_visits, deliveries
from kiosk.portal.show import show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.policy import OwnSite, contact

router = APIRouter()


@router.get("/")
def overview(
    request: Request,
    reader: Annotated[Actor, Depends(contact())],
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
    language: Language,
) -> Response:
    """Each right sees its own part; who is inside is for every contact of the company."""
    whose = reader.customer_id or 0
    customer = session.get_one(Customer, whose)
    asks, reads = "request" in reader.rights, bool(reader.rights & {"request", "approve"})
    return show(
        request,
        "home.html",
        customer=customer,
        site=site,
        approvals=approvals.waiting_count(session, customer=customer, contact=reader),
        undelivered=deliveries.undelivered(session, ring, customer_id=whose, now=now) if asks else [],
        refused=company_visits.refused(session, ring, customer_id=whose, now=now) if asks else [],
        inside=company_visits.inside(session, ring, customer_id=whose, site=site, now=now),
        announced=change_notices.announced(session, site_id=site.id or 0, language=language, now=now),
        coming=company_visits.coming(session, ring, customer_id=whose, now=now) if reads else [],
    )
