"""Approvals: a contact's yes or no to what colleagues asked for. Where a second contact is demanded, never to their own."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Customer
from access_log.policy.actors import Actor
from access_log.policy.codes import Refusal
from access_log.services import approvals, company_people
from kiosk.portal.show import show
from kiosk.portal.words import CHOOSE
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import contact
from kiosk.web.render import elsewhere, redirect
from kiosk.web.words import ALL

router = APIRouter(prefix="/approvals")
Approver = Annotated[Actor, Depends(contact("approve"))]


class ChosenForm(BaseModel):
    visits: list[UUID] = Field(default_factory=list)


class RefusalForm(ChosenForm):
    refusal: Refusal


@router.get("")
def listed(request: Request, approver: Approver, session: Transaction, ring: Ring, language: Language) -> Response:
    """What waits, masked."""
    return _page(request, empty(language), approver, session, ring, {})


@router.post("/names")
def names(request: Request, approver: Approver, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """The same with names: nobody vouches for a mask. One recorded look a person."""
    customer = session.get_one(Customer, approver.customer_id)
    rows = approvals.waiting(session, ring, customer=customer, contact=approver)
    known = company_people.names(session, ring, subjects=[one.row.subject_id for one in rows], contact=approver, now=now)
    return _page(request, empty(language), approver, session, ring, known)


@router.post("/approve")
def approve(
    request: Request,
    form: Annotated[Filled[ChosenForm], Depends(filled(ChosenForm))],
    approver: Approver,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Yes to all that are chosen, or to none."""
    if form.ok and not form.it.visits:
        form.refuse("visits", CHOOSE)
    if not form.ok:
        return _page(request, form, approver, session, ring, {}, 422)
    approvals.approve(session, ring, chosen=form.it.visits, contact=approver, now=now)
    return redirect(request, "/approvals", flash="approved")


@router.post("/refuse")
def refuse(
    request: Request,
    form: Annotated[Filled[RefusalForm], Depends(filled(RefusalForm))],
    approver: Approver,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """No to all that are chosen, with the reason the asking contact is told."""
    if not form.values.get("visits"):
        form.refuse("visits", CHOOSE)
    if "refusal" in form.errors:
        form.refuse("refusal", "choose_a_reason")
    if not form.ok:
        return _page(request, form, approver, session, ring, {}, 422)
    approvals.refuse(session, chosen=form.it.visits, refusal=form.it.refusal, contact=approver, now=now)
    return redirect(request, "/approvals", flash="refused")


@router.get("/{act}")
def back_to_list(request: Request, act: str, approver: Approver) -> Response:
    """What is only there after a POST: back to the list."""
    del act, approver
    return elsewhere(request, "/approvals")


def _page(
    request: Request, form: Filled[Any], approver: Actor, session: Transaction, ring: Ring, known: dict[UUID, str], status: int = 200
) -> Response:
    customer = session.get_one(Customer, approver.customer_id)
    rows = approvals.waiting(session, ring, customer=customer, contact=approver)
    return show(
        request,
        "approvals.html",
        status,
        form=form,
        waiting=[one for one in rows if not one.mine],
        mine=[one for one in rows if one.mine],
        known=known,
        reasons=[(code.value, ALL["refusal"][code.value]) for code in Refusal],
    )
