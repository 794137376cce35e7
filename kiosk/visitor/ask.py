"""For whoever has no link any more: a code to an address that is held opens the own page. Strangers get the same answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.policy.codes import ActorKind
from access_log.services import rights_proof, sessions, signin
from kiosk.web.cookies import set_session
from kiosk.web.deps import CurrentSite, Language, Now, Ring, Transaction, address_of
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import CurrentSession, public
from kiosk.web.render import redirect, render

router = APIRouter(prefix="/ask", dependencies=[Depends(public())])
MOST_TRIES = 10
"""From one network within a quarter of an hour."""


class MailForm(BaseModel):
    mail: str = Field(max_length=254)


class CodeForm(BaseModel):
    """`asked` is what the code is typed against; it says nothing about anybody."""

    asked: UUID
    code: str = Field(max_length=64)


@router.get("")
def page(request: Request, language: Language) -> Response:
    """The form. Open to everybody: it is the door of those who have no link."""
    return render(request, "visitor/ask.html", form=empty(language), asked=None)


@router.post("")
def begin(
    request: Request, form: Annotated[Filled[MailForm], Depends(filled(MailForm))], site: CurrentSite, session: Transaction, ring: Ring,
    now: Now,
) -> Response:  # fmt: skip
    """Open to everybody: the answer is the same whether anybody is held under the address or not."""
    if form.ok and _is_too_much(request, session, ring, site.id or 0, now):
        form.refuse("mail", "too_many")
    if form.ok:
        with form.attempt(session):
            asked = rights_proof.begin(session, ring, site_id=site.id or 0, mail=form.it.mail, now=now)
            return render(request, "visitor/ask.html", form=form, asked=asked)
    return render(request, "visitor/ask.html", 422, form=form, asked=None)


@router.post("/code")
def prove(
    request: Request, form: Annotated[Filled[CodeForm], Depends(filled(CodeForm))], site: CurrentSite, session: Transaction, ring: Ring,
    found: CurrentSession, now: Now,
) -> Response:  # fmt: skip
    """Open to everybody: a right code is the proof. It opens the own page in this browser."""
    if form.data is None:
        return redirect(request, "/ask")
    if _is_too_much(request, session, ring, site.id or 0, now):
        form.refuse("code", "too_many")
        return render(request, "visitor/ask.html", 422, form=form, asked=form.data.asked)
    outcome = rights_proof.prove_begun(session, ring, code_id=form.data.asked, site_id=site.id or 0, typed=form.data.code, now=now)
    if outcome.visit is None:
        form.refuse("code", "code_not_right")  # the same after too many: else it would say that somebody is held under the address
        return render(request, "visitor/ask.html", 422, form=form, asked=form.data.asked)
    if found is not None:
        sessions.close_session(session, found)
    visit = outcome.visit
    row, cookie = sessions.open_session(
        session, site_id=visit.site_id, face="visitor", kind=ActorKind.VISITOR, actor_id=0, now=now, second_factor_at=now,
        visit_id=str(visit.id),
    )  # fmt: skip
    answer = redirect(request, "/rights", flash="verified")
    set_session(request, answer, row, cookie)
    return answer


@router.get("/code")
def back(request: Request) -> Response:
    """A reload after a wrong code: back to the form. Open to everybody."""
    return redirect(request, "/ask")


def _is_too_much(request: Request, session: Transaction, ring: Ring, site_id: int, now: Now) -> bool:
    """Count this try, and say whether there were too many."""
    bucket = signin.stranger_bucket(ring, signin.Attempt("", address_of(request)), "own-data")
    if signin.too_many(session, bucket, now, MOST_TRIES):
        return True
    signin.note_stranger(session, bucket, site_id=site_id, now=now)
    return False
