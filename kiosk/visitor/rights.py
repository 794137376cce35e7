"""The person's rights, from their own page: ask, show who one is, fetch the answer. No account; nothing new is asked for."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import ConflictError, NotFoundError
from access_log.i18n import local_time
from access_log.models import RightsRequest, WebSession
from access_log.policy.codes import Item
from access_log.policy.rights import NEEDS_WORDS, OF_VISITOR, Channel, Proof, RequestState, RightsKind, is_fresh
from access_log.services import policies, rights, rights_answers, rights_clock, rights_codes, rights_lists, rights_proof
from access_log.services.own_visit import OwnVisit, as_visitor
from access_log.services.rights_asked import Asked, about_visit
from access_log.services.rights_texts import COURT
from kiosk.visitor.show import Own, held_still, show
from kiosk.web.answer_file import as_page, context_of
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, Lines, empty, filled
from kiosk.web.policy import CurrentSession
from kiosk.web.render import redirect

router = APIRouter(prefix="/rights")
MOMENT = timedelta(seconds=1)


class AskForm(BaseModel):
    """`item` where a single one is meant."""

    item: Literal["name", "contact"] | None = None
    words: Lines = Field(default="", max_length=2000)


class CodeForm(BaseModel):
    code: str = Field(max_length=64)


@router.get("")
def overview(request: Request, own: Own, session: Transaction) -> Response:
    """What one may ask, and what became of what was asked."""
    mine = rights_lists.about_person(session, own.visit.subject_id)
    return show(
        request, "rights.html", own, mine=mine, kinds=OF_VISITOR, days=policies.in_force(session, own.site).clocks.answer_working_days
    )


@router.get("/new/{kind}")
def ask_page(request: Request, kind: RightsKind, own: Own, session: Transaction, language: Language, now: Now) -> Response:
    """What will happen, and until when, before anything is sent."""
    return _ask_page(request, kind, own, session, empty(language), now)


@router.post("/new/{kind}")
def ask(
    request: Request,
    kind: RightsKind,
    form: Annotated[Filled[AskForm], Depends(filled(AskForm))],
    own: Own,
    found: CurrentSession,
    session: Transaction,
    ring: Ring,
    language: Language,
    now: Now,
) -> Response:
    """Take the request in. Somebody who has just shown who they are is answered at once; everybody else is asked for a code."""
    _of_visitor(kind)
    if not form.ok:
        return _ask_page(request, kind, own, session, form, now, 422)
    item = Item(form.it.item) if form.it.item and kind in NEEDS_WORDS else None
    asked = Asked(kind, Channel.OWN_PAGE, item, form.it.words, language=language)
    visit, actor = held_still(session, own.visit), as_visitor(own.visit)
    with form.attempt(session):
        made = rights.receive(session, ring, asked=asked, about=about_visit(visit), actor=actor, received_at=now, now=now)
        if _is_verified(found, now):
            rights.verify(session, request=made, proof=Proof.CODE, actor=actor, now=now)
            rights_answers.carry_out(session, ring, request=made, actor=actor, now=now)
        elif made.verified_at is None:
            with suppress(ConflictError):  # enough codes were sent already: the newest still works
                rights_codes.send_code(session, visit=visit, now=now)
        return redirect(request, f"/rights/{made.id}", flash="request_received")
    return _ask_page(request, kind, own, session, form, now, 422)


@router.get("/{request_id}")
def one(
    request: Request, request_id: UUID, own: Own, found: CurrentSession, session: Transaction, language: Language, now: Now
) -> Response:
    """Where a request stands, and what is needed next."""
    return _page(request, _mine(session, own, request_id), own, found, session, empty(language), now)


@router.post("/{request_id}/code")
def send_code(request: Request, request_id: UUID, own: Own, session: Transaction, now: Now) -> Response:
    """Send a code to the address that is held. The page never shows the address."""
    mine = _mine(session, own, request_id)
    sent = rights_codes.send_code(session, visit=held_still(session, own.visit), now=now)
    return redirect(request, f"/rights/{mine.id}", flash="code_sent" if sent else "desk_only")


@router.post("/{request_id}/prove")
def prove(
    request: Request,
    request_id: UUID,
    form: Annotated[Filled[CodeForm], Depends(filled(CodeForm))],
    own: Own,
    found: CurrentSession,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Type the code. A wrong one is recorded and says nothing about why."""
    mine = _mine(session, own, request_id)
    if form.ok:
        outcome = rights_proof.prove(session, ring, visit=held_still(session, own.visit), typed=form.it.code, now=now)
        if outcome.visit is not None:
            assert found is not None
            found.second_factor_at = now
            session.add(found)
            return redirect(request, f"/rights/{mine.id}", flash="verified")
        form.refuse("code", "code_not_right" if outcome.fault == "wrong_code" else "only_the_desk")
    return _page(request, mine, own, found, session, form, now, 422)


