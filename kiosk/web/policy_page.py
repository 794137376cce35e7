"""The policy in force, a page that every face has: what is kept, how long and why, from the file that runs."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session, select

from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Site
from access_log.policy.told.kept import Audience
from access_log.policy.told.words import EFFECTS
from access_log.services import notices, policy_page
from access_log.services.sites import clean_code
from kiosk.web.deps import CurrentSite, Language, Now, Transaction
from kiosk.web.policy import OwnSite, public
from kiosk.web.render import render


def router(guard: Callable[..., Any], frame: str, audience: Audience) -> APIRouter:
    """For those who are signed in: the policy of their own site. `frame` is the template the page stands in."""
    routes = APIRouter()

    @routes.get("/policy", dependencies=[Depends(guard)])
    def page(request: Request, session: Transaction, site: OwnSite, language: Language, now: Now) -> Response:
        """What holds now, what is coming, and what was before."""
        return show(request, session, site, language, now, frame, audience)

    return routes


def public_router(frame: str) -> APIRouter:
    """Open to everybody: it is what everybody may know before they come."""
    routes = APIRouter()

    @routes.get("/policy", dependencies=[Depends(public())])
    def page(request: Request, session: Transaction, site: Annotated[Site, Depends(_named)], language: Language, now: Now) -> Response:
        """As it concerns visitors, of the site named by its code (`?site=`), or else of the installation's first."""
        return show(request, session, site, language, now, frame, Audience.VISITORS)

    return routes


def _named(session: Transaction, first: CurrentSite, site: str = "") -> Site:
    if not site:
        return first
    try:
        found = session.exec(select(Site).where(Site.code == clean_code(site))).one_or_none()
    except RefusedInputError:
        found = None
    if found is None:
        raise NotFoundError
    return found


def show(request: Request, session: Session, site: Site, language: str, now: datetime, frame: str, audience: Audience) -> Response:
    """The page."""
    it = policy_page.in_force(session, site=site, language=language, audience=audience, now=now)
    try:
        notice = notices.current(session, site_id=site.id or 0, language=language)
    except NotFoundError:
        notice = None
    parts = notices.sections(notice) if notice else ("", [])
    return render(
        request,
        "shared/policy.html",
        frame=frame,
        it=it,
        site=site,
        audience=audience.value,
        notice=notice,
        parts=parts,
        effects=EFFECTS,
        zone=site.zone,
    )
