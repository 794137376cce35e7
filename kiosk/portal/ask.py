"""Ask for visits: who, when, where and why in one form; several people at once are one visit and one pass each."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from access_log.models import Customer, Site, VisitOrder
from access_log.policy.actors import Actor
from access_log.services import company_people, company_visits, customers, desk, visit_checks, visits
from access_log.services.company_people import Entry
from access_log.services.paging import Page
from kiosk.portal import what
from kiosk.portal.people import SHORTEST, Asker
from kiosk.portal.show import show
from kiosk.portal.words import TOO_SHORT
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import elsewhere, redirect

router = APIRouter(prefix="/visits")


class AskForm(what.WhatForm):
    """`nonce` is drawn with the form: sent twice, it asks once. `named` keeps names shown while the form is corrected."""

    technicians: list[UUID] = Field(default_factory=list)
    nonce: str = Field(default="", max_length=40)
    wanted: str = Field(default="", max_length=80)
    named: str = Field(default="", max_length=3)


Ask = Annotated[Filled[AskForm], Depends(filled(AskForm))]


@router.get("/new")
def new(
    request: Request, asker: Asker, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language, who: str = ""
) -> Response:
    """An empty form; `who` chooses somebody on the roster beforehand."""
    chosen = [who] if _ids([who]) else []
    form = empty(language, technicians=chosen, window=what.Window.TODAY.value, areas=_only_area(session, asker))
    return _page(request, form, _listed(session, ring, form, asker), asker, session, site, now)


@router.post("/new/names")
def names(request: Request, form: Ask, asker: Asker, session: Transaction, ring: Ring, site: OwnSite, now: Now) -> Response:
    """The same form with names: of those who match what was typed in the search, else of all who are listed. Recorded."""
    form.errors.clear()  # nobody has sent it yet
    wanted = str(form.values.get("wanted", ""))
    if wanted and len(wanted) < SHORTEST:
        form.refuse("wanted", TOO_SHORT)
        return _page(request, form, _listed(session, ring, form, asker), asker, session, site, now, 422)
    form.values["named"] = "yes"
    people = (
        _found(session, ring, form, wanted, asker, now)
        if wanted
        else _named(session, ring, _listed(session, ring, form, asker), asker, now)
    )
    return _page(request, form, people, asker, session, site, now)


@router.get("/new/names")
def back_to_form(request: Request, asker: Asker) -> Response:
    """Names are never behind an address: the fresh form."""
    del asker
    return elsewhere(request, "/visits/new")


@router.post("/new")
def send(request: Request, form: Ask, asker: Asker, session: Transaction, ring: Ring, site: OwnSite, now: Now) -> Response:
    """Ask. What cannot be taken is said beside its field; what was typed stays."""
    customer = session.get_one(Customer, asker.customer_id)
    nonce = form.values.get("nonce", "")
    before = visits.sent_before(session, customer_id=customer.id or 0, nonce=nonce) if nonce else None
    if before is not None:
        return _to_order(request, session, before, "requested_before")
    with form.attempt(session):
        visit_checks.check_customer(customer, "technicians")
        visit_checks.people_of(session, _ids(form.values.get("technicians", [])), customer)
    times = what.check(form, session, customer, site, now)
    if form.ok and times is not None:
        with form.attempt(session):
            order = visits.request(session, ring, wish=_wish(form.it, times), contact=asker, now=now)
            return _to_order(request, session, order, "requested")
    people = _listed(session, ring, form, asker)
    if form.values.get("named") == "yes":
        people = _named(session, ring, people, asker, now)
    return _page(request, form, people, asker, session, site, now, 422)


@router.get("/{visit_id}/copy")
def copy(
    request: Request, visit_id: UUID, asker: Asker, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language,
    people: str = "",
) -> Response:  # fmt: skip
    """The form, filled in from a visit; with `people=all` for everybody of the same request. The time is chosen anew."""
    assert asker.customer_id is not None
    visit = company_visits.of(session, visit_id, customer_id=asker.customer_id)
    row = desk.of_visits(session, ring, [visit.id])[visit.id]
    chosen = company_visits.of_order(session, visit.order_id) if people == "all" else [visit]
    on_roster = [one.technician_id for one in chosen if one.technician_id is not None]
    allowed = {area.id or 0 for area in customers.areas_of(session, asker.customer_id)}
    values = what.values_of(row, allowed) | {"technicians": [str(id_) for id_ in on_roster], "window": what.Window.TODAY.value}
    form = empty(language, **values)
    gone = len(chosen) - len(on_roster)
    return _page(request, form, _listed(session, ring, form, asker), asker, session, site, now, source=row.number, gone=gone)


def _wish(it: AskForm, times: what.Times) -> visits.Wish:
    return visits.Wish(
        technicians=it.technicians, areas=it.areas, window_from=times.begin, window_until=times.end, purpose=it.purpose,
        work_order=it.work_order, nonce=it.nonce or uuid4().hex,
    )  # fmt: skip


def _to_order(request: Request, session: Transaction, order: VisitOrder, flash: str) -> Response:
    """One person: to their visit. Several: to the list of them."""
    made = company_visits.of_order(session, order.id)
    path = f"/visits/{made[0].id}" if len(made) == 1 else f"/visits?scope=all&number={order.number}"
    return redirect(request, path, flash=flash)


def _only_area(session: Transaction, asker: Actor) -> list[str]:
    found = customers.areas_of(session, asker.customer_id or 0)
    return [str(found[0].id)] if len(found) == 1 else []


def _ids(texts: Sequence[str]) -> list[UUID]:
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(UUID(text))
    return found


def _listed(session: Transaction, ring: Ring, form: Filled[Any], asker: Actor) -> Page[Entry]:
    """Those who are chosen, and those who came last; masked."""
    chosen = _ids(form.values.get("technicians", []))[: visit_checks.MOST_PEOPLE]
    return company_people.listed(session, ring, customer_id=asker.customer_id or 0, first=chosen, active_only=True)


def _named(session: Transaction, ring: Ring, people: Page[Entry], asker: Actor, now: datetime) -> Page[Entry]:
    known = company_people.names(session, ring, subjects=[row.person.subject_id for row in people.rows], contact=asker, now=now)
    return replace(people, rows=[replace(row, name=known.get(row.person.subject_id, row.name)) for row in people.rows])


def _found(session: Transaction, ring: Ring, form: Filled[Any], wanted: str, asker: Actor, now: datetime) -> Page[Entry]:
    """Those who are chosen already, and those whose name matches."""
    listed = _listed(session, ring, form, asker)
    chosen = set(_ids(form.values.get("technicians", [])))
    kept = _named(session, ring, replace(listed, rows=[row for row in listed.rows if row.person.id in chosen]), asker, now)
    hits = company_people.search(session, ring, customer_id=asker.customer_id or 0, wanted=wanted, contact=asker, now=now, active_only=True)
    return replace(kept, rows=[*kept.rows, *(hit for hit in hits if hit.person.id not in chosen)])


def _page(
    request: Request, form: Filled[Any], people: Page[Entry], asker: Actor, session: Transaction, site: Site, now: datetime,
    status: int = 200, *, source: str = "", gone: int = 0,
) -> Response:  # fmt: skip
    customer = session.get_one(Customer, asker.customer_id)
    nonce = form.values.get("nonce") or uuid4().hex
    return show(
        request,
        "ask.html",
        status,
        form=form,
        people=people,
        nonce=nonce,
        source=source,
        gone=gone,
        **what.choices(session, customer, site, now, form.language),
    )
