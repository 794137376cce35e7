"""The privacy officer's desk: what people have asked about their own data, by when it is due, and what they are answered."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.i18n import local_time
from access_log.models import RightsRequest, Site
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.policy.rights import BY_HAND, Channel, RightsKind
from access_log.services import desk, rights, rights_clock, rights_lists
from access_log.services.labels import read_labels
from access_log.services.rights_asked import About, Asked, about_visit
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, Lines, empty, filled
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/rights")
Officer = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER))]
MOMENT = timedelta(seconds=1)


class TypedForm(BaseModel):
    """A letter, a message in a group chat, somebody at the desk. `received` is the day it truly came; `visit` as on the pass."""

    kind: RightsKind
    channel: Literal["desk", "post", "group_chat"]
    received: datetime
    visit: str = Field(default="", max_length=40)
    words: Lines = Field(default="", max_length=2000)
    reply_to: Lines = Field(default="", max_length=400)
    language: Literal["zh-CN", "en"] = "zh-CN"


@router.get("")
def queue(request: Request, officer: Officer, session: Transaction, ring: Ring, site: OwnSite, now: Now) -> Response:
    """What is open, the one due first in front; what was settled lately."""
    waiting, done = rights_lists.queue(session, officer.site_id), rights_lists.settled(session, officer.site_id)
    names = read_labels(session, ring, {row.subject_id for row in (*waiting, *done) if row.subject_id})
    return show(
        request, "rights.html", waiting=[timed(session, row, site, now) for row in waiting], done=done, names=names
    )  # fmt: skip


@router.get("/new")
def new_page(request: Request, officer: Officer, language: Language, site: OwnSite, now: Now) -> Response:
    """Type in what came by another way."""
    del officer
    local = now.astimezone(ZoneInfo(site.zone))
    return _new_page(request, empty(language, received=local.strftime("%Y-%m-%dT%H:%M")))


@router.post("/new")
def type_in(
    request: Request, form: Annotated[Filled[TypedForm], Depends(filled(TypedForm))], officer: Officer, session: Transaction, ring: Ring,
    site: OwnSite, now: Now,
) -> Response:  # fmt: skip
    """With the true day of receipt: the clock runs from then, not from today."""
    if form.ok:
        given = form.it
        about = about_number(session, ring, form, given.visit, officer) if given.visit else About()
        if form.ok:
            asked = Asked(
                given.kind, Channel(given.channel), words=given.words, reply_to=given.reply_to, language=given.language
            )  # fmt: skip
            received_at = given.received.replace(tzinfo=ZoneInfo(site.zone))
            with form.attempt(session):
                made = rights.receive(session, ring, asked=asked, about=about, actor=officer, received_at=received_at, now=now)
                return redirect(request, f"/rights/{made.id}", flash="request_received")
    return _new_page(request, form, 422)


def about_number(session: Transaction, ring: Ring, form: Filled[Any], number: str, officer: Actor) -> About:
    """The visitor of one visit, by its whole number: 1001-1. Names are not searched for here."""
    rows = [row for row in desk.find(session, ring, wanted=number, site_id=officer.site_id) if row.visit.erased_at is None]
    if len(rows) != 1:
        form.refuse("visit", "visit_not_held")
        return About()
    return about_visit(rows[0].visit)


def timed(session: Transaction, row: RightsRequest, site: Site, now: datetime) -> dict[str, Any]:
    """A request with its clock. `used` is the share of the time from receipt that is gone, 100 where it is over."""
    whole = (row.due_at - row.received_at) / MOMENT
    used = min(int((now - row.received_at) / MOMENT / whole * 100), 100) if whole > 0 else 100
    paused = rights_clock.pause_of(session, row)
    last_day = local_time(row.due_at - MOMENT, site.zone)[:10]
    return {"row": row, "used": used, "late": now >= row.due_at, "paused": paused, "last_day": last_day}


def _new_page(request: Request, form: Filled[Any], status: int = 200) -> Response:
    return show(request, "rights_new.html", status, form=form, kinds=list(RightsKind), channels=BY_HAND)
