"""The operator's own people: one role each, a second factor for all, and never without an administrator."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import Site, Staff
from access_log.policy.codes import Active, Item, RevealPurpose, Role
from access_log.services import agreements, identity
from access_log.services import staff as people
from access_log.services.accounts import INVITED_FOR
from access_log.services.labels import read_labels
from kiosk.console.admin.common import ACT_FLASHES, ACTS, LANGUAGE_NAMES, Act, Admin, LanguageCode
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/admin/staff")
ROLES = tuple(Role)
PROTECTED = "last_administrator"


class RoleForm(BaseModel):
    role: Role


class PersonForm(BaseModel):
    name: str = Field(max_length=80)
    mail: str = Field(max_length=254)


class AgreementForm(BaseModel):
    """Empty: none is on file."""

    signed_on: date | None = None


class NewStaffForm(PersonForm, RoleForm, AgreementForm):
    number: str = Field(max_length=16)
    language: LanguageCode = "zh-CN"


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction, ring: Ring, now: Now) -> Response:
    """Everybody who has not left, masked."""
    rows = people.listed(session, admin.site_id)
    names = read_labels(session, ring, [row.subject_id for row in rows])
    return show(request, "admin/staff.html", rows=rows, names=names, lapsed_before=now - INVITED_FOR)


@router.get("/new")
def new(request: Request, admin: Admin, language: Language) -> Response:
    """Somebody who works here."""
    del admin
    return _new(request, empty(language, language=language, role=Role.GUARD.value))


@router.post("/new")
def add(
    request: Request,
    form: Annotated[Filled[NewStaffForm], Depends(filled(NewStaffForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Seal who it is, and send the invitation."""
    if form.ok:
        with form.attempt(session):
            people.add(session, ring, site_id=admin.site_id, actor=admin, now=now, **form.it.model_dump())
            return redirect(request, "/admin/staff", flash="invited")
    return _new(request, form, 422)


def _new(request: Request, form: Filled[NewStaffForm], status: int = 200) -> Response:
    return show(request, "admin/staff_new.html", status, form=form, roles=ROLES, languages=LANGUAGE_NAMES)


