"""One request at the privacy officer's desk: read it, wait for the person, answer, refuse."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import ConflictError
from access_log.models import RightsRequest, Site, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import Item
from access_log.policy.rights import BY_HAND, Ground, PauseReason, Proof, RequestState
from access_log.services import (
    desk,
    identity,
    rights,
    rights_answers,
    rights_asked,
    rights_clock,
    rights_codes,
    rights_corrections,
    rights_lists,
)
from access_log.services.labels import read_labels
from access_log.services.rights_asked import About
from access_log.services.rights_texts import COURT, GROUNDS
from kiosk.console.rights import Officer, about_number, timed
from kiosk.console.show import elsewhere, show
from kiosk.web.answer_file import context_of
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/rights")


class PersonForm(BaseModel):
    visit: str = Field(max_length=40)


class GroundForm(BaseModel):
    ground: Ground


class PauseForm(BaseModel):
    reason: PauseReason


class CorrectForm(BaseModel):
    """What shall stand there. Empty leaves a line as it is."""

    name: str = Field(default="", max_length=80)
    mail: str = Field(default="", max_length=254)
    phone: str = Field(default="", max_length=40)


@router.get("/{request_id}")
def one(request: Request, request_id: UUID, officer: Officer, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """A request: its clock, who asked, what can be done."""
    return _page(request, _its(session, request_id, officer), session, ring, empty(language), now)


@router.post("/{request_id}/read")
def read(request: Request, request_id: UUID, officer: Officer, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """What was asked, in the person's words. The look is recorded, and the person can see it."""
    its = _its(session, request_id, officer)
    words = identity.read_paper(session, ring, request=its, item=Item.REQUEST, actor=officer, now=now)
    return _page(request, its, session, ring, empty(language), now, paper=rights_asked.read(words))


@router.post("/{request_id}/person")
def person(
    request: Request, request_id: UUID, form: Annotated[Filled[PersonForm], Depends(filled(PersonForm))], officer: Officer,
    session: Transaction, ring: Ring, now: Now,
) -> Response:  # fmt: skip
    """Whose data a typed-in request is about, by the number of a visit."""
    its = _its(session, request_id, officer)
    about = about_number(session, ring, form, form.it.visit, officer) if form.ok else About()
    if form.ok and about.visit_id is not None:
        rights.is_about(session, request=its, visit=session.get_one(Visit, about.visit_id))
        return redirect(request, f"/rights/{its.id}", flash="saved")
    return _page(request, its, session, ring, form, now, 422)


@router.post("/{request_id}/code")
def send_code(request: Request, request_id: UUID, officer: Officer, session: Transaction, now: Now) -> Response:
    """To the address that is held, for the person to type on their own page. Nobody here ever asks for it."""
    its = _its(session, request_id, officer)
    visit = session.get(Visit, its.visit_id) if its.visit_id else None
    sent = visit is not None and rights_codes.send_code(session, visit=visit, now=now)
    return redirect(request, f"/rights/{its.id}", flash="code_sent" if sent else "desk_only")


@router.post("/{request_id}/pause")
def pause(
    request: Request, request_id: UUID, form: Annotated[Filled[PauseForm], Depends(filled(PauseForm))], officer: Officer,
    session: Transaction, ring: Ring, now: Now,
) -> Response:  # fmt: skip
    """The desk waits for the person, and only for them."""
    its = _its(session, request_id, officer)
    if not form.ok:
        return _page(request, its, session, ring, form, now, 422)
    rights_clock.stand_still(session, request=its, reason=form.it.reason, actor=officer, now=now)
    return redirect(request, f"/rights/{its.id}", flash="paused")


@router.post("/{request_id}/resume")
def resume(request: Request, request_id: UUID, officer: Officer, session: Transaction, now: Now) -> Response:
    """What was waited for is there."""
    its = _its(session, request_id, officer)
    rights_clock.go_on(session, request=its, actor=officer, now=now)
    return redirect(request, f"/rights/{its.id}", flash="saved")


