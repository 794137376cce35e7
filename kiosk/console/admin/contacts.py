"""A customer's contacts. Names are masked; opening one is a recorded look; the three rights are given apart."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.ring import KeyRing
from access_log.errors import NotFoundError
from access_log.models import Contact, Customer
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, Item, RevealPurpose
from access_log.services import contacts, customer_figures, customers, identity
from access_log.services.accounts import INVITED_FOR
from access_log.services.contacts import ContactFacts
from access_log.services.labels import read_labels
from kiosk.console.admin.common import ACT_FLASHES, ACTS, LANGUAGE_NAMES, Act, Admin, LanguageCode, Tick, tick
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/admin/customers/{customer_id}/contacts")


class RightsForm(BaseModel):
    may_request: Tick = ""
    may_approve: Tick = ""
    may_report: Tick = ""


class PersonForm(BaseModel):
    name: str = Field(max_length=80)
    mail: str = Field(max_length=254)
    phone: str = Field(default="", max_length=32)
    language: LanguageCode = "zh-CN"


class NewContactForm(PersonForm, RightsForm):
    pass


NONE_CHOSEN = "Give at least one right. To take all of them away, suspend the contact."


@router.get("/new")
def new(request: Request, customer_id: RowId, admin: Admin, session: Transaction, language: Language) -> Response:
    """Somebody who speaks for the customer."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    form = empty(language, language="zh-CN", may_request="yes")
    return show(request, "admin/contact_new.html", form=form, customer=customer, languages=LANGUAGE_NAMES)


