"""The console of the site's own staff: each role lands on its own page and sees its own navigation."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from access_log.errors import ConflictError
from access_log.policy.actors import Actor
from access_log.policy.told.kept import Audience
from kiosk.console import (
    admin,
    checks,
    desk,
    erasures,
    events,
    find,
    law,
    live,
    manual,
    nav,
    packs,
    proof,
    record,
    retention,
    reviews,
    rights,
    rights_request,
    samples,
    schedules,
    switch,
    traffic,
)
from kiosk.console.admin.words import CONFLICTS as IN_ADMINISTRATION
from kiosk.console.law.words import CONFLICTS as IN_LAW
from kiosk.console.show import show
from kiosk.console.words import CONFLICTS
from kiosk.web import account, password, policy_page
from kiosk.web.faces import error_page, make_face, wants_page
from kiosk.web.policy import staff
from kiosk.web.render import redirect
from kiosk.web.state import State

router = APIRouter()
IN_WORDS = CONFLICTS | IN_ADMINISTRATION
OWN = (
    desk, checks, find, manual, proof, switch, live, events, rights, rights_request, erasures, record, schedules, reviews, retention, packs,
    samples, traffic,
)  # fmt: skip


@router.get("/")
def home(request: Request, actor: Annotated[Actor, Depends(staff())]) -> Response:
    """On to the page that the person's role works on."""
    assert actor.role is not None
    return redirect(request, nav.HOME[actor.role])


def make(state: State) -> FastAPI:
    """The console."""
    app = make_face("console", state)
    app.state.places = nav.PLACES
    app.state.packs = {}
    app.state.place_at = nav.place_at
    app.state.part_at = nav.part_at
    app.include_router(account.router("console"))
    app.include_router(password.router("console"))
    app.include_router(policy_page.router(staff(), "console/layout.html", Audience.STAFF))
    app.include_router(router)
    for module in OWN:
        app.include_router(module.router)
    for other in (*admin.routers, *law.routers):
        app.include_router(other)
    app.add_exception_handler(ConflictError, _conflict)
    return app


async def _conflict(request: Request, error: Exception) -> Response:
    """What came in between, in words. The transaction was rolled back: nothing is half-done."""
    assert isinstance(error, ConflictError)
    words = IN_WORDS | IN_LAW
    if error.code not in words or not wants_page(request):
        return error_page(request, 409)
    return show(request, "conflict.html", 409, text=words[error.code])
