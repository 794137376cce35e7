"""What the site has decided lately, and the way back from a yes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import Visit
from access_log.policy.codes import Refusal
from access_log.services import desk, operator_decisions, visits
from kiosk.console.admin.common import Admin
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect
from kiosk.web.words import REFUSALS

router = APIRouter(prefix="/admin/approvals/decided")


class WithdrawForm(BaseModel):
    refusal: Refusal | None = None


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction, ring: Ring) -> Response:
    """The newest first: yes or no, by whom or by which rule, and what has become of it."""
    return show(request, "admin/decided.html", rows=operator_decisions.lately(session, ring, site_id=admin.site_id))


@router.get("/{visit_id}")
def ask(request: Request, visit_id: UUID, admin: Admin, session: Transaction, ring: Ring, language: Language) -> Response:
    """Whose yes is taken back, and the reasons to choose from."""
    visit = visits.get(session, visit_id, site_id=admin.site_id)
    if visit.state not in operator_decisions.REVOCABLE:
        raise ConflictError(f"visit_is_{visit.state.value}")
    return _page(request, empty(language), visit, session, ring)


@router.post("/{visit_id}")
def withdraw(
    request: Request,
    visit_id: UUID,
    form: Annotated[Filled[WithdrawForm], Depends(filled(WithdrawForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """The pass is dead at once; visitor and contact are told."""
    visit = visits.get(session, visit_id, site_id=admin.site_id)
    if form.ok and form.it.refusal is None:
        form.refuse("refusal", "choose_a_reason")
    if not form.ok or form.it.refusal is None:
        return _page(request, form, visit, session, ring, 422)
    operator_decisions.withdraw(session, visit=visit, refusal=form.it.refusal, staff=admin, now=now)
    return redirect(request, "/admin/approvals/decided", flash="withdrawn")


def _page(request: Request, form: Filled[WithdrawForm], visit: Visit, session: Transaction, ring: KeyRing, status: int = 200) -> Response:
    row = desk.of_visits(session, ring, [visit.id])[visit.id]
    return show(request, "admin/withdraw.html", status, form=form, row=row, refusals=REFUSALS)
