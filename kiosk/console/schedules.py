"""When reports are written and who is told: the administrator's page. It opens no report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.models import ReportSchedule
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import reports
from access_log.services.reports import Plan
from kiosk.console.show import show
from kiosk.console.words import REPORTS
from kiosk.web.deps import Language, Now, RowId, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/reports/schedules")
Admin = Annotated[Actor, Depends(staff(Role.ADMINISTRATOR))]


class PlanForm(BaseModel):
    """`time` is HH:MM in the site's zone; `day` counts for monthly reports only."""

    time: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    day: int = Field(default=1, ge=1, le=28)
    language: str = Field(pattern=r"^(zh-CN|en)$")
    active: str = Field(default="", max_length=3)
    recipients: list[int] = Field(default_factory=list, max_length=50)


@router.get("")
def index(request: Request, admin: Admin, session: Transaction) -> Response:
    """Every schedule in plain words."""
    rows = [(row, reports.recipients_of(session, row.id or 0)) for row in reports.schedules(session, site_id=admin.site_id)]
    return show(request, "schedules.html", rows=[(row, hours(row), reports.numbers(people)) for row, people in rows], names=REPORTS)


@router.get("/{schedule_id}")
def page(request: Request, schedule_id: RowId, admin: Admin, session: Transaction, site: OwnSite, language: Language) -> Response:
    """Change one."""
    row = reports.schedule_of(session, schedule_id=schedule_id, site_id=admin.site_id)
    named = [person.id for person in reports.recipients_of(session, schedule_id)]
    return _form(request, _fresh(language, row, named), row, session, site.zone)


def _fresh(shown_in: str, row: ReportSchedule, named: list[int | None]) -> Filled[PlanForm]:
    made: Filled[PlanForm] = empty(shown_in, time=hours(row), day=row.day, active="yes" if row.active else "", recipients=named)
    made.values["language"] = row.language
    return made


@router.post("/{schedule_id}")
def change(
    request: Request,
    schedule_id: RowId,
    form: Annotated[Filled[PlanForm], Depends(filled(PlanForm))],
    admin: Admin,
    session: Transaction,
    site: OwnSite,
    now: Now,
) -> Response:
    """In force from the next report on."""
    row = reports.schedule_of(session, schedule_id=schedule_id, site_id=admin.site_id)
    if form.ok:
        minute = int(form.it.time[:2]) * 60 + int(form.it.time[3:])
        plan = Plan(minute, form.it.day, form.it.language, form.it.active == "yes", frozenset(form.it.recipients))
        with form.attempt(session):
            reports.change_schedule(session, schedule=row, plan=plan, actor=admin, now=now)
            return redirect(request, "/reports/schedules", flash="saved")
    return _form(request, form, row, session, site.zone, 422)


def hours(row: ReportSchedule) -> str:
    """06:00."""
    return f"{row.local_minute // 60:02d}:{row.local_minute % 60:02d}"


def _form(
    request: Request, form: Filled[PlanForm], row: ReportSchedule, session: Transaction, site_zone: str, status: int = 200
) -> Response:
    people = reports.may_receive(session, site_id=row.site_id)
    return show(request, "schedule.html", status, form=form, row=row, people=people, names=REPORTS, site_zone=site_zone)
