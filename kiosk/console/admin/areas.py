"""Areas, and the doors that lead into them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Area, Door
from access_log.services import sites
from kiosk.console.admin.common import Admin, Tick, tick
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.render import redirect

router = APIRouter(prefix="/admin/areas")


class NewAreaForm(BaseModel):
    code: str = Field(max_length=16)
    name: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)


class AreaForm(BaseModel):
    name: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    closed: Tick = ""


class DoorForm(BaseModel):
    name: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    way: str = Field(default="", max_length=160)
    way_en: str = Field(default="", max_length=160)


class NewDoorForm(DoorForm):
    code: str = Field(max_length=16)


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction) -> Response:
    """Every area with its doors."""
    doors: dict[int, list[Door]] = {}
    for door, area in sites.doors(session, admin.site_id):
        doors.setdefault(area.id or 0, []).append(door)
    areas = sites.areas(session, admin.site_id)
    return show(request, "admin/areas.html", areas=areas, doors=doors, inside=sites.people_inside(session, admin.site_id))


@router.get("/new")
def new_area(request: Request, admin: Admin, language: Language) -> Response:
    """A machine room, cage or meet-me room."""
    del admin
    return show(request, "admin/area.html", form=empty(language), area=None, inside=0)


@router.post("/new")
def add_area(
    request: Request, form: Annotated[Filled[NewAreaForm], Depends(filled(NewAreaForm))], admin: Admin, session: Transaction, now: Now
) -> Response:
    """Add it."""
    if form.ok:
        with form.attempt(session):
            sites.add_area(session, site_id=admin.site_id, actor=admin, now=now, **form.it.model_dump())
            return redirect(request, "/admin/areas", flash="saved")
    return show(request, "admin/area.html", 422, form=form, area=None, inside=0)


@router.get("/{area_id}")
def area_page(request: Request, area_id: RowId, admin: Admin, session: Transaction, language: Language) -> Response:
    """Its names, and whether it is open."""
    area = sites.area_of(session, area_id=area_id, site_id=admin.site_id)
    form = empty(language, name=area.name, name_en=area.name_en, closed=tick(area.closed))
    return _area(request, form, area, session)


@router.post("/{area_id}")
def change_area(
    request: Request,
    area_id: RowId,
    form: Annotated[Filled[AreaForm], Depends(filled(AreaForm))],
    admin: Admin,
    session: Transaction,
    now: Now,
) -> Response:
    """Rename it, close it or open it again."""
    area = sites.area_of(session, area_id=area_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            closed = form.it.closed == "yes"
            sites.change_area(session, area=area, name=form.it.name, name_en=form.it.name_en, closed=closed, actor=admin, now=now)
            return redirect(request, "/admin/areas", flash="saved")
    return _area(request, form, area, session, 422)


def _area(request: Request, form: Filled[AreaForm], area: Area, session: Transaction, status: int = 200) -> Response:
    inside = sites.people_inside(session, area.site_id).get(area.id or 0, 0)
    return show(request, "admin/area.html", status, form=form, area=area, inside=inside)


@router.get("/{area_id}/doors/new")
def new_door(request: Request, area_id: RowId, admin: Admin, session: Transaction, language: Language) -> Response:
    """A door into this area."""
    area = sites.area_of(session, area_id=area_id, site_id=admin.site_id)
    return show(request, "admin/door.html", form=empty(language), door=None, area=area)


@router.post("/{area_id}/doors/new")
def add_door(
    request: Request,
    area_id: RowId,
    form: Annotated[Filled[NewDoorForm], Depends(filled(NewDoorForm))],
    admin: Admin,
    session: Transaction,
    now: Now,
) -> Response:
    """Add it."""
    area = sites.area_of(session, area_id=area_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            sites.add_door(session, area=area, actor=admin, now=now, **form.it.model_dump())
            return redirect(request, "/admin/areas", flash="saved")
    return show(request, "admin/door.html", 422, form=form, door=None, area=area)


@router.get("/doors/{door_id}")
def door_page(request: Request, door_id: RowId, admin: Admin, session: Transaction, language: Language) -> Response:
    """Its names and the way to it."""
    door = sites.door_of(session, door_id=door_id, site_id=admin.site_id)
    return _door(request, empty(language, **{name: getattr(door, name) for name in DoorForm.model_fields}), door, session)


@router.post("/doors/{door_id}")
def change_door(
    request: Request,
    door_id: RowId,
    form: Annotated[Filled[DoorForm], Depends(filled(DoorForm))],
    admin: Admin,
    session: Transaction,
    now: Now,
) -> Response:
    """Rename it, or tell the way better."""
    door = sites.door_of(session, door_id=door_id, site_id=admin.site_id)
    if form.ok:
        with form.attempt(session):
            sites.change_door(session, door=door, actor=admin, now=now, **form.it.model_dump())
            return redirect(request, "/admin/areas", flash="saved")
    return _door(request, form, door, session, 422)


def _door(request: Request, form: Filled[DoorForm], door: Door, session: Transaction, status: int = 200) -> Response:
    area = sites.area_of(session, area_id=door.area_id, site_id=door.site_id)
    return show(request, "admin/door.html", status, form=form, door=door, area=area)