@router.get("/{staff_id}")
def page(request: Request, staff_id: RowId, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """One person, masked: role, and how far the sign-in is."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    return _page(request, empty(language, role=person.role.value, signed_on=_signed_on(session, person)), person, admin, session, ring, now)


def _signed_on(session: Transaction, person: Staff) -> str:
    zone = ZoneInfo(session.get_one(Site, person.site_id).zone)
    return person.confidentiality_signed_at.astimezone(zone).date().isoformat() if person.confidentiality_signed_at else ""


@router.post("/{staff_id}/agreement")
def enter_agreement(
    request: Request,
    staff_id: RowId,
    form: Annotated[Filled[AgreementForm], Depends(filled(AgreementForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """From the next page on they may open names, or may not."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            agreements.enter(session, staff=person, signed_on=form.it.signed_on, actor=admin, now=now)
            return redirect(request, f"/admin/staff/{staff_id}", flash="saved")
    form.values["role"] = person.role.value
    return _page(request, form, person, admin, session, ring, now, 422)


@router.post("/{staff_id}")
def change_role(
    request: Request,
    staff_id: RowId,
    form: Annotated[Filled[RoleForm], Depends(filled(RoleForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Another role. All sessions end; whoever changes their own role signs in again."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    if form.ok:
        try:
            people.change_role(session, staff=person, role=form.it.role, actor=admin, now=now)
            return redirect(request, f"/admin/staff/{staff_id}", flash="saved")
        except ConflictError as error:
            form.refuse("role", error.code)
    form.values["signed_on"] = _signed_on(session, person)
    return _page(request, form, person, admin, session, ring, now, 422)


def _page(
    request: Request, form: Filled[Any], person: Staff, admin: Admin, session: Transaction, ring: KeyRing, now: Now, status: int = 200
) -> Response:
    lapsed = person.invited_at is not None and now - person.invited_at > INVITED_FOR
    return show(
        request,
        "admin/person.html",
        status,
        form=form,
        person=person,
        name=_name(session, ring, person),
        roles=ROLES,
        lapsed=lapsed,
        myself=person.id == admin.id,
    )


def _name(session: Transaction, ring: KeyRing, person: Staff) -> str:
    return read_labels(session, ring, [person.subject_id]).get(person.subject_id, "")


@router.post("/{staff_id}/identity")
def open_identity(
    request: Request, staff_id: RowId, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language
) -> Response:
    """Name and address, to correct them. The look is recorded."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    opened = identity.reveal_one(
        session,
        ring,
        subject_id=person.subject_id,
        items=[Item.NAME, Item.CONTACT],
        purpose=RevealPurpose.ADMINISTRATION,
        actor=admin,
        now=now,
    )
    return _identity(request, empty(language, name=opened.name, mail=opened.mail), person)


@router.post("/{staff_id}/identity/save")
def correct(
    request: Request,
    staff_id: RowId,
    form: Annotated[Filled[PersonForm], Depends(filled(PersonForm))],
    admin: Admin,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """Seal what was corrected."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            people.correct(session, ring, staff=person, actor=admin, now=now, **form.it.model_dump())
            return redirect(request, f"/admin/staff/{staff_id}", flash="saved")
    return _identity(request, form, person, 422)


def _identity(request: Request, form: Filled[PersonForm], person: Staff, status: int = 200) -> Response:
    return show(
        request, "admin/identity.html", status, form=form, title=person.number, back=f"/admin/staff/{person.id}", phone=False, languages=()
    )


@router.get("/{staff_id}/agreement")
@router.get("/{staff_id}/identity")
@router.get("/{staff_id}/identity/save")
def back_to_page(request: Request, staff_id: RowId, admin: Admin) -> Response:
    """Nothing is behind these addresses but what a form sent: back to the person."""
    del admin
    return elsewhere(request, f"/admin/staff/{staff_id}")


@router.post("/{staff_id}/invite")
def invite(request: Request, staff_id: RowId, admin: Admin, session: Transaction, now: Now) -> Response:
    """Send the invitation once more."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    people.invite_again(session, staff=person, actor=admin, now=now)
    return redirect(request, f"/admin/staff/{staff_id}", flash="invited")


@router.get("/{staff_id}/start-over")
def ask_start_over(request: Request, staff_id: RowId, admin: Admin, session: Transaction, ring: Ring) -> Response:
    """What voiding a sign-in does, before it does it."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    return _act(request, person, "start-over", session, ring)


@router.post("/{staff_id}/start-over")
def start_over(request: Request, staff_id: RowId, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
    """Phone or password lost: only a new invitation leads in."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    try:
        people.start_over(session, staff=person, actor=admin, now=now)
    except ConflictError as error:
        return _refused(request, person, "start-over", error, session, ring, language)
    return redirect(request, f"/admin/staff/{staff_id}", flash="started_over")


@router.get("/{staff_id}/{act}")
def ask(request: Request, staff_id: RowId, act: Act, admin: Admin, session: Transaction, ring: Ring) -> Response:
    """What it does, before it does it."""
    return _act(request, people.of(session, staff_id=staff_id, site_id=admin.site_id), act, session, ring)


@router.post("/{staff_id}/{act}")
def set_state(
    request: Request, staff_id: RowId, act: Act, admin: Admin, session: Transaction, ring: Ring, now: Now, language: Language
) -> Response:
    """Suspend, take up again, or let go: that erases who it was."""
    person = people.of(session, staff_id=staff_id, site_id=admin.site_id)
    try:
        people.set_state(session, staff=person, state=ACTS[act], actor=admin, now=now)
    except ConflictError as error:
        return _refused(request, person, act, error, session, ring, language)
    after = f"/{staff_id}" if ACTS[act] is not Active.ENDED else ""
    return redirect(request, f"/admin/staff{after}", flash=ACT_FLASHES[ACTS[act]])


def _refused(
    request: Request, person: Staff, act: str, error: ConflictError, session: Transaction, ring: KeyRing, language: str
) -> Response:
    """The last administrator stays; anything else is a conflict like any other."""
    if error.code != PROTECTED:
        raise error
    form: Filled[RoleForm] = empty(language).refuse("form", PROTECTED)
    return _act(request, person, act, session, ring, form.errors["form"], 409)


def _act(request: Request, person: Staff, act: str, session: Transaction, ring: KeyRing, error: str = "", status: int = 200) -> Response:
    name = _name(session, ring, person)
    return show(request, "admin/person_act.html", status, person=person, act=act, name=name, error=error)
