"""The privacy notice: read it, say so, or say no. Never a dead end, never a ticked box."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import ConflictError
from access_log.i18n import LANGUAGES
from access_log.models import Notice
from access_log.policy.standing import BEFORE_ENTRY
from access_log.services import change_notices, erasure_receipts, notices, receipts
from access_log.services.letter_texts import HELD
from access_log.services.own_visit import OwnVisit, as_visitor
from kiosk.visitor.show import Own, Visitor, held_still, show
from kiosk.visitor.words import CONFLICTS
from kiosk.web.cookies import drop_session
from kiosk.web.deps import Language, Now, Transaction
from kiosk.web.forms import Filled, filled
from kiosk.web.policy import CurrentSession
from kiosk.web.render import redirect

router = APIRouter(prefix="/notice")
Ending = Literal["decline", "minor"]


class ReadForm(BaseModel):
    """`sha256` is of the text that was on the screen, in hexadecimal."""

    sha256: str = Field(max_length=64)


@router.get("")
def page(request: Request, own: Own, session: Transaction, language: Language) -> Response:
    """What was read, else the version in force, with this visit's own dates."""
    return _page(request, own, session, language)


@router.post("")
def read(
    request: Request,
    form: Annotated[Filled[ReadForm], Depends(filled(ReadForm))],
    own: Own,
    session: Transaction,
    language: Language,
    now: Now,
) -> Response:
    """I have read this. What is recorded is the text that was shown; where it is not in force any more, the new one is shown."""
    if own.notice_read:
        return redirect(request, "/pass")
    shown = _shown(session, own.site.id or 0, form.it.sha256 if form.ok else "")
    if shown is None:
        return _page(request, own, session, language, 409, CONFLICTS["newer_notice"])
    visit = held_still(session, own.visit)
    notices.acknowledge(session, visit=visit, language=shown.language, where="home", actor=as_visitor(visit), now=now)
    return redirect(request, "/pass", flash="notice_read")


@router.get("/{ending}")
def sure(request: Request, ending: Ending, own: Own) -> Response:
    """Ask once more: it cannot be undone."""
    if own.standing not in BEFORE_ENTRY:
        raise ConflictError("on_site")
    return show(request, "end.html", own, ending=ending)


@router.post("/{ending}")
def end(request: Request, ending: Ending, visit: Visitor, session: Transaction, found: CurrentSession, now: Now) -> Response:
    """The visit ends and everything about the person is erased, here and now."""
    if held_still(session, visit).state not in notices.BEFORE_ENTRY:
        raise ConflictError("on_site")
    act = notices.decline if ending == "decline" else notices.minor
    act(session, visit=visit, actor=as_visitor(visit), now=now)
    answer = redirect(request, f"/ended?receipt={erasure_receipts.latest(session, visit.subject_id)}")
    drop_session(request, answer)
    return answer


def _shown(session: Transaction, site_id: int, sha256: str) -> Notice | None:
    """The language of the version in force that has this digest."""
    in_force = [notices.current(session, site_id=site_id, language=language) for language in LANGUAGES]
    return next((notice for notice in in_force if notice.sha256.hex() == sha256), None)


def _page(request: Request, own: OwnVisit, session: Transaction, language: str, status: int = 200, problem: str = "") -> Response:
    notice = notices.of_visit(session, visit=own.visit, language=language)
    title, parts = notices.sections(notice)
    return show(
        request,
        "notice.html",
        own,
        status,
        notice=notice,
        title=title,
        parts=parts,
        changed=change_notices.since_read(session, own.visit, own.site, language),
        dates=receipts.planned(session, own.visit),
        kinds=HELD,
        may_decline=own.standing in BEFORE_ENTRY,
        problem=problem,
    )
