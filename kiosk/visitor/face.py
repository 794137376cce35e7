"""The visitor's own page. Reached through the link in an invitation; nobody signs in."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from access_log.errors import ConflictError
from kiosk.visitor import ask, data, door, notice, passes, rights
from kiosk.visitor.words import CONFLICTS
from kiosk.web import policy_page
from kiosk.web.faces import error_page, make_face
from kiosk.web.render import render
from kiosk.web.state import State


def make(state: State) -> FastAPI:
    """The visitor's page. The door comes last: whatever is no page might be somebody's link."""
    app = make_face("visitor", state, door="/")
    public_policy = policy_page.public_router("visitor/layout.html")
    for routes in (passes.router, notice.router, data.router, rights.router, ask.router, public_policy, door.router):
        app.include_router(routes)
    app.add_exception_handler(ConflictError, _conflict)
    return app


async def _conflict(request: Request, error: Exception) -> Response:
    """What came in between, in words."""
    assert isinstance(error, ConflictError)
    if error.code not in CONFLICTS:
        return error_page(request, 409)
    return render(request, "visitor/conflict.html", 409, text=CONFLICTS[error.code], zone="UTC")
