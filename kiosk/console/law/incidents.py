"""The list of incidents: what went wrong, the four hours until the authority has to have heard of it, who was told, and how it ended."""

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import Audience, IncidentEnd, IncidentKind, Site
from access_log.services import incidents
from access_log.services.incidents import Found
from kiosk.console.law.common import Watcher
from kiosk.console.law.incident_words import AFFECTED, AUDIENCES, CLOCKS, ENDS, KINDS, TO_SAY
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite
from kiosk.web.render import redirect

router = APIRouter(prefix="/incidents")
Affected = Literal["name", "organisation", "times", "work_order", "document", "reach", "account", "none"]


class FactsForm(BaseModel):
    kind: IncidentKind
    cause: str = Field(max_length=400)
    measures: str = Field(max_length=400)
    fields: list[Affected] = Field(default_factory=list)
    people: int = Field(ge=0, le=incidents.MOST_PEOPLE)

    def found(self, found_at: datetime) -> Found:
        return Found(self.kind, found_at, self.cause, self.measures, tuple(self.fields), self.people)


class IncidentForm(FactsForm):
    """`found_at` is in the site's zone."""

    found_at: datetime


class TellForm(BaseModel):
    """`told_at` is in the site's zone; `waived`: they are not told, and `reference` is the ground."""

    audience: Audience
    told_at: datetime
    reference: str = Field(max_length=200)
    waived: str = Field(default="", max_length=3)


class CloseForm(BaseModel):
    how: IncidentEnd
    reason: str = Field(max_length=400)


def _aware(at: datetime, site: Site) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(site.zone))


def _local(at: datetime, site: Site) -> str:
    return at.astimezone(ZoneInfo(site.zone)).strftime("%Y-%m-%dT%H:%M")


@router.get("")
def listed(request: Request, watcher: Watcher, session: Transaction, now: Now) -> Response:
    """All of the last three years, the open ones first."""
    rows = incidents.listed(session, site_id=watcher.site_id, now=now)
    return show(request, "law/incidents.html", rows=rows, kinds=KINDS, clocks=CLOCKS)


@router.get("/new")
def new(request: Request, watcher: Watcher, site: OwnSite, now: Now, language: Language) -> Response:
    """When it was noticed first: that is the clock."""
    del watcher
    return _new(request, empty(language, found_at=_local(now, site), people="0"))


def _new(request: Request, form: Filled[Any], status: int = 200) -> Response:
    return show(request, "law/incident_new.html", status, form=form, kinds=KINDS, affected=AFFECTED)


@router.post("/new")
def add(
    request: Request,
    form: Annotated[Filled[IncidentForm], Depends(filled(IncidentForm))],
    watcher: Watcher,
    session: Transaction,
    site: OwnSite,
    now: Now,
) -> Response:
    """On the list from here on; the clock has run since it was noticed."""
    if form.ok:
        with form.attempt(session):
            row = incidents.enter(session, found=form.it.found(_aware(form.it.found_at, site)), actor=watcher, now=now)
            return redirect(request, f"/incidents/{row.id}", flash="incident_entered")
    return _new(request, form, 422)


@router.get("/{incident_id}")
def page(request: Request, incident_id: RowId, watcher: Watcher, session: Transaction, now: Now) -> Response:
    """One incident: clock, facts, who has to hear what, and who has heard it."""
    row = incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    (one,) = incidents.standing(session, [row], now)
    return show(
        request, "law/incident.html", one=one, row=row, kinds=KINDS, clocks=CLOCKS, affected=AFFECTED, audiences=AUDIENCES, to_say=TO_SAY,
        ends=ENDS,
    )  # fmt: skip


@router.get("/{incident_id}/correct")
def correct_form(request: Request, incident_id: RowId, watcher: Watcher, session: Transaction, language: Language) -> Response:
    """What is known by now."""
    row = incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    known = {name: getattr(row, name) for name in ("cause", "measures", "fields")}
    return _correct(request, empty(language, kind=row.kind.value, people=str(row.people), **known), incident_id)


def _correct(request: Request, form: Filled[Any], incident_id: int, status: int = 200) -> Response:
    return show(request, "law/incident_correct.html", status, form=form, id=incident_id, kinds=KINDS, affected=AFFECTED)


@router.post("/{incident_id}/correct")
def correct(
    request: Request,
    incident_id: RowId,
    form: Annotated[Filled[FactsForm], Depends(filled(FactsForm))],
    watcher: Watcher,
    session: Transaction,
    now: Now,
) -> Response:
    """The time it was noticed stays."""
    row = incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    if form.ok:
        with form.attempt(session):
            incidents.correct(session, row=row, found=form.it.found(row.found_at), actor=watcher, now=now)
            return redirect(request, f"/incidents/{incident_id}", flash="saved")
    return _correct(request, form, incident_id, 422)


@router.get("/{incident_id}/tell")
def tell_form(
    request: Request, incident_id: RowId, watcher: Watcher, session: Transaction, site: OwnSite, now: Now, language: Language
) -> Response:
    """Who was told, when and by what."""
    incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    return _tell(request, empty(language, told_at=_local(now, site), audience=Audience.AUTHORITY.value), incident_id)


def _tell(request: Request, form: Filled[Any], incident_id: int, status: int = 200) -> Response:
    return show(request, "law/incident_tell.html", status, form=form, id=incident_id, audiences=AUDIENCES)


@router.post("/{incident_id}/tell")
def tell(
    request: Request,
    incident_id: RowId,
    form: Annotated[Filled[TellForm], Depends(filled(TellForm))],
    watcher: Watcher,
    session: Transaction,
    site: OwnSite,
    now: Now,
) -> Response:
    """Word to the authority stops the clock, at the time when it was told."""
    row = incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    if form.ok:
        with form.attempt(session):
            incidents.tell(
                session, row=row, audience=form.it.audience, told_at=_aware(form.it.told_at, site), reference=form.it.reference,
                waived=form.it.waived == "yes", actor=watcher, now=now,
            )  # fmt: skip
            return redirect(request, f"/incidents/{incident_id}", flash="saved")
    return _tell(request, form, incident_id, 422)


@router.get("/{incident_id}/close")
def close_form(request: Request, incident_id: RowId, watcher: Watcher, session: Transaction, language: Language) -> Response:
    """How it ended, and why it is over."""
    incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    return _close(request, empty(language), incident_id)


def _close(request: Request, form: Filled[Any], incident_id: int, status: int = 200) -> Response:
    return show(request, "law/incident_close.html", status, form=form, id=incident_id, ends=ENDS)


@router.post("/{incident_id}/close")
def close(
    request: Request,
    incident_id: RowId,
    form: Annotated[Filled[CloseForm], Depends(filled(CloseForm))],
    watcher: Watcher,
    session: Transaction,
    now: Now,
) -> Response:
    """It stays on the list for three years."""
    row = incidents.of(session, incident_id=incident_id, site_id=watcher.site_id)
    if form.ok:
        with form.attempt(session):
            incidents.close(session, row=row, end=form.it.how, reason=form.it.reason, actor=watcher, now=now)
            return redirect(request, f"/incidents/{incident_id}", flash="incident_closed")
    return _close(request, form, incident_id, 422)
