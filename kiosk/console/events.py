"""What happened, for those who look things up: reviewers, the privacy officer, the auditor. Names are masked."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.models import Site
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import happened
from kiosk.console.show import show
from kiosk.console.words import ACTORS, GROUP_NAMES
from kiosk.web.deps import Now, Ring, Transaction
from kiosk.web.policy import OwnSite, staff

router = APIRouter()


@router.get("/events")
def events(
    request: Request,
    reader: Annotated[Actor, Depends(staff(Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR))],
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
    group: str = "",
    day: str = "",
    before: str = "",
) -> Response:
    """All events, of one day and one kind where asked for. What cannot be a day or a kind narrows nothing."""
    del reader
    return _page(request, "/events", session, ring, site, now, group if group in GROUP_NAMES else "", day, before)


@router.get("/looks")
def looks(
    request: Request,
    reader: Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER, Role.AUDITOR))],
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
    day: str = "",
    before: str = "",
) -> Response:
    """Every look at an identity and every search for one: who, why, whose."""
    del reader
    return _page(request, "/looks", session, ring, site, now, "looks", day, before)


def _page(
    request: Request, path: str, session: Transaction, ring: Ring, site: Site, now: datetime, group: str, day: str, before: str
) -> Response:
    chosen = read_day(day)
    page = happened.listed(session, ring, site=site, group=group, day=chosen, before=read_id(before))
    today = now.astimezone(ZoneInfo(site.zone)).date()
    shown = chosen or today
    return show(
        request,
        "events.html",
        path=path,
        page=page,
        group=group,
        day=chosen.isoformat() if chosen else "",
        groups=GROUP_NAMES,
        begun=bool(before),
        kinds=ACTORS,
        day_before=(shown - timedelta(days=1)).isoformat(),
        day_after=(shown + timedelta(days=1)).isoformat() if shown < today else "",
    )


def read_day(text: str) -> date | None:
    """2026-11-24, or None for what is no day the register could know."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if 2000 <= day.year <= 2200 else None
    return None


def read_id(text: str) -> int | None:
    """An event's number in an address; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
