"""The portal of customers' contacts."""

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from kiosk.web import account
from kiosk.web.faces import make_face
from kiosk.web.policy import contact
from kiosk.web.render import render
from kiosk.web.state import State

router = APIRouter()


@router.get("/", dependencies=[Depends(contact())])
def home(request: Request) -> Response:
    """The first page after sign-in."""
    return render(request, "portal/home.html")


def make(state: State) -> FastAPI:
    """The portal."""
    app = make_face("portal", state)
    app.include_router(account.router("portal"))
    app.include_router(router)
    return app
