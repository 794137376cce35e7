"""Approvals: a contact's yes or no to what colleagues asked for. Where a second contact is demanded, never to their own."""

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Customer
from access_log.policy.actors import Actor
from access_log.policy.codes import Refusal
from access_log.services import company_approvals, company_people
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
    """Each of `visits` says which request and what was seen of it."""

    visits: list[str] = Field(default_factory=list)
    refusal: Refusal | None = None


Form = Annotated[Filled[ChosenForm], Depends(filled(ChosenForm))]


@router.get("")
def listed(request: Request, approver: Approver, session: Transaction, ring: Ring, language: Language) -> Response:
    """What waits, masked."""
    return _page(request, empty(language), approver, session, ring, {})


@router.post("/names")
def names(request: Request, approver: Approver, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """The same with names: nobody vouches for a mask. One recorded look a person."""
    customer = session.get_one(Customer, approver.customer_id)
    rows = company_approvals.waiting(session, ring, customer=customer, contact=approver)
    known = company_people.names(session, ring, subjects=[one.row.subject_id for one in rows], contact=approver, now=now)
    return _page(request, empty(language), approver, session, ring, known)


@router.post("/approve")
def approve(request: Request, form: Form, approver: Approver, session: Transaction, ring: Ring, now: Now) -> Response:
    """Yes to all that are chosen, or to none."""
    wanted = _chosen(form)
    if not form.ok:
        return _page(request, form, approver, session, ring, {}, 422)
    company_approvals.approve_all(session, ring, wanted=wanted, contact=approver, now=now)
    return redirect(request, "/approvals", flash="approved")


@router.post("/refuse")
def refuse(request: Request, form: Form, approver: Approver, session: Transaction, ring: Ring, now: Now) -> Response:
    """No to all that are chosen, with the reason the asking contact is told."""
    wanted = _chosen(form)
    if not form.values.get("refusal") or "refusal" in form.errors:
        form.refuse("refusal", "choose_a_reason")
    if not form.ok or form.it.refusal is None:
        return _page(request, form, approver, session, ring, {}, 422)
    company_approvals.refuse_all(session, wanted=wanted, refusal=form.it.refusal, contact=approver, now=now)
    return redirect(request, "/approvals", flash="refused")


def _chosen(form: Filled[ChosenForm]) -> dict[UUID, str]:
    """Request → what was seen of it. Puts a message on the form where nothing usable was chosen."""
    sent = [str(value) for value in form.values.get("visits", [])]
    found = [part for part in sent if re.fullmatch(r"[0-9a-f]{32}:[0-9a-f]{16}", part)]
    if not found or len(found) < len(sent):
        form.refuse("visits", CHOOSE)
    return {UUID(hex=part[:32]): part[33:] for part in found}


@router.get("/{act}")
def back_to_list(request: Request, act: str, approver: Approver) -> Response:
    """What is only there after a POST: back to the list."""
    del act, approver
    return elsewhere(request, "/approvals")


def _page(
    request: Request, form: Filled[Any], approver: Actor, session: Transaction, ring: Ring, known: dict[UUID, str], status: int = 200
) -> Response:
    customer = session.get_one(Customer, approver.customer_id)
    rows = company_approvals.waiting(session, ring, customer=customer, contact=approver)
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
