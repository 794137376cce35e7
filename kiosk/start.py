"""The start page: where the four faces are; in the demo also who can sign in, and the mail that was sent."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from access_log.demo import DEMO_PASSWORD, DEMO_PIN, demo_code, sign_ins
from access_log.errors import NotFoundError
from access_log.mail import DEMO_INBOX
from kiosk.web.deps import Now, SettingsDep
from kiosk.web.policy import public
from kiosk.web.render import render

router = APIRouter(dependencies=[Depends(public())])


@router.get("/")
def start(request: Request, settings: SettingsDep, now: Now) -> Response:
    """Open to everybody: shows no data. The sign-ins are shown in the demo only, whose people are invented."""
    demo = {"people": sign_ins(), "password": DEMO_PASSWORD, "pin": DEMO_PIN, "code": demo_code(now)} if settings.demo else None
    faces = {name: settings.face_url(name, "/") if getattr(settings, f"{name}_host") else path for name, path in PATHS.items()}
    return render(request, "shared/start.html", faces=faces, sign_in=demo)


PATHS = {"lobby": "/lobby/", "portal": "/portal/", "console": "/console/", "visitor": "/visit/"}


@router.get("/inbox")
def inbox(request: Request, settings: SettingsDep) -> Response:
    """The demo's mail. Open to everybody in the demo, not there otherwise."""
    if not settings.demo:
        raise NotFoundError
    return render(request, "shared/inbox.html", letters=list(DEMO_INBOX), base_url=settings.base_url)


@router.get("/favicon.ico", include_in_schema=False)
def favicon() -> Response:
    """Browsers ask for it unasked. Open to everybody."""
    return RedirectResponse("/static/shared/icon.svg", 308)
