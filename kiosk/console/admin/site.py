"""What holds for the whole site: its names, its clock, its tolerances, and how long names are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import event

from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Site
from access_log.services import policies, sites
from access_log.services.sites import SiteFacts
from kiosk.console.admin.common import Admin
from kiosk.console.admin.zones import zone_choices
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, Register, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/admin/site")


class SiteForm(BaseModel):
    name: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    zone: str = Field(max_length=64)
    guard_phone: str = Field(default="", max_length=32)
    early_minutes: int = Field(ge=0, le=1440)
    overstay_minutes: int = Field(ge=0, le=1440)
    retention_months: Literal["6", "13"]


@router.get("")
def page(request: Request, admin: Admin, session: Transaction, site: OwnSite, now: Now, language: Language) -> Response:
    """The settings as they are."""
    del admin
    return _page(request, empty(language, **_set(session, site)), session, site, now)


def _set(session: Transaction, site: Site) -> dict[str, Any]:
    """The settings as they are. How long names are kept is what was chosen last: people may have to be told before it holds."""
    return {name: getattr(site, name) for name in SiteFacts.__dataclass_fields__} | {"retention_months": sites.chosen_months(session, site)}


@router.post("")
def change(
    request: Request,
    form: Annotated[Filled[SiteForm], Depends(filled(SiteForm))],
    admin: Admin,
    session: Transaction,
    site: OwnSite,
    register: Register,
    now: Now,
) -> Response:
    """Change them for everything from now on. What has been recorded stays as it was recorded."""
    if form.ok:
        with form.attempt(session), _by_hand(form):
            facts = SiteFacts(**form.it.model_dump() | {"retention_months": int(form.it.retention_months)})
            if asdict(facts) != _set(session, site):
                sites.change(session, site=site, facts=facts, actor=admin, now=now)
                event.listen(session, "after_commit", lambda _session: register.forget_zone())  # not before: others would read the old one
            return redirect(request, "/admin/site", flash="saved")
    return _page(request, form, session, site, now, 422)


@contextmanager
def _by_hand(form: Filled[SiteForm]) -> Iterator[None]:
    """A policy of the operator's own may be written so that only a person can change the period in it."""
    try:
        yield
    except ConflictError as error:
        raise RefusedInputError("retention_months", error.code) from None


def _page(request: Request, form: Filled[SiteForm], session: Transaction, site: Site, now: Now, status: int = 200) -> Response:
    zones = zone_choices(site.zone, now, lambda words: text_in(form.language, words))
    if form.values.get("zone") not in {zone for _group, places in zones for zone, _words in places}:
        form.values["zone"] = site.zone
    newest = policies.newest_row(session, site.id or 0)
    coming = newest if newest is not None and newest.in_force_at is None else None
    return show(request, "admin/site.html", status, form=form, site=site, zones=zones, coming=coming)
