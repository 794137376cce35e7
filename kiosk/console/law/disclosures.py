"""The register of disclosures: a written demand, exactly the people it names, two people, one file."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from access_log.models import Authority, DisclosureState
from access_log.policy.actors import Actor
from access_log.services import customers, disclosures, visit_finding
from access_log.services.disclosures import Demand
from access_log.services.held import HOLD_OFFICER
from access_log.services.visit_finding import FoundVisit
from kiosk.console.law.common import Officer, Watcher, WhoForm, before
from kiosk.console.law.words import AUTHORITIES, DISCLOSURE_ACTS, FIELDS, HEADINGS, REFUSED, STATES
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/disclosures")
Act = Literal["release", "refuse"]
FLASHES = {"release": "disclosure_released", "refuse": "disclosure_refused"}
IN = "zh-CN"
"""The file is for an authority that reads Chinese; it must be the same whoever downloads it."""


class DemandForm(WhoForm):
    authority: Authority
    office: str = Field(max_length=80)
    legal_basis: str = Field(max_length=120)
    instrument: str = Field(max_length=60)
    instrument_on: date
    officers: str = Field(max_length=60)
    fields: list[Literal["name", "organisation", "times", "work_order", "reach"]] = Field(default_factory=list)

    @property
    def demand(self) -> Demand:
        return Demand(self.authority, self.office, self.legal_basis, self.instrument, self.instrument_on, self.officers, tuple(self.fields))


@router.get("")
def listed(request: Request, watcher: Watcher, session: Transaction) -> Response:
    """All of the last three years."""
    rows = disclosures.listed(session, watcher.site_id)
    may_enter = watcher.role is HOLD_OFFICER
    return show(request, "law/disclosures.html", rows=rows, authorities=AUTHORITIES, states=STATES, may_enter=may_enter)


@router.get("/new")
def new(request: Request, officer: Officer, session: Transaction, site: OwnSite, now: Now, language: Language) -> Response:
    """The paper first."""
    return _form(request, empty(language, fields=["name", "times"]), officer, session, site, now)


@router.post("/new")
def add(
    request: Request,
    form: Annotated[Filled[DemandForm], Depends(filled(DemandForm))],
    officer: Officer,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
) -> Response:
    """First press: who that is, one by one. Second press: the demand waits for a second person. A foreign one is refused at once."""
    if not form.ok:
        return _form(request, form, officer, session, site, now, 422)
    people: list[FoundVisit] = []
    with form.attempt(session):
        disclosures.checked(session, form.it.demand, site=site, now=now)
        foreign = form.it.authority is Authority.FOREIGN
        if form.it.sure == "yes" or foreign:
            ticked = [] if foreign else form.it.visits[: disclosures.MOST]
            people = visit_finding.of_visits(session, ring, site_id=officer.site_id, visits=ticked)
            row = disclosures.request(session, demand=form.it.demand, people=people, actor=officer, now=now)
            return redirect(request, f"/disclosures/{row.id}", flash="" if foreign else "disclosure_entered")
        people = visit_finding.find(session, ring, wanted=form.it.wanted, site=site, most=disclosures.MOST)
    if form.errors:
        return _form(request, form, officer, session, site, now, 422)
    return show(request, "law/disclosure_look.html", form=form, people=people, authorities=AUTHORITIES, fields=FIELDS)


def _form(
    request: Request, form: Filled[Any], officer: Actor, session: Transaction, site: OwnSite, now: Now, status: int = 200
) -> Response:
    return show(
        request,
        "law/disclosure_new.html",
        status,
        form=form,
        customers=customers.listed(session, officer.site_id),
        authorities=AUTHORITIES,
        fields={name: FIELDS[name] for name in disclosures.offered(session, site=site, now=now)},
    )


@router.get("/{disclosure_id}")
def page(request: Request, disclosure_id: RowId, watcher: Watcher, session: Transaction, ring: Ring, now: Now) -> Response:
    """One demand: the paper, the people, and what the two have decided."""
    row = disclosures.of(session, disclosure_id=disclosure_id, site_id=watcher.site_id)
    waits = row.state is DisclosureState.REQUESTED
    released = row.state in (DisclosureState.RELEASED, DisclosureState.HANDED_OVER) and row.decided_at is not None
    is_open = released and row.decided_at is not None and now <= row.decided_at + disclosures.OPEN_FOR
    return show(
        request,
        "law/disclosure.html",
        one=disclosures.facts(session, row),
        row=row,
        people=disclosures.people_of(session, ring, row),
        authorities=AUTHORITIES,
        states=STATES,
        refused=REFUSED,
        fields=FIELDS,
        acts=(["refuse"] if watcher.id == row.asked_by else ["release", "refuse"]) if waits else [],
        may_download=is_open and watcher.role is HOLD_OFFICER,
    )


@router.post("/{disclosure_id}/download")
def download(disclosure_id: RowId, officer: Officer, session: Transaction, ring: Ring, now: Now) -> Response:
    """The file, for handing over. Its name says which disclosure, and nothing about anybody."""
    row = disclosures.of(session, disclosure_id=disclosure_id, site_id=officer.site_id)
    headings = {name: text_in(IN, words) for name, words in HEADINGS.items()}
    body = disclosures.download(session, ring, row=row, headings=headings, actor=officer, now=now)
    disposition = {"Content-Disposition": f'attachment; filename="disclosure-{row.id}.zip"'}
    return Response(body, media_type="application/zip", headers=disposition)


@router.get("/{disclosure_id}/download")
def back_to_page(request: Request, disclosure_id: RowId, officer: Officer) -> Response:
    """Nothing is behind this address but what a press made: back to the disclosure."""
    del officer
    return elsewhere(request, f"/disclosures/{disclosure_id}")


@router.get("/{disclosure_id}/{act}")
def ask(request: Request, disclosure_id: RowId, act: Act, watcher: Watcher, session: Transaction) -> Response:
    """What it does, before it does it."""
    row = disclosures.of(session, disclosure_id=disclosure_id, site_id=watcher.site_id)
    return before(request, DISCLOSURE_ACTS[act], about=row.instrument, at=f"/disclosures/{row.id}", act=act, danger=act == "refuse")


@router.post("/{disclosure_id}/{act}")
def decide(request: Request, disclosure_id: RowId, act: Act, watcher: Watcher, session: Transaction, now: Now) -> Response:
    """The second person's word."""
    row = disclosures.of(session, disclosure_id=disclosure_id, site_id=watcher.site_id)
    doing = {"release": disclosures.release, "refuse": disclosures.refuse}
    doing[act](session, row=row, actor=watcher, now=now)
    return redirect(request, f"/disclosures/{disclosure_id}", flash=FLASHES[act])
