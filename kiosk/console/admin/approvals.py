"""The site's yes or no to what customers have asked for and approved. Names are masked; what was seen is what is decided."""

import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.policy.codes import Refusal
from access_log.services import operator_approvals
from kiosk.console.admin.common import Admin
from kiosk.console.admin.words import CONFLICTS, DOUBTS
from kiosk.console.show import elsewhere, show
from kiosk.console.words import CONFLICTS as OTHER_CONFLICTS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect, text_in
from kiosk.web.words import REFUSALS

router = APIRouter(prefix="/admin/approvals")
Seen = Annotated[str, Field(pattern=r"^[0-9a-f]{32}:[0-9a-f]{16}$")]
"""A visit, and what was seen of it (services/operator_approvals.fingerprint)."""
AT_ONCE = 50
"""Visits in one press, as many as one order may have: each makes a pass, and the doors wait for the database meanwhile."""
CHANGED = "Something on this list has changed since you opened it. Nothing was done. Please look again."


class ChosenForm(BaseModel):
    """`visits` are ticked boxes; `order` is the button of one order, which names all visits of it that were shown."""

    visits: list[Seen] = []
    order: str = Field(default="", max_length=4000)
    refusal: Refusal | None = None
    step: Literal["", "reason"] = ""


Form = Annotated[Filled[ChosenForm], Depends(filled(ChosenForm))]


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """What waits, order by order, what begins first on top."""
    return _list(request, empty(language, visits=[]), admin, session, ring, now)


@router.post("/approve")
def approve(request: Request, form: Form, admin: Admin, session: Transaction, ring: Ring, now: Now) -> Response:
    """Approve what was chosen: all of it or, where something has changed meanwhile, none."""
    chosen = _chosen(form)
    if chosen:
        try:
            with session.begin_nested():
                operator_approvals.approve_all(session, ring, wanted=chosen, staff=admin, now=now)
            return redirect(request, "/admin/approvals", flash="approved")
        except ConflictError as error:
            return _list(request, form, admin, session, ring, now, 409, error.code)
    return _list(request, form, admin, session, ring, now, 422)


@router.post("/refuse")
def refuse(request: Request, form: Form, admin: Admin, session: Transaction, ring: Ring, now: Now) -> Response:
    """First press: what is refused, and the reasons to choose from. Second press: refused, and the contact is told."""
    chosen = _chosen(form)
    if not chosen:
        return _list(request, form, admin, session, ring, now, 422)
    if form.ok and form.it.step == "reason" and form.it.refusal is None:
        form.refuse("refusal", "choose_a_reason")
    if form.ok and form.it.refusal is not None:
        try:
            with session.begin_nested():
                operator_approvals.refuse_all(session, wanted=chosen, refusal=form.it.refusal, staff=admin, now=now)
            return redirect(request, "/admin/approvals", flash="refused")
        except ConflictError as error:
            return _list(request, form, admin, session, ring, now, 409, error.code)
    return _reasons(request, form, chosen, admin, session, ring, now)


@router.get("/approve")
@router.get("/refuse")
def back_to_list(request: Request, admin: Admin) -> Response:
    """Nothing is behind these addresses but what a form sent: back to the list."""
    del admin
    return elsewhere(request, "/admin/approvals")


def _chosen(form: Filled[ChosenForm]) -> dict[UUID, str]:
    """Visit → what was seen of it. Puts a message on the form where nothing usable was chosen."""
    named = str(form.values.get("order", "")).split() or [str(value) for value in form.values.get("visits", [])]
    found = [part for part in named if re.fullmatch(r"[0-9a-f]{32}:[0-9a-f]{16}", part)]
    if len(found) < len(named) or not found:
        form.refuse("visits", "Choose at least one visit.")
        return {}
    form.values["visits"] = found
    if len(found) > AT_ONCE:
        form.refuse("visits", "At most 50 visits at once. Untick some, and do the rest afterwards.")
        return {}
    return {UUID(hex=part[:32]): part[33:] for part in found}


def _list(
    request: Request,
    form: Filled[ChosenForm],
    admin: Admin,
    session: Transaction,
    ring: KeyRing,
    now: Now,
    status: int = 200,
    code: str = "",
) -> Response:
    """Ticks stay where what they stand for has not changed."""
    found = operator_approvals.waiting(session, ring, site_id=admin.site_id, now=now)
    why = (CONFLICTS | OTHER_CONFLICTS).get(code, "")
    problem = form.errors.get("visits", "") or (text_in(form.language, CHANGED) if code else "")
    return show(
        request,
        "admin/approvals.html",
        status,
        orders=operator_approvals.by_order(found),
        ticked=set(form.values.get("visits", [])),
        problem=problem,
        why=text_in(form.language, why) if why else "",
        doubts=DOUBTS,
    )


def _reasons(
    request: Request, form: Filled[ChosenForm], chosen: dict[UUID, str], admin: Admin, session: Transaction, ring: KeyRing, now: Now
) -> Response:
    found = operator_approvals.waiting(session, ring, site_id=admin.site_id, now=now, only=chosen)
    if {one.row.visit_id: one.seen for one in found} != chosen:
        return _list(request, form, admin, session, ring, now, 409, "changed")
    status = 422 if form.errors else 200
    return show(request, "admin/refuse.html", status, form=form, found=found, refusals=REFUSALS)
