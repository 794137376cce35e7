"""The quarterly access review: who may do what in the register itself, looked through and signed. Names are masked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import access_reviews
from kiosk.console.show import show
from kiosk.console.words import FINDINGS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/access-review")
Reader = Annotated[Actor, Depends(staff(Role.ADMINISTRATOR, *access_reviews.MAY_SIGN))]
Signer = Annotated[Actor, Depends(staff(*access_reviews.MAY_SIGN))]


class ReviewForm(BaseModel):
    """`seen`: the digest of the list that was on the page."""

    seen: str = Field(max_length=64)
    finding: str = Field(max_length=16)
    reference: str = Field(default="", max_length=40)


@router.get("")
def page(request: Request, reader: Reader, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language) -> Response:
    """Every account and right as it is now, and the reviews so far."""
    return _page(request, empty(language), reader, session, ring, site, now)


@router.post("/sign")
def sign(
    request: Request,
    form: Annotated[Filled[ReviewForm], Depends(filled(ReviewForm))],
    signer: Signer,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
) -> Response:
    """What was seen is what is signed: where an account changed meanwhile, nothing is."""
    if form.ok:
        with form.attempt(session):
            access_reviews.sign(session, ring, **form.it.model_dump(), reviewer=signer, now=now)
            return redirect(request, "/access-review", flash="signed")
    return _page(request, form, signer, session, ring, site, now, 422)


@router.get("/sign")
def back_to_page(request: Request, signer: Signer) -> Response:
    """Nothing is behind this address but what a form sent: back to the list."""
    del signer
    return redirect(request, "/access-review")


def _page(
    request: Request, form: Filled[ReviewForm], reader: Actor, session: Transaction, ring: Ring, site: OwnSite, now: Now, status: int = 200
) -> Response:
    due = access_reviews.due_at(session, site)
    return show(
        request,
        "access_review.html",
        status,
        form=form,
        access=access_reviews.current(session, ring, site_id=reader.site_id),
        due=due,
        overdue=due <= now,
        signed=access_reviews.signed(session, reader.site_id),
        findings=FINDINGS,
        may_sign=reader.role in access_reviews.MAY_SIGN,
    )
