"""When, where and why: the part of a form that a request and an edit share."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from access_log.models import Customer, Site, Visit
from access_log.policy.codes import Purpose
from access_log.policy.windows import Preset, at_site, preset_window
from access_log.services import customers, visit_checks
from access_log.services.desk import Row
from kiosk.portal.words import CONTRADICTION, PRESETS
from kiosk.web.deps import Transaction
from kiosk.web.forms import Filled
from kiosk.web.render import word


class Window(StrEnum):
    TODAY = "today"
    TONIGHT = "tonight"
    THREE_DAYS = "three_days"
    OWN = "own"


class WhatForm(BaseModel):
    """`window_from` and `window_until` are in the site's zone and count where `window` is `own`."""

    window: Window
    window_from: datetime | None = None
    window_until: datetime | None = None
    areas: list[int] = Field(default_factory=list)
    purpose: Purpose
    work_order: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True)
class Times:
    """From and until, UTC."""

    begin: datetime
    end: datetime


def check(form: Filled[Any], session: Transaction, customer: Customer, site: Site, now: datetime) -> Times | None:
    """The window that is meant, once everything about when, where and why is in order; each thing that is not gets its own message."""
    if form.data is None:
        return None
    times = meant(form, site, now)
    with form.attempt(session):
        visit_checks.check_areas(session, form.it.areas, customer)
    with form.attempt(session):
        visit_checks.clean_work_order(form.it.work_order)
    if times is not None:
        with form.attempt(session):
            visit_checks.check_window(times.begin, times.end, now)
    return times if form.ok else None


def meant(form: Filled[Any], site: Site, now: datetime) -> Times | None:
    """The window of a preset or of what was typed. Typed times beside a preset are a contradiction: nothing is guessed."""
    it: WhatForm = form.it
    if it.window is not Window.OWN:
        if it.window_from or it.window_until:
            form.refuse("window", CONTRADICTION)
            return None
        return Times(*preset_window(Preset(it.window.value), now, site.zone))
    if it.window_from is None or it.window_until is None:
        for name in ("window_from", "window_until"):
            if getattr(it, name) is None:
                form.refuse(name, "required")
        return None
    try:
        return Times(at_site(it.window_from, site.zone), at_site(it.window_until, site.zone))
    except OverflowError:
        form.refuse("window_from", "datetime_parsing")
        return None


def choices(session: Transaction, customer: Customer, site: Site, now: datetime, language: str) -> dict[str, Any]:
    """What the form offers: the presets with the times they mean now, the purposes, and the customer's own areas."""
    purposes = [(purpose.value, word("purpose", purpose, language)) for purpose in Purpose]
    return {
        "presets": [(preset.value, PRESETS[preset], Times(*preset_window(preset, now, site.zone))) for preset in Preset],
        "purposes": purposes,
        "open_areas": customers.areas_of(session, customer.id or 0),
        "site": site,
        "customer": customer,
    }


def values_of(row: Row, allowed: set[int]) -> dict[str, Any]:
    """Where and why of a visit, as form values; areas that are no longer the customer's are left out."""
    visit = row.visit
    areas = [str(area.id) for area in row.areas if area.id in allowed]
    return {"areas": areas, "purpose": visit.purpose.value, "work_order": visit.work_order}


def typed_times(visit: Visit, zone: str) -> dict[str, str]:
    """A visit's own window, as form values."""
    local = ZoneInfo(zone)
    return {
        "window": Window.OWN.value,
        "window_from": visit.window_from.astimezone(local).strftime("%Y-%m-%dT%H:%M"),
        "window_until": visit.window_until.astimezone(local).strftime("%Y-%m-%dT%H:%M"),
    }
