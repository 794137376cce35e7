"""Legal holds: whom they keep, on whose order, and the two people each step takes. Names are masked but for the hold officer's own look."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from access_log.models import HoldGround, LegalHold
from access_log.policy.actors import Actor
from access_log.services import customers, holds, visit_finding
from access_log.services.held import HOLD_OFFICER
from access_log.services.holds import HoldOrder
from access_log.services.visit_finding import FoundVisit
from kiosk.console.law.common import Officer, Watcher, WhoForm, before
from kiosk.console.law.words import GROUNDS, HOLD_ACTS, HOLD_ENDS
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect

router = APIRouter(prefix="/holds")
Act = Literal["confirm", "decline", "ask-release", "release"]
REVIEW_AFTER = timedelta(days=90)
FLASHES = {"confirm": "hold_confirmed", "decline": "hold_withdrawn", "ask-release": "release_asked", "release": "hold_released"}


class HoldForm(WhoForm):
    ground: HoldGround
    instrument: str = Field(max_length=60)
    ordered_by: str = Field(max_length=80)
    review_on: date
    items: list[Literal["document", "contact"]] = Field(default_factory=list)

    @property
    def order(self) -> HoldOrder:
        return HoldOrder(
            self.ground,
            self.instrument,
            self.ordered_by,
            self.review_on,
            document="document" in self.items,
            contact="contact" in self.items,
        )


@router.get("")
def listed(request: Request, watcher: Watcher, session: Transaction, now: Now) -> Response:
    """Those that stand, then those that are over: a hold is never forgotten."""
    rows = holds.listed(session, site_id=watcher.site_id, now=now)
    return show(request, "law/holds.html", rows=rows, grounds=GROUNDS, ends=HOLD_ENDS, may_set=watcher.role is HOLD_OFFICER)


@router.get("/new")
def new(request: Request, officer: Officer, session: Transaction, site: OwnSite, now: Now, language: Language) -> Response:
    """Everything is held by default, and looked at again in three months."""
    review = (now + REVIEW_AFTER).astimezone(ZoneInfo(site.zone)).date()
    return _form(request, empty(language, items=["document", "contact"], review_on=review.isoformat()), officer, session)


@router.post("/new")
def add(
    request: Request,
    form: Annotated[Filled[HoldForm], Depends(filled(HoldForm))],
    officer: Officer,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
) -> Response:
    """First press: who that is, one by one. Second press: those still ticked are frozen."""
    if not form.ok:
        return _form(request, form, officer, session, 422)
    people: list[FoundVisit] = []
    with form.attempt(session):
        holds.checked(form.it.order, site=site, now=now)
        if form.it.sure == "yes":
            people = visit_finding.of_visits(session, ring, site_id=officer.site_id, visits=form.it.visits[: holds.MOST])
            hold = holds.set_hold(session, order=form.it.order, people=people, actor=officer, now=now)
            return redirect(request, f"/holds/{hold.id}", flash="hold_set")
        people = visit_finding.find(session, ring, wanted=form.it.wanted, site=site, most=holds.MOST)
    if form.errors:
        return _form(request, form, officer, session, 422)
    return show(request, "law/hold_look.html", form=form, people=people, grounds=GROUNDS)


def _form(request: Request, form: Filled[Any], officer: Actor, session: Transaction, status: int = 200) -> Response:
    whose = customers.listed(session, officer.site_id)
    return show(request, "law/hold_new.html", status, form=form, customers=whose, grounds=GROUNDS)


@router.get("/{hold_id}")
def page(request: Request, hold_id: RowId, watcher: Watcher, session: Transaction, ring: Ring, now: Now) -> Response:
    """One hold: the paper, the people, who has said what, and what is still to be said."""
    return _page(request, holds.of(session, hold_id=hold_id, site_id=watcher.site_id), watcher, session, ring, now, {})


@router.post("/{hold_id}/names")
def names(request: Request, hold_id: RowId, officer: Officer, session: Transaction, ring: Ring, now: Now) -> Response:
    """Who they are. Each look is recorded, and each person can see it."""
    hold = holds.of(session, hold_id=hold_id, site_id=officer.site_id)
    opened = holds.open_names(session, ring, hold=hold, actor=officer, now=now)
    return _page(request, hold, officer, session, ring, now, opened)


@router.get("/{hold_id}/names")
def back_to_page(request: Request, hold_id: RowId, officer: Officer) -> Response:
    """Nothing is behind this address but what a press opened: back to the hold."""
    del officer
    return elsewhere(request, f"/holds/{hold_id}")


def _page(
    request: Request, hold: LegalHold, watcher: Actor, session: Transaction, ring: Ring, now: Now, opened: dict[UUID, Any]
) -> Response:
    held = [row.visit_id for row in holds.people_of(session, hold)]
    people = visit_finding.of_visits(session, ring, site_id=hold.site_id, visits=held)
    row = holds.standing(session, hold, now=now)
    officer = watcher.role is HOLD_OFFICER
    return show(
        request,
        "law/hold.html",
        row=row,
        hold=hold,
        people=people,
        opened=opened,
        grounds=GROUNDS,
        ends=HOLD_ENDS,
        acts=_acts(hold, watcher),
        may_open=officer and hold.ended_at is None and hold.confirmed_at is not None,
    )


def _acts(hold: LegalHold, watcher: Actor) -> list[str]:
    """What this person may press now; the first is the one that is asked for."""
    if hold.ended_at is not None:
        return []
    if hold.confirmed_at is None:
        return ["decline"] if watcher.id == hold.set_by else ["confirm", "decline"]
    if hold.release_by is None:
        return ["ask-release"]
    return [] if watcher.id == hold.release_by else ["release"]


@router.get("/{hold_id}/{act}")
def ask(request: Request, hold_id: RowId, act: Act, watcher: Watcher, session: Transaction) -> Response:
    """What it does, before it does it."""
    hold = holds.of(session, hold_id=hold_id, site_id=watcher.site_id)
    return before(request, HOLD_ACTS[act], about=hold.instrument, at=f"/holds/{hold.id}", act=act, danger=act != "confirm")


@router.post("/{hold_id}/{act}")
def do(request: Request, hold_id: RowId, act: Act, watcher: Watcher, session: Transaction, now: Now) -> Response:
    """One of the two people's word."""
    hold = holds.of(session, hold_id=hold_id, site_id=watcher.site_id)
    doing = {"confirm": holds.confirm, "decline": holds.decline, "ask-release": holds.ask_release, "release": holds.release}
    doing[act](session, hold=hold, actor=watcher, now=now)
    return redirect(request, f"/holds/{hold_id}", flash=FLASHES[act])
