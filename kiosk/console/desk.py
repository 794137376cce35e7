"""The guards' desk: what needs somebody, who is inside, who is expected, what has just happened."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import badges, calls, happened, visits
from access_log.services import desk as desks
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import empty
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter()
Guard = Annotated[Actor, Depends(staff(Role.GUARD))]


@router.get("/desk")
def desk(request: Request, guard: Guard, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language) -> Response:
    """The whole desk. Names are masked: looking at it reveals nobody."""
    shown = desks.look(session, ring, site=site, now=now)
    events = happened.recent(session, ring, site_id=guard.site_id)
    return show(request, "desk.html", desk=shown, events=events, site=site, form=empty(language))


@router.post("/calls/{call_id}/answer")
def answer(request: Request, call_id: RowId, guard: Guard, session: Transaction, now: Now) -> Response:
    """The kiosk tells the visitor that a guard is coming."""
    calls.answer(session, call_id=call_id, guard=guard, now=now)
    return redirect(request, "/desk", flash="answered")


@router.post("/badges/{visit_id}/return")
def badge_back(request: Request, visit_id: UUID, guard: Guard, session: Transaction, now: Now) -> Response:
    """The badge lies on the desk again."""
    visit = visits.get(session, visit_id, site_id=guard.site_id)
    badges.take_back(session, visit=visit, guard=guard, now=now)
    return redirect(request, "/desk", flash="badge_back")
