"""A contact's own rights: what is held about them, put right, explained, closed. Their account and its password are the proof."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import ConflictError, NotFoundError
from access_log.i18n import local_time
from access_log.models import Contact, RightsRequest, Site
from access_log.policy.actors import Actor
from access_log.policy.rights import NEEDS_WORDS, OF_CONTACT, Channel, Proof, RequestState, RightsKind
from access_log.services import policies, rights, rights_answers, rights_clock, rights_lists, signin
from access_log.services.rights_asked import About, Asked
from access_log.services.rights_texts import COURT
from kiosk.portal.show import show
from kiosk.web.answer_file import as_page, context_of
from kiosk.web.cookies import DEVICE, drop_session
from kiosk.web.deps import Language, Now, Ring, Transaction, address_of
from kiosk.web.forms import Filled, Lines, empty, filled
from kiosk.web.policy import contact
from kiosk.web.render import redirect

router = APIRouter(prefix="/rights")
Somebody = Annotated[Actor, Depends(contact())]
MOMENT = timedelta(seconds=1)


class AskForm(BaseModel):
    words: Lines = Field(default="", max_length=2000)
    present: str = Field(max_length=1024)


@router.get("")
def overview(request: Request, somebody: Somebody, session: Transaction) -> Response:
    """What one may ask, and what became of what was asked."""
    me = session.get_one(Contact, somebody.id)
    days = policies.in_force(session, session.get_one(Site, me.site_id)).clocks.answer_working_days
    return show(request, "rights_list.html", mine=rights_lists.about_person(session, me.subject_id), kinds=OF_CONTACT, days=days)


@router.get("/new/{kind}")
def ask_page(request: Request, kind: RightsKind, somebody: Somebody, session: Transaction, language: Language, now: Now) -> Response:
    """What will happen, and until when, before anything is sent."""
    return _ask_page(request, kind, somebody, session, empty(language), now)


@router.post("/new/{kind}")
def ask(
    request: Request, kind: RightsKind, form: Annotated[Filled[AskForm], Depends(filled(AskForm))], somebody: Somebody,
    session: Transaction, ring: Ring, language: Language, now: Now,
) -> Response:  # fmt: skip
    """The password again: an open browser is not its owner. Answered at once where the register can."""
    if kind not in OF_CONTACT:
        raise NotFoundError
    me = session.get_one(Contact, somebody.id)
    attempt = signin.Attempt(device=request.cookies.get(DEVICE, ""), address=address_of(request))
    if form.ok and (fault := signin.present_password(session, ring, me, form.it.present, attempt, now)):
        form.refuse("present", fault)
    if form.ok:
        asked = Asked(kind, Channel.PORTAL, words=form.it.words, language=language)
        about = About(subject_id=me.subject_id, customer_id=me.customer_id)
        with form.attempt(session):
            made = rights.receive(session, ring, asked=asked, about=about, actor=somebody, received_at=now, now=now)
            rights.verify(session, request=made, proof=Proof.ACCOUNT, actor=somebody, now=now)
            rights_answers.carry_out(session, ring, request=made, actor=somebody, now=now)
            return _asked(request, made)
    return _ask_page(request, kind, somebody, session, form, now, 422)


@router.get("/{request_id}")
def one(request: Request, request_id: UUID, somebody: Somebody, session: Transaction) -> Response:
    """Where a request stands."""
    mine = _mine(session, somebody, request_id)
    site = session.get_one(Site, mine.site_id)
    return show(
        request, "rights_one.html", mine=mine, court=COURT, open=mine.state is RequestState.OPEN, last_day=_last_day(mine.due_at, site),
        has_file=rights_answers.has_file(session, mine),
    )  # fmt: skip


@router.post("/{request_id}/answer")
def answer(request: Request, request_id: UUID, somebody: Somebody, session: Transaction, ring: Ring, now: Now) -> Response:
    """The answer on the screen. Each time is recorded."""
    mine = _mine(session, somebody, request_id)
    return show(request, "rights_answer.html", mine=mine, **context_of(_told(session, ring, mine, somebody, now)))


@router.post("/{request_id}/file/{kind}")
def file(
    request: Request, request_id: UUID, kind: Literal["html", "json"], somebody: Somebody, session: Transaction, ring: Ring, now: Now
) -> Response:
    """The answer as a file: to read, or for a program."""
    mine = _mine(session, somebody, request_id)
    told = _told(session, ring, mine, somebody, now)
    headers = {"Content-Disposition": f'attachment; filename="request-{mine.number}.{kind}"'}
    if kind == "json":
        return Response(json.dumps(told, ensure_ascii=False, indent=2), media_type="application/json", headers=headers)
    return Response(as_page(request, told), media_type="text/html; charset=utf-8", headers=headers)


@router.get("/{request_id}/answer")
def back(request: Request, request_id: UUID, somebody: Somebody) -> Response:
    """A reload of what is only there after a press: back to the request."""
    del somebody
    return redirect(request, f"/rights/{request_id}")


def _asked(request: Request, made: RightsRequest) -> Response:
    """On to the request; where the account was closed, a last page without it."""
    if made.outcome.get("closed"):
        request.state.account = None
        answer: Response = show(request, "account_closed.html", number=made.number)
        drop_session(request, answer)
        return answer
    return redirect(request, f"/rights/{made.id}", flash="request_received")


def _mine(session: Transaction, somebody: Actor, request_id: UUID) -> RightsRequest:
    return rights_lists.of_subject(session, request_id=request_id, subject_id=session.get_one(Contact, somebody.id).subject_id)


def _told(session: Transaction, ring: Ring, mine: RightsRequest, somebody: Actor, now: datetime) -> dict[str, Any]:
    told = rights_answers.fetch(session, ring, request=mine, actor=somebody, now=now)
    if told is None:
        raise ConflictError("no_answer")
    return told


def _last_day(due_at: datetime, site: Site) -> str:
    """An answer is in time until this day is over."""
    return local_time(due_at - MOMENT, site.zone)[:10]


def _ask_page(
    request: Request, kind: RightsKind, somebody: Actor, session: Transaction, form: Filled[Any], now: datetime, status: int = 200
) -> Response:
    if kind not in OF_CONTACT:
        raise NotFoundError
    me = session.get_one(Contact, somebody.id)
    site = session.get_one(Site, me.site_id)
    last_day = _last_day(rights_clock.clock(session, site, now).due_at(), site)
    closing = kind is RightsKind.CLOSE_ACCOUNT
    return show(
        request, "rights_ask.html", status, form=form, kind=kind, last_day=last_day, needs_words=kind in NEEDS_WORDS, closing=closing,
        visits=rights_answers.open_visits(session, me) if closing else 0,
    )  # fmt: skip
