"""The visitor's own page. Reached through the link in an invitation; nobody signs in."""

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from kiosk.web.faces import make_face
from kiosk.web.policy import public
from kiosk.web.render import render
from kiosk.web.state import State

router = APIRouter(dependencies=[Depends(public())])


@router.get("/")
def home(request: Request) -> Response:
    """Where somebody lands without their link. Open to everybody: shows no data."""
    return render(request, "shared/no_link.html")


def make(state: State) -> FastAPI:
    """The visitor's page."""
    app = make_face("visitor", state)
    app.include_router(router)
    return app
