"""The way in: the link of an invitation. Looking at it consumes nothing; a press of a button opens the visit in this browser."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Site, Visit, WebSession
from access_log.policy.codes import ActorKind
from access_log.services import erasure_receipts, own_visit, sessions, visits
from access_log.services.erasure_receipts import Receipt
from access_log.services.letter_texts import HELD
from access_log.settings import Settings
from kiosk.visitor.show import Visitor, held_still
from kiosk.web.cookies import drop_session, set_language, set_session
from kiosk.web.deps import Now, SettingsDep, Transaction
from kiosk.web.forms import Filled, filled
from kiosk.web.policy import CurrentSession, public, visit_of
from kiosk.web.render import redirect, render

router = APIRouter()
PAGES = ("/pass", "/pass/picture", "/notice", "/receipt", "/data", "/rights")


class LanguageForm(BaseModel):
    """`back` is the page the choice was made on."""

    language: Literal["zh-CN", "en"]
    back: str = Field(default="", max_length=100)


@router.get("/", dependencies=[Depends(public())])
def home(request: Request, session: Transaction, found: CurrentSession, now: Now) -> Response:
    """On to the visit; the notice first, until it is read. Open to everybody: without a link it shows no data."""
    visit = visit_of(session, found)
    if visit is None:
        return render(request, "shared/no_link.html")
    return redirect(request, "/pass" if own_visit.look_up(session, visit, now=now).notice_read else "/notice")


@router.get("/ended", dependencies=[Depends(public())])
def ended(request: Request, session: Transaction, settings: SettingsDep, now: Now, receipt: str = "") -> Response:
    """After a no. Open to everybody: the same words for whatever reason, and no data; with the receipt's random number, its dates."""
    return render(request, "visitor/ended.html", erased=_receipts(session, receipt, settings, now), kinds=HELD)


def _receipts(session: Transaction, receipt: str, settings: Settings, now: datetime) -> list[Receipt]:
    try:
        found = erasure_receipts.one(session, UUID(receipt), horizon=settings.horizon, now=now)
    except ValueError:
        found = None
    return [found] if found is not None else []


@router.post("/sign-out", dependencies=[Depends(public())])
def sign_out(request: Request, session: Transaction, found: CurrentSession) -> Response:
    """Forget the visit in this browser. Open to everybody: signing out twice is no error."""
    if found is not None:
        sessions.close_session(session, found)
    answer = redirect(request, "/", flash="signed_out")
    drop_session(request, answer)
    return answer


@router.post("/language")
def choose_language(
    request: Request, form: Annotated[Filled[LanguageForm], Depends(filled(LanguageForm))], visit: Visitor, session: Transaction
) -> Response:
    """The language of these pages and of every further message."""
    if not form.ok:
        return redirect(request, "/pass")
    held_still(session, visit).language = form.it.language
    session.add(visit)
    answer = redirect(request, form.it.back if form.it.back in PAGES else "/pass")
    set_language(answer, form.it.language)
    return answer


@router.get("/{token}", dependencies=[Depends(public())])
def door(request: Request, token: str, session: Transaction, settings: SettingsDep, now: Now) -> Response:
    """A button, and nothing about anybody: previews and mail scanners look here too. Open to whoever holds the link."""
    visit = visits.visit_by_link(session, token)
    if visit is None or visit.erased_at is not None:
        return _closed(request, visit, session, settings, now)
    return render(request, "visitor/door.html", site=session.get_one(Site, visit.site_id))


@router.post("/{token}", dependencies=[Depends(public())])
def come_in(request: Request, token: str, session: Transaction, found: CurrentSession, settings: SettingsDep, now: Now) -> Response:
    """The link becomes a session of this browser, under an address without it. Open to whoever holds the link."""
    visit = visits.visit_by_link(session, token)
    if visit is None or visit.erased_at is not None:
        return _closed(request, visit, session, settings, now)
    if found is not None:
        sessions.close_session(session, found)
    sessions.forget_expired(session, now=now)
    own_visit.note_viewed(session, visit, now=now)
    row, cookie = _open(session, visit, now)
    answer = redirect(request, "/")
    set_session(request, answer, row, cookie)
    return answer


def _open(session: Transaction, visit: Visit, now: Now) -> tuple[WebSession, str]:
    return sessions.open_session(
        session, site_id=visit.site_id, face="visitor", kind=ActorKind.VISITOR, actor_id=0, now=now, visit_id=str(visit.id)
    )


def _closed(request: Request, visit: Visit | None, session: Transaction, settings: Settings, now: datetime) -> Response:
    """Never was, was replaced, was mistyped: one answer. Only a right link is told that its visit was erased, and shown the receipt."""
    if visit is None:
        return render(request, "visitor/no_such_link.html", 404)
    erased = erasure_receipts.of_subject(session, visit.subject_id, horizon=settings.horizon, now=now)
    by_itself = bool(erased) and erased[0].row.reason == "due"
    return render(request, "visitor/ended.html", 410, erased=erased if by_itself else erased[:1], kinds=HELD)