@router.post("/{request_id}/answer")
def answer(
    request: Request, request_id: UUID, own: Own, found: CurrentSession, session: Transaction, ring: Ring, language: Language, now: Now
) -> Response:
    """The answer on the screen, to somebody who has shown who they are in this browser. Each time is recorded."""
    mine = _mine(session, own, request_id)
    told = _told(session, ring, mine, own, found, now)
    if told is None:
        return _page(request, mine, own, found, session, empty(language), now, 409)
    return show(request, "rights_answer.html", own, mine=mine, **context_of(told))


@router.post("/{request_id}/file/{kind}")
def file(
    request: Request,
    request_id: UUID,
    kind: Literal["html", "json"],
    own: Own,
    found: CurrentSession,
    session: Transaction,
    ring: Ring,
    language: Language,
    now: Now,
) -> Response:
    """The answer as a file: to read, or for a program."""
    mine = _mine(session, own, request_id)
    told = _told(session, ring, mine, own, found, now)
    if told is None:
        return _page(request, mine, own, found, session, empty(language), now, 409)
    name = f"request-{mine.number}.{kind}"
    if kind == "json":
        body = json.dumps(told, ensure_ascii=False, indent=2)
        return Response(body, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    return Response(
        as_page(request, told), media_type="text/html; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.post("/{request_id}/take-back")
def take_back(request: Request, request_id: UUID, own: Own, session: Transaction, now: Now) -> Response:
    """Not asked any more."""
    mine = _mine(session, own, request_id)
    rights.take_back(session, request=mine, actor=as_visitor(own.visit), now=now)
    return redirect(request, "/rights", flash="taken_back")


@router.get("/{request_id}/prove")
@router.get("/{request_id}/answer")
def back(request: Request, request_id: UUID, own: Own) -> Response:
    """A reload of what is only there after a press: back to the request."""
    del own
    return redirect(request, f"/rights/{request_id}")


def _of_visitor(kind: RightsKind) -> None:
    if kind not in OF_VISITOR:
        raise NotFoundError


def _mine(session: Transaction, own: OwnVisit, request_id: UUID) -> RightsRequest:
    return rights_lists.of_subject(session, request_id=request_id, subject_id=own.visit.subject_id)


def _is_verified(found: WebSession | None, now: datetime) -> bool:
    return found is not None and is_fresh(found.second_factor_at, now)


def _told(
    session: Transaction, ring: Ring, mine: RightsRequest, own: OwnVisit, found: WebSession | None, now: datetime
) -> dict[str, Any] | None:
    """The link alone opens nothing: many may have it."""
    if not _is_verified(found, now):
        return None
    return rights_answers.fetch(session, ring, request=mine, actor=as_visitor(own.visit), now=now)


def _last_day(due_at: datetime, own: OwnVisit) -> str:
    """An answer is in time until this day is over."""
    return local_time(due_at - MOMENT, own.site.zone)[:10]


def _ask_page(
    request: Request, kind: RightsKind, own: OwnVisit, session: Transaction, form: Filled[AskForm], now: datetime, status: int = 200
) -> Response:
    _of_visitor(kind)
    deletes = kind in (RightsKind.DELETE, RightsKind.WITHDRAW)
    return show(
        request,
        "rights_ask.html",
        own,
        status,
        form=form,
        kind=kind,
        last_day=_last_day(rights_clock.clock(session, own.site, now).due_at(), own),
        fates=rights_answers.foreseen(session, visit=own.visit, kind=kind, now=now) if deletes else [],
        needs_words=kind in NEEDS_WORDS,
    )


def _page(
    request: Request,
    mine: RightsRequest,
    own: OwnVisit,
    found: WebSession | None,
    session: Transaction,
    form: Filled[Any],
    now: datetime,
    status: int = 200,
) -> Response:
    return show(
        request,
        "rights_one.html",
        own,
        status,
        mine=mine,
        form=form,
        court=COURT,
        local_day=lambda text: local_time(datetime.fromisoformat(text), own.site.zone)[:10],
        last_day=_last_day(mine.due_at, own),
        open=mine.state is RequestState.OPEN,
        paused=rights_clock.pause_of(session, mine) is not None,
        verified_here=_is_verified(found, now),
        has_file=rights_answers.has_file(session, mine),
        by_mail=rights_codes.has_channel(session, visit=own.visit, now=now),
    )
