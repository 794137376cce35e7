"""The identity check: the name for this check only, one key to admit, a reason where not."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import RefusedInputError
from access_log.models import Site
from access_log.policy.attest import Look
from access_log.policy.codes import DocumentType, Mismatch, Outcome
from access_log.services import checks, desk, visits
from kiosk.console.desk import Guard
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect

router = APIRouter(prefix="/checks")
BACK = "Back to the check"
FLASH = {Outcome.GRANTED: "admitted", Outcome.ID_MISMATCH: "turned_away", Outcome.MINOR: "minor"}


class LookForm(BaseModel):
    """`document_number` is looked at in memory and dropped; `sure` confirms that a person under 18 is erased.

    The button of a mismatch sends its reason and no verdict of its own.
    """

    verdict: Literal["admit", "refuse", "minor", "gone"] = "refuse"
    document: DocumentType = DocumentType.RESIDENT_ID
    mismatch: Mismatch | None = None
    badge: str = Field(default="", max_length=16)
    document_number: str = Field(default="", max_length=32)
    sure: str = Field(default="", max_length=3)


Form = Annotated[Filled[LookForm], Depends(filled(LookForm))]


@router.get("/{visit_id}")
def nothing_to_show(request: Request, visit_id: UUID, guard: Guard) -> Response:
    """A name is never behind an address: back to the desk."""
    del visit_id, guard
    return elsewhere(request, "/desk")


@router.post("/{visit_id}")
def open_check(request: Request, visit_id: UUID, guard: Guard, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """Show the name, for this check. The look is recorded and the visitor can see it."""
    form = empty(language, document=DocumentType.RESIDENT_ID.value)
    return _card(request, form, visit_id, guard, session, ring, now)


@router.get("/{visit_id}/answer")
def nothing_to_answer(request: Request, visit_id: UUID, guard: Guard) -> Response:
    """As above."""
    del visit_id, guard
    return elsewhere(request, "/desk")


@router.post("/{visit_id}/answer")
def attest(
    request: Request, visit_id: UUID, form: Form, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now
) -> Response:
    """What the guard saw. Under 18 asks once more before everything about the person is erased."""
    form.values.pop("document_number", None)
    if form.ok and form.it.verdict == "gone":
        checks.gone(session, visit_id=visit_id, guard=guard, now=now)
        return redirect(request, "/desk", flash="left_before_check")
    if form.ok and form.it.verdict == "refuse" and form.it.mismatch is None:
        form.refuse("mismatch", "choose_a_reason")
    minor = _is_minor(form, site, now)
    if form.ok and minor and form.it.sure != "yes":
        return show(request, "minor.html", erase=f"/checks/{visit_id}/answer", back=f"/checks/{visit_id}", label=BACK)
    if form.ok:
        with form.attempt(session):
            return _answered(request, form.it, visit_id, minor, guard, session, ring, now)
    return _card(request, form, visit_id, guard, session, ring, now, 422)


def _is_minor(form: Filled[LookForm], site: Site, now: Now) -> bool:
    """The guard's word, or the birth date in a number that was typed for the check."""
    if not form.ok or form.it.verdict == "minor":
        return form.ok
    if form.it.verdict == "admit" and form.it.document_number:
        try:
            return not checks.check_number(form.it.document_number, now=now, zone=site.zone)
        except RefusedInputError as error:
            form.refuse("document_number", error.code)
    return False


def _answered(
    request: Request, given: LookForm, visit_id: UUID, minor: bool, guard: Guard, session: Transaction, ring: Ring, now: Now
) -> Response:
    look = Look(of_age=not minor, mismatch=given.mismatch if given.verdict == "refuse" else None)
    outcome = checks.attest(session, ring, visit_id=visit_id, look=look, document=given.document, badge=given.badge, guard=guard, now=now)
    return redirect(request, "/desk", flash=FLASH[outcome])


def _card(
    request: Request,
    form: Filled[LookForm],
    visit_id: UUID,
    guard: Guard,
    session: Transaction,
    ring: Ring,
    now: Now,
    status: int = 200,
) -> Response:
    visit = visits.get(session, visit_id, site_id=guard.site_id)
    person = checks.open_check(session, ring, visit=visit, guard=guard, now=now)
    row = desk.of_visits(session, ring, [visit_id])[visit_id]
    return show(request, "check.html", status, form=form, row=row, person=person, documents=list(DocumentType), mismatches=list(Mismatch))