@router.post("/{request_id}/refuse")
def refuse(
    request: Request, request_id: UUID, form: Annotated[Filled[GroundForm], Depends(filled(GroundForm))], officer: Officer,
    session: Transaction, ring: Ring, now: Now,
) -> Response:  # fmt: skip
    """No, on a ground; its words and the way to court are what the person reads."""
    its = _its(session, request_id, officer)
    if not form.ok:
        return _page(request, its, session, ring, form, now, 422)
    rights_answers.refuse(session, request=its, ground=form.it.ground, actor=officer, now=now)
    return redirect(request, "/rights", flash="request_refused")


@router.post("/{request_id}/correct")
def correct(
    request: Request, request_id: UUID, form: Annotated[Filled[CorrectForm], Depends(filled(CorrectForm))], officer: Officer,
    session: Transaction, ring: Ring, now: Now,
) -> Response:  # fmt: skip
    """Put right what a verified person says is wrong. The old version is erased."""
    its = _its(session, request_id, officer)
    if form.ok:
        with form.attempt(session):
            wanted = rights_corrections.Wanted(form.it.name, form.it.mail, form.it.phone)
            rights_corrections.correct(session, ring, request=its, wanted=wanted, actor=officer, now=now)
            return redirect(request, "/rights", flash="request_answered")
    return _page(request, its, session, ring, form, now, 422)


@router.post("/{request_id}/grant")
def grant(request: Request, request_id: UUID, officer: Officer, session: Transaction, ring: Ring, now: Now) -> Response:
    """Yes to a restriction or an objection: the item is frozen."""
    its = _its(session, request_id, officer)
    rights_corrections.freeze(session, request=its, actor=officer, now=now)
    return redirect(request, "/rights", flash="request_answered")


@router.post("/{request_id}/print")
def to_print(request: Request, request_id: UUID, officer: Officer, session: Transaction, ring: Ring, now: Now) -> Response:
    """An answer that has to go by post. The officer sees it, and the person sees that they did."""
    its = _its(session, request_id, officer)
    told = rights_answers.fetch(session, ring, request=its, actor=officer, now=now) if its.channel in BY_HAND else None
    if told is None:
        raise ConflictError("no_answer_to_print")
    return show(request, "rights_print.html", its=its, **context_of(told))


@router.get("/{request_id}/read")
@router.get("/{request_id}/person")
@router.get("/{request_id}/pause")
@router.get("/{request_id}/refuse")
@router.get("/{request_id}/correct")
@router.get("/{request_id}/print")
def back(request: Request, request_id: UUID, officer: Officer) -> Response:
    """What is only there after a press: back to the request."""
    del officer
    return elsewhere(request, f"/rights/{request_id}")


def _its(session: Transaction, request_id: UUID, officer: Actor) -> RightsRequest:
    return rights_lists.of(session, request_id=request_id, site_id=officer.site_id)


def _page(
    request: Request, its: RightsRequest, session: Transaction, ring: Ring, form: Filled[Any], now: datetime, status: int = 200,
    paper: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    site = session.get_one(Site, its.site_id)
    visit = session.get(Visit, its.visit_id) if its.visit_id else None
    name = read_labels(session, ring, [its.subject_id]).get(its.subject_id, "") if its.subject_id else ""
    opened = its.state is RequestState.OPEN
    return show(
        request, "rights_one.html", status, form=form, its=its, name=name, paper=paper, open=opened, court=COURT,
        timed=timed(session, its, site, now), pauses=rights_lists.pauses(session, its), grounds=list(Ground), reasons=list(PauseReason),
        number=desk.of_visits(session, ring, [visit.id])[visit.id].number if visit else "",
        verified=its.proof is not Proof.NONE, by_mail=visit is not None and rights_codes.has_channel(session, visit=visit, now=now),
        has_file=rights_answers.has_file(session, its), by_hand=its.channel in BY_HAND,
        ground=text_in(its.language, GROUNDS[its.ground]) if its.ground else "", their_court=text_in(its.language, COURT),
    )  # fmt: skip
