"""At the guard desk: somebody who asks for their own data shows a document. The guard compares, and hands over a code."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.codes import group_code
from access_log.models import Visit
from access_log.policy.actors import Actor
from access_log.services import desk, rights_lists, rights_proof, visits
from kiosk.console.desk import Guard
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/proof")


class NumberForm(BaseModel):
    """Of a request (1001), or of a visit (1001-1)."""

    number: str = Field(max_length=40)


class MatchForm(BaseModel):
    verdict: Literal["match", "differs"]


@router.get("")
def page(request: Request, guard: Guard, language: Language) -> Response:
    """What the person says: the number of their request or visit."""
    del guard
    return show(request, "proof.html", form=empty(language))


@router.post("")
def look(
    request: Request, form: Annotated[Filled[NumberForm], Depends(filled(NumberForm))], guard: Guard, session: Transaction, ring: Ring,
    now: Now,
) -> Response:  # fmt: skip
    """The name, to compare with the document. The look is recorded, and the person can see it."""
    visit = _meant(session, ring, form.it.number, guard) if form.ok else None
    if visit is None:
        if form.ok:
            form.refuse("number", "no_such_request")
        return show(request, "proof.html", 422, form=form)
    person = rights_proof.look(session, ring, visit=visit, guard=guard, now=now)
    row = desk.of_visits(session, ring, [visit.id])[visit.id]
    return show(request, "proof_look.html", visit_id=visit.id, person=person, row=row)


@router.post("/{visit_id}")
def answer(
    request: Request, visit_id: UUID, form: Annotated[Filled[MatchForm], Depends(filled(MatchForm))], guard: Guard, session: Transaction,
    ring: Ring, now: Now,
) -> Response:  # fmt: skip
    """The document matches: a code to hand over. It does not: recorded, and nothing is disclosed."""
    visit = visits.get(session, visit_id, site_id=guard.site_id)
    if not form.ok:
        return redirect(request, "/proof")
    if form.it.verdict == "differs":
        rights_proof.not_the_person(session, visit=visit, guard=guard, now=now)
        return redirect(request, "/proof", flash="not_the_person")
    code = rights_proof.hand_out(session, ring, visit=visit, guard=guard, now=now)
    return show(request, "proof_code.html", code=group_code(code))


@router.get("/{visit_id}")
def back(request: Request, visit_id: UUID, guard: Guard) -> Response:
    """A name or a code is never behind an address."""
    del visit_id, guard
    return elsewhere(request, "/proof")


def _meant(session: Transaction, ring: Ring, number: str, guard: Actor) -> Visit | None:
    """The visit of a request, or the one of this number, as long as its person is held."""
    text = number.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:  # of a request: a visit's has a dash
        asked = rights_lists.by_number(session, number=int(text), site_id=guard.site_id)
        found = session.get(Visit, asked.visit_id) if asked is not None and asked.visit_id else None
        return found if found is not None and found.erased_at is None else None
    rows = [row for row in desk.find(session, ring, wanted=text, site_id=guard.site_id) if row.visit.erased_at is None]
    return rows[0].visit if len(rows) == 1 else None
