"""Kiosks: add, move, enrol by a one-use code, revoke."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.codes import group_code
from access_log.models import Kiosk
from access_log.policy.codes import Direction
from access_log.services import kiosks, sites
from kiosk.console.admin.common import CONDITION_TONES, Admin, Id
from kiosk.console.admin.words import CONDITIONS
from kiosk.console.show import elsewhere, show
from kiosk.web.deps import Language, Now, Ring, RowId, SettingsDep, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/admin/kiosks")
DIRECTIONS = (Direction.BOTH, Direction.IN, Direction.OUT)


class KioskForm(BaseModel):
    door: Id
    direction: Direction


class NewKioskForm(KioskForm):
    code: str = Field(max_length=16)


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction, now: Now) -> Response:
    """Every kiosk: where it stands and how it is."""
    rows = [(kiosk, door, kiosks.condition(kiosk, now)) for kiosk, door in kiosks.listed(session, admin.site_id)]
    doors = sites.doors(session, admin.site_id)
    return show(request, "admin/kiosks.html", rows=rows, doors=doors, conditions=CONDITIONS, tones=CONDITION_TONES)


@router.get("/new")
def new(request: Request, admin: Admin, session: Transaction, language: Language) -> Response:
    """A device beside a door."""
    return _form(request, empty(language, direction=Direction.BOTH.value), None, admin, session)


@router.post("/new")
def add(
    request: Request, form: Annotated[Filled[NewKioskForm], Depends(filled(NewKioskForm))], admin: Admin, session: Transaction, now: Now
) -> Response:
    """Add it; its own page then says how to enrol it."""
    if form.ok:
        with form.attempt(session):
            made = kiosks.add(
                session,
                site_id=admin.site_id,
                door_id=form.it.door,
                code=form.it.code,
                direction=_direction(form.it),
                actor=admin,
                now=now,
            )
            return redirect(request, f"/admin/kiosks/{made.id}", flash="saved")
    return _form(request, form, None, admin, session, 422)


@router.get("/{kiosk_id}")
def page(request: Request, kiosk_id: RowId, admin: Admin, session: Transaction, now: Now, language: Language) -> Response:
    """One kiosk."""
    kiosk = kiosks.get(session, kiosk_id=kiosk_id, site_id=admin.site_id)
    form = empty(language, door=kiosk.door_id, direction=kiosk.direction.value)
    return _form(request, form, kiosk, admin, session, condition=kiosks.condition(kiosk, now))


@router.post("/{kiosk_id}")
def change(
    request: Request,
    kiosk_id: RowId,
    form: Annotated[Filled[KioskForm], Depends(filled(KioskForm))],
    admin: Admin,
    session: Transaction,
    now: Now,
) -> Response:
    """Move it to another door, or let it do one direction only."""
    kiosk = kiosks.get(session, kiosk_id=kiosk_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            kiosks.change(session, kiosk=kiosk, door_id=form.it.door, direction=_direction(form.it), actor=admin, now=now)
            return redirect(request, f"/admin/kiosks/{kiosk_id}", flash="saved")
    return _form(request, form, kiosk, admin, session, 422, condition=kiosks.condition(kiosk, now))


def _direction(given: KioskForm) -> Direction:
    return Direction.BOTH if given.direction is Direction.NONE else given.direction


def _form(
    request: Request,
    form: Filled[KioskForm] | Filled[NewKioskForm],
    kiosk: Kiosk | None,
    admin: Admin,
    session: Transaction,
    status: int = 200,
    condition: kiosks.Condition | None = None,
) -> Response:
    return show(
        request,
        "admin/kiosk.html",
        status,
        form=form,
        kiosk=kiosk,
        condition=condition,
        conditions=CONDITIONS,
        tones=CONDITION_TONES,
        doors=sites.doors(session, admin.site_id),
        directions=DIRECTIONS,
    )


@router.get("/{kiosk_id}/code")
def no_code(request: Request, kiosk_id: RowId, admin: Admin) -> Response:
    """A code is never behind an address: back to the kiosk."""
    del admin
    return elsewhere(request, f"/admin/kiosks/{kiosk_id}")


@router.post("/{kiosk_id}/code")
def make_code(
    request: Request, kiosk_id: RowId, admin: Admin, session: Transaction, ring: Ring, settings: SettingsDep, now: Now
) -> Response:
    """A new one-use code, shown on this page and never again."""
    kiosk = kiosks.get(session, kiosk_id=kiosk_id, site_id=admin.site_id)
    replaces = kiosks.condition(kiosk, now) in (kiosks.Condition.HEARD, kiosks.Condition.SILENT)
    code = kiosks.enrol_code(session, ring, kiosk=kiosk, actor=admin, now=now)
    return show(
        request,
        "admin/kiosk_code.html",
        kiosk=kiosk,
        code=group_code(code),
        until=kiosk.enrol_until,
        address=settings.face_url("lobby", "/"),
        replaces=replaces,
    )


@router.get("/{kiosk_id}/revoke")
def ask(request: Request, kiosk_id: RowId, admin: Admin, session: Transaction) -> Response:
    """What revoking does, before it does it."""
    return show(request, "admin/kiosk_revoke.html", kiosk=kiosks.get(session, kiosk_id=kiosk_id, site_id=admin.site_id))


@router.post("/{kiosk_id}/revoke")
def revoke(request: Request, kiosk_id: RowId, admin: Admin, session: Transaction, now: Now) -> Response:
    """A lost, stolen or replaced device registers nobody from now on."""
    kiosk = kiosks.get(session, kiosk_id=kiosk_id, site_id=admin.site_id)
    kiosks.revoke(session, kiosk=kiosk, actor=admin, now=now)
    return redirect(request, f"/admin/kiosks/{kiosk_id}", flash="revoked")
