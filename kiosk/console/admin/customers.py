"""Customers: who they are, where their people may go, and whether their passes open anything."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Customer
from access_log.services import contacts, customer_figures, customers, sites
from access_log.services.customer_figures import Figures
from access_log.services.labels import read_labels
from kiosk.console.admin.common import ACT_FLASHES, ACTS, Act, Admin, Id, Tick, tick
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/admin/customers")


class CustomerForm(BaseModel):
    name: str = Field(max_length=120)
    licence: str = Field(default="", max_length=32)
    second_approval: Tick = ""
    areas: list[Id] = []


Form = Annotated[Filled[CustomerForm], Depends(filled(CustomerForm))]


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction) -> Response:
    """Every customer and how much hangs on each."""
    rows = customers.listed(session, admin.site_id)
    return show(
        request, "admin/customers.html", rows=rows, figures=customer_figures.of_customers(session, admin.site_id), nothing=Figures()
    )


@router.get("/new")
def new(request: Request, admin: Admin, session: Transaction, language: Language) -> Response:
    """A company under contract."""
    return _form(request, empty(language, areas=[]), None, admin, session)


@router.post("/new")
def add(request: Request, form: Form, admin: Admin, session: Transaction, now: Now) -> Response:
    """Add it; its own page then asks for a contact."""
    if form.ok:
        with form.attempt(session):
            made = customers.add(session, site_id=admin.site_id, actor=admin, now=now, **_facts(form.it))
            return redirect(request, f"/admin/customers/{made.id}", flash="saved")
    return _form(request, form, None, admin, session, 422)


@router.get("/{customer_id}")
def page(request: Request, customer_id: RowId, admin: Admin, session: Transaction, ring: Ring, now: Now) -> Response:
    """One customer: its areas, its contacts (masked), its roster in numbers."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    people = contacts.listed(session, customer_id)
    return show(
        request,
        "admin/customer.html",
        customer=customer,
        areas=customers.areas_of(session, customer_id),
        people=people,
        names=read_labels(session, ring, [person.subject_id for person in people]),
        roster=customer_figures.of_roster(session, customer_id, now=now),
        figures=_figures(session, customer),
    )


@router.get("/{customer_id}/edit")
def edit(request: Request, customer_id: RowId, admin: Admin, session: Transaction, language: Language) -> Response:
    """Its facts as they are."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    form = empty(
        language,
        name=customer.name,
        licence=customer.licence or "",
        second_approval=tick(customer.second_approval),
        areas=[area.id for area in customers.areas_of(session, customer_id)],
    )
    return _form(request, form, customer, admin, session)


@router.post("/{customer_id}/edit")
def change(request: Request, customer_id: RowId, form: Form, admin: Admin, session: Transaction, now: Now) -> Response:
    """Change them."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            customers.change(session, customer=customer, actor=admin, now=now, **_facts(form.it))
            return redirect(request, f"/admin/customers/{customer_id}", flash="saved")
    return _form(request, form, customer, admin, session, 422)


def _facts(given: CustomerForm) -> dict[str, Any]:
    return given.model_dump() | {"second_approval": given.second_approval == "yes"}


def _form(
    request: Request, form: Filled[CustomerForm], customer: Customer | None, admin: Admin, session: Transaction, status: int = 200
) -> Response:
    return show(request, "admin/customer_form.html", status, form=form, customer=customer, areas=sites.areas(session, admin.site_id))


def _figures(session: Transaction, customer: Customer) -> Figures:
    return customer_figures.of_customers(session, customer.site_id, only=customer.id).get(customer.id or 0, Figures())


@router.get("/{customer_id}/{act}")
def ask(request: Request, customer_id: RowId, act: Act, admin: Admin, session: Transaction) -> Response:
    """What it does to passes and people, before it does it."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    return show(request, "admin/customer_act.html", customer=customer, act=act, figures=_figures(session, customer))


@router.post("/{customer_id}/{act}")
def set_state(request: Request, customer_id: RowId, act: Act, admin: Admin, session: Transaction, now: Now) -> Response:
    """Suspend, take up again, end."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    customers.set_state(session, customer=customer, state=ACTS[act], actor=admin, now=now)
    return redirect(request, f"/admin/customers/{customer_id}", flash=ACT_FLASHES[ACTS[act]])
