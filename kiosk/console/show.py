"""Pages of the console: short times for a screen that is looked at all day, and the codes of events in words."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from access_log.i18n import LANGUAGES
from kiosk.console.words import DAYS, HOURS, MINUTES, SECONDS, explain
from kiosk.web.deps import language_of
from kiosk.web.render import redirect, render, text_in
from kiosk.web.state import state_of


def show(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of the console in the person's language."""
    say = partial(text_in, language_of(request))
    register = state_of(request)
    now, zone = register.clock(), ZoneInfo(register.zone())
    return render(
        request,
        f"console/{template}",
        status,
        at=lambda moment: clock(moment, now, zone),
        ago=lambda moment: span(now - moment, say),
        lasting=lambda length: span(length, say),
        explain=lambda event: explain(event, say),
        **context,
    )


def clock(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """12:05 today, 11-23 12:05 on another day of the site's zone."""
    local = moment.astimezone(zone)
    return local.strftime("%H:%M" if local.date() == now.astimezone(zone).date() else "%m-%d %H:%M")


def span(length: timedelta, say: Any) -> str:
    """A length of time as one says it: 40 s, 12 min, 3 h 5 min, 2 days."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 60:
        return str(say(SECONDS)).format(n=seconds)
    if seconds < 3600:
        return str(say(MINUTES)).format(n=seconds // 60)
    if seconds < 48 * 3600:
        return str(say(HOURS)).format(h=seconds // 3600, m=seconds % 3600 // 60)
    return str(say(DAYS)).format(n=seconds // 86400)


def elsewhere(request: Request, path: str) -> RedirectResponse:
    """Somebody asked with GET for what is only there after a POST (language link, reload): on to the page it came from."""
    chosen = request.query_params.get("lang")
    return redirect(request, f"{path}?lang={chosen}" if chosen in LANGUAGES else path)
