"""The roster: a company's own technicians. Masked until somebody asks for names (access_log/services/company_people.py says why)."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Customer, Technician
from access_log.policy.actors import Actor
from access_log.services import company_people, company_visits, roster
from access_log.services.company_people import Entry
from kiosk.portal.show import show
from kiosk.portal.words import TOO_SHORT
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import contact
from kiosk.web.render import elsewhere, redirect

router = APIRouter(prefix="/roster")
Asker = Annotated[Actor, Depends(contact("request"))]
SHORTEST = 2
"""Characters of a name: one would open half of the roster."""


class PersonForm(BaseModel):
    name: str = Field(max_length=120)
    mail: str = Field(default="", max_length=254)
    phone: str = Field(default="", max_length=40)
    language: Literal["zh-CN", "en"] = "zh-CN"

    def facts(self) -> roster.PersonFacts:
        """As the roster takes them."""
        return roster.PersonFacts(self.name, self.mail, self.phone, self.language)


class SearchForm(BaseModel):
    wanted: str = Field(max_length=80)


class PageForm(BaseModel):
    page: int = Field(default=1, ge=1, le=10_000)


Person = Annotated[Filled[PersonForm], Depends(filled(PersonForm))]


@router.get("")
def page(request: Request, asker: Asker, session: Transaction, ring: Ring, language: Language, page: str = "1") -> Response:
    """Everybody, masked, who came last first."""
    assert asker.customer_id is not None
    shown = company_people.listed(session, ring, customer_id=asker.customer_id, page=page_number(page))
    return show(request, "roster.html", people=shown, form=empty(language), named=False)


@router.post("/names")
def names(
    request: Request,
    form: Annotated[Filled[PageForm], Depends(filled(PageForm))],
    asker: Asker,
    session: Transaction,
    ring: Ring,
    now: Now,
    language: Language,
) -> Response:
    """The same page with names: one recorded look a person on it."""
    assert asker.customer_id is not None
    number = form.it.page if form.ok else 1
    shown = company_people.listed(session, ring, customer_id=asker.customer_id, page=number)
    known = company_people.names(session, ring, subjects=[row.person.subject_id for row in shown.rows], contact=asker, now=now)
    rows = [replace(row, name=known.get(row.person.subject_id, row.name)) for row in shown.rows]
    return show(request, "roster.html", people=replace(shown, rows=rows), form=empty(language), named=True)


@router.post("/search")
def search(
    request: Request,
    form: Annotated[Filled[SearchForm], Depends(filled(SearchForm))],
    asker: Asker,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Those whose name contains what was typed. The search and each hit are recorded."""
    assert asker.customer_id is not None
    if form.ok and len(form.it.wanted) < SHORTEST:
        form.refuse("wanted", TOO_SHORT)
    if not form.ok:
        shown = company_people.listed(session, ring, customer_id=asker.customer_id)
        return show(request, "roster.html", 422, people=shown, form=form, named=False)
    hits = company_people.search(session, ring, customer_id=asker.customer_id, wanted=form.it.wanted, contact=asker, now=now)
    return show(request, "roster_found.html", hits=hits, form=form)


@router.get("/names")
@router.get("/search")
def back_to_list(request: Request, asker: Asker) -> Response:
    """Names are never behind an address: back to the masked list."""
    del asker
    return elsewhere(request, "/roster")


@router.get("/new")
def new(request: Request, asker: Asker, language: Language) -> Response:
    """An empty form."""
    del asker
    return show(request, "person_new.html", form=empty(language, language=language))


@router.post("/new")
def add(request: Request, form: Person, asker: Asker, session: Transaction, ring: Ring, now: Now) -> Response:
    """Put somebody on the roster."""
    if form.ok:
        with form.attempt(session):
            customer = session.get_one(Customer, asker.customer_id)
            person = roster.add(session, ring, customer=customer, facts=form.it.facts(), actor=asker, now=now)
            return redirect(request, f"/roster/{person.id}", flash="person_added")
    return show(request, "person_new.html", 422, form=form)


@router.get("/{technician_id}")
def entry(request: Request, technician_id: UUID, asker: Asker, session: Transaction, ring: Ring) -> Response:
    """One entry, masked, with the visits that are to come."""
    person = own(session, technician_id, asker)
    return show(request, "person.html", entry=masked(session, ring, person), visits=company_visits.of_person(session, ring, person))


@router.post("/{technician_id}/open")
def open_entry(
    request: Request, technician_id: UUID, asker: Asker, session: Transaction, ring: Ring, now: Now, language: Language
) -> Response:
    """Name, mail and phone, to correct them. Recorded."""
    person = own(session, technician_id, asker)
    facts = company_people.facts(session, ring, person=person, contact=asker, now=now)
    form = empty(language, name=facts.name, mail=facts.mail, phone=facts.phone, language=facts.language)
    return show(request, "person_correct.html", form=form, entry=masked(session, ring, person))


@router.post("/{technician_id}/correct")
def correct(request: Request, technician_id: UUID, form: Person, asker: Asker, session: Transaction, ring: Ring, now: Now) -> Response:
    """Put a mistake right, also for the visits to come."""
    person = own(session, technician_id, asker)
    if form.ok:
        with form.attempt(session):
            roster.correct(session, ring, person=person, facts=form.it.facts(), actor=asker, now=now)
            return redirect(request, f"/roster/{person.id}", flash="saved")
    return show(request, "person_correct.html", 422, form=form, entry=masked(session, ring, person))


@router.get("/{technician_id}/open")
@router.get("/{technician_id}/correct")
def back_to_entry(request: Request, technician_id: UUID, asker: Asker) -> Response:
    """What is only there after a POST: back to the masked entry."""
    del asker
    return elsewhere(request, f"/roster/{technician_id}")


@router.get("/{technician_id}/remove")
def ask_removal(request: Request, technician_id: UUID, asker: Asker, session: Transaction, ring: Ring) -> Response:
    """Say what removing means, or why it is not possible now."""
    person = own(session, technician_id, asker)
    return show(request, "person_remove.html", entry=masked(session, ring, person))


@router.post("/{technician_id}/remove")
def remove(request: Request, technician_id: UUID, asker: Asker, session: Transaction, now: Now) -> Response:
    """Off the roster, and the entry erased."""
    roster.end(session, person=own(session, technician_id, asker), actor=asker, now=now)
    return redirect(request, "/roster", flash="removed")


def own(session: Transaction, technician_id: UUID, asker: Actor) -> Technician:
    """Somebody on the asker's own roster; anybody else is not found."""
    assert asker.customer_id is not None
    return roster.of(session, technician_id=technician_id, customer_id=asker.customer_id)


def masked(session: Transaction, ring: Ring, person: Technician) -> Entry:
    """The entry as a page shows it."""
    return company_people.entry(session, ring, person)


def page_number(text: str) -> int:
    """A page number in an address; 1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 6 else 1
