"""The console of the site's own staff."""

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from kiosk.web import account
from kiosk.web.faces import make_face
from kiosk.web.policy import staff
from kiosk.web.render import render
from kiosk.web.state import State

router = APIRouter()


@router.get("/", dependencies=[Depends(staff())])
def home(request: Request) -> Response:
    """The first page after sign-in."""
    return render(request, "shared/home.html")


def make(state: State) -> FastAPI:
    """The console."""
    app = make_face("console", state)
    app.include_router(account.router("console"))
    app.include_router(router)
    return app
