"""Pages of a visit, and what their handlers ask for."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from access_log.errors import ConflictError
from access_log.i18n import local_time
from access_log.models import Visit
from access_log.services import own_visit
from access_log.services.own_visit import OwnVisit
from kiosk.web.deps import Now, Transaction
from kiosk.web.policy import visitor
from kiosk.web.render import render
from kiosk.web.state import state_of

Visitor = Annotated[Visit, Depends(visitor())]


def _own(visit: Visitor, session: Transaction, now: Now) -> OwnVisit:
    return own_visit.look_up(session, visit, now=now)


Own = Annotated[OwnVisit, Depends(_own)]


def show(request: Request, template: str, own: OwnVisit, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of this visit, in the site's time."""
    now, zone = state_of(request).clock(), own.site.zone
    return render(
        request, f"visitor/{template}", status, own=own, zone=zone, at=partial(spoken, now=now, zone=zone), window=window(own), **context
    )


def spoken(moment: datetime, *, now: datetime, zone: str) -> str:
    """12:05 today, 2026-11-25 12:05 on another day of the site's zone."""
    said = local_time(moment, zone)
    return said[11:] if said[:10] == local_time(now, zone)[:10] else said


def window(own: OwnVisit) -> str:
    """2026-11-24 11:00 – 20:00, with a second date where it ends on another day."""
    begins, ends = local_time(own.visit.window_from, own.site.zone), local_time(own.visit.window_until, own.site.zone)
    return f"{begins} – {ends[11:] if begins[:10] == ends[:10] else ends}"


def held_still(session: Session, visit: Visit) -> Visit:
    """The visit as it is now, kept from changing until the answer. Raises ConflictError where it was erased meanwhile."""
    session.refresh(visit, with_for_update=True)
    if visit.erased_at is not None:
        raise ConflictError("erased")
    return visit
