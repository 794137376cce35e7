"""Pages of the portal: windows and times as a contact reads them, in the site's zone."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from access_log.errors import ConflictError
from kiosk.portal.words import CONFLICTS
from kiosk.web.deps import language_of
from kiosk.web.faces import error_page, wants_page
from kiosk.web.render import render, text_in
from kiosk.web.state import state_of


def show(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of the portal in the person's language."""
    register = state_of(request)
    zone = ZoneInfo(register.zone())
    return render(
        request,
        f"portal/{template}",
        status,
        window=lambda begin, end: window(begin, end, register.clock(), zone),
        at=lambda moment: clock(moment, register.clock(), zone),
        say=partial(text_in, language_of(request)),
        **context,
    )


def clock(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """11-24 12:05; with its year where that is not this one."""
    local = moment.astimezone(zone)
    return local.strftime("%m-%d %H:%M" if local.year == now.astimezone(zone).year else "%Y-%m-%d %H:%M")


def window(begin: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> str:
    """11-24 12:00 – 18:00; both days where they differ."""
    first, last = begin.astimezone(zone), end.astimezone(zone)
    until = last.strftime("%H:%M") if first.date() == last.date() else clock(end, now, zone)
    return f"{clock(begin, now, zone)} – {until}"


async def conflict(request: Request, error: Exception) -> Response:
    """What came in between, in words. The transaction was rolled back: nothing is half-done."""
    assert isinstance(error, ConflictError)
    if error.code not in CONFLICTS or not wants_page(request):
        return error_page(request, 409)
    return render(request, "portal/conflict.html", 409, text=CONFLICTS[error.code])