@router.post("/new")
def add(
    request: Request,
    customer_id: RowId,
    form: Annotated[Filled[NewContactForm], Depends(filled(NewContactForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Seal who it is, and send the invitation."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    _check_rights(form)
    if form.ok:
        with form.attempt(session):
            facts = _facts(form.it, _rights(form.it))
            contacts.add(session, ring, customer=customer, facts=facts, actor=admin, now=now)
            return redirect(request, f"/admin/customers/{customer_id}", flash="invited")
    return show(request, "admin/contact_new.html", 422, form=form, customer=customer, languages=LANGUAGE_NAMES)


def _check_rights(form: Filled[NewContactForm] | Filled[RightsForm]) -> None:
    if form.data is not None and not any(_rights(form.it).values()):
        form.refuse("may_request", NONE_CHOSEN)


def _rights(given: RightsForm) -> dict[str, bool]:
    return {name: getattr(given, name) == "yes" for name in RightsForm.model_fields}


def _facts(given: PersonForm, rights: dict[str, bool]) -> ContactFacts:
    return ContactFacts(name=given.name, mail=given.mail, phone=given.phone, language=given.language, **rights)


def _of(session: Transaction, admin: Actor, customer_id: int, contact_id: int) -> tuple[Customer, Contact]:
    """Raises NotFoundError, also for a contact that has ended: nobody is behind it any more."""
    customer = customers.of(session, customer_id=customer_id, site_id=admin.site_id)
    contact = contacts.of(session, contact_id=contact_id, customer_id=customer_id)
    if contact.state is Active.ENDED:
        raise NotFoundError
    return customer, contact


@router.get("/{contact_id}")
def page(
    request: Request, customer_id: RowId, contact_id: RowId, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language
) -> Response:
    """One contact, masked: rights, and how far the sign-in is."""
    customer, contact = _of(session, admin, customer_id, contact_id)
    form = empty(language, **{name: tick(getattr(contact, name)) for name in RightsForm.model_fields})
    return _page(request, form, customer, contact, session, ring, now)


@router.post("/{contact_id}/rights")
def set_rights(
    request: Request,
    customer_id: RowId,
    contact_id: RowId,
    form: Annotated[Filled[RightsForm], Depends(filled(RightsForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """They work from the contact's next page on."""
    customer, contact = _of(session, admin, customer_id, contact_id)
    _check_rights(form)
    if not form.ok:
        return _page(request, form, customer, contact, session, ring, now, 422)
    contacts.set_rights(session, contact=contact, actor=admin, now=now, **_rights(form.it))
    return redirect(request, f"/admin/customers/{customer_id}/contacts/{contact_id}", flash="saved")


def _page(
    request: Request,
    form: Filled[RightsForm],
    customer: Customer,
    contact: Contact,
    session: Transaction,
    ring: KeyRing,
    now: Now,
    status: int = 200,
) -> Response:
    lapsed = contact.invited_at is not None and now - contact.invited_at > INVITED_FOR
    name = read_labels(session, ring, [contact.subject_id]).get(contact.subject_id, "")
    return show(request, "admin/contact.html", status, form=form, customer=customer, contact=contact, name=name, lapsed=lapsed)


@router.post("/{contact_id}/identity")
def open_identity(
    request: Request, customer_id: RowId, contact_id: RowId, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language
) -> Response:
    """Name and addresses, to correct them. The look is recorded."""
    customer, contact = _of(session, admin, customer_id, contact_id)
    person = identity.reveal_one(
        session,
        ring,
        subject_id=contact.subject_id,
        items=[Item.NAME, Item.CONTACT],
        purpose=RevealPurpose.ADMINISTRATION,
        actor=admin,
        now=now,
    )
    form = empty(language, name=person.name, mail=person.mail, phone=person.phone, language=contact.language)
    return _identity(request, form, customer, contact)


@router.post("/{contact_id}/identity/save")
def correct(
    request: Request,
    customer_id: RowId,
    contact_id: RowId,
    form: Annotated[Filled[PersonForm], Depends(filled(PersonForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Seal what was corrected; the old ciphertext and its key are gone."""
    customer, contact = _of(session, admin, customer_id, contact_id)
    if form.ok:
        with form.attempt(session):
            held = {name: bool(getattr(contact, name)) for name in RightsForm.model_fields}
            contacts.change(session, ring, contact=contact, facts=_facts(form.it, held), actor=admin, now=now)
            return redirect(request, f"/admin/customers/{customer_id}/contacts/{contact_id}", flash="saved")
    return _identity(request, form, customer, contact, 422)


def _identity(request: Request, form: Filled[PersonForm], customer: Customer, contact: Contact, status: int = 200) -> Response:
    back = f"/admin/customers/{customer.id}/contacts/{contact.id}"
    return show(request, "admin/identity.html", status, form=form, title=customer.name, back=back, phone=True, languages=LANGUAGE_NAMES)


@router.get("/{contact_id}/rights")
@router.get("/{contact_id}/identity")
@router.get("/{contact_id}/identity/save")
def back_to_page(request: Request, customer_id: RowId, contact_id: RowId, admin: Admin) -> Response:
    """Nothing is behind these addresses but what a form sent: back to the contact."""
    del admin
    return elsewhere(request, f"/admin/customers/{customer_id}/contacts/{contact_id}")


@router.post("/{contact_id}/invite")
def invite(request: Request, customer_id: RowId, contact_id: RowId, admin: Admin, session: Transaction, now: Now) -> Response:
    """Send the invitation once more."""
    _customer, contact = _of(session, admin, customer_id, contact_id)
    contacts.invite_again(session, contact=contact, actor=admin, now=now)
    return redirect(request, f"/admin/customers/{customer_id}/contacts/{contact_id}", flash="invited")


@router.get("/{contact_id}/start-over")
def ask_start_over(request: Request, customer_id: RowId, contact_id: RowId, admin: Admin, session: Transaction, ring: Ring) -> Response:
    """What voiding a sign-in does, before it does it."""
    return _act(request, _of(session, admin, customer_id, contact_id), "start-over", session, ring)


@router.post("/{contact_id}/start-over")
def start_over(request: Request, customer_id: RowId, contact_id: RowId, admin: Admin, session: Transaction, now: Now) -> Response:
    """Phone or password lost: only a new invitation leads in."""
    _customer, contact = _of(session, admin, customer_id, contact_id)
    contacts.start_over(session, contact=contact, actor=admin, now=now)
    return redirect(request, f"/admin/customers/{customer_id}/contacts/{contact_id}", flash="started_over")


@router.get("/{contact_id}/{act}")
def ask(request: Request, customer_id: RowId, contact_id: RowId, act: Act, admin: Admin, session: Transaction, ring: Ring) -> Response:
    """What it does to passes, before it does it."""
    return _act(request, _of(session, admin, customer_id, contact_id), act, session, ring)


@router.post("/{contact_id}/{act}")
def set_state(request: Request, customer_id: RowId, contact_id: RowId, act: Act, admin: Admin, session: Transaction, now: Now) -> Response:
    """Suspend, take up again, or end: that erases who it was."""
    _customer, contact = _of(session, admin, customer_id, contact_id)
    contacts.set_state(session, contact=contact, state=ACTS[act], actor=admin, now=now)
    after = f"/contacts/{contact_id}" if ACTS[act] is not Active.ENDED else ""
    return redirect(request, f"/admin/customers/{customer_id}{after}", flash=ACT_FLASHES[ACTS[act]])


def _act(request: Request, found: tuple[Customer, Contact], act: str, session: Transaction, ring: KeyRing) -> Response:
    customer, contact = found
    name = read_labels(session, ring, [contact.subject_id]).get(contact.subject_id, "")
    figures = customer_figures.of_contact(session, contact)
    return show(request, "admin/contact_act.html", customer=customer, contact=contact, act=act, name=name, figures=figures)
