"""Who of the company is inside, and who was, when: to look at, and as a file for the company's own records."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from access_log.errors import RefusedInputError
from access_log.i18n import local_time
from access_log.models import Site
from access_log.policy.actors import Actor
from access_log.policy.codes import HowKnown
from access_log.services import company_visits, stays
from access_log.services.csv_safe import write_csv
from access_log.services.stays import Days, Stay
from kiosk.portal.people import page_number
from kiosk.portal.show import show
from kiosk.portal.words import HEADINGS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite, contact
from kiosk.web.render import elsewhere, text_in, word

router = APIRouter(prefix="/history")
Reporter = Annotated[Actor, Depends(contact("report"))]
USUAL = timedelta(days=29)


class ExportForm(BaseModel):
    first: date
    last: date
    names: Literal["masked", "names"] = "masked"


@router.get("")
def page(
    request: Request, reporter: Reporter, session: Transaction, ring: Ring, site: OwnSite, now: Now, language: Language,
    first: str = "", last: str = "", page: str = "1",
) -> Response:  # fmt: skip
    """Inside now, and the entries of some days: the last thirty where none, or none that can be read, are named."""
    days = _days(first, last, site, now)
    form = empty(language, first=days.first.isoformat(), last=days.last.isoformat(), names="masked")
    status = 200
    with suppress(RefusedInputError):
        stays.check_days(days)
        return _page(request, form, days, reporter, session, ring, site, now, page_number(page))
    form.values |= {"first": first, "last": last}
    status = 422
    form.refuse("last", "ends_before_it_begins" if days.last < days.first else "longer_than_a_year")
    return _page(request, form, _usual(site, now), reporter, session, ring, site, now, 1, status)


@router.post("/export")
def export(
    request: Request, form: Annotated[Filled[ExportForm], Depends(filled(ExportForm))], reporter: Reporter, session: Transaction,
    ring: Ring, site: OwnSite, now: Now,
) -> Response:  # fmt: skip
    """The same as CSV. Masked, unless names were chosen: then each name opened is recorded, as the export is."""
    if form.ok:
        with form.attempt(session):
            days = Days(form.it.first, form.it.last)
            stays.check_days(days)
            named = form.it.names == "names"
            rows, known = stays.exported(session, ring, contact=reporter, site=site, days=days, names=named, now=now)
            name = f"entries-{days.first.isoformat()}-{days.last.isoformat()}.csv"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(_file(rows, known, site, form.language), media_type="text/csv; charset=utf-8", headers=headers)
    return _page(request, form, _usual(site, now), reporter, session, ring, site, now, 1, 422)


@router.get("/export")
def back(request: Request, reporter: Reporter) -> Response:
    """A file is never behind an address: back to the page."""
    del reporter
    return elsewhere(request, "/history")


def _days(first: str, last: str, site: Site, now: datetime) -> Days:
    usual = _usual(site, now)
    return Days(_day(first) or usual.first, _day(last) or usual.last)


def _usual(site: Site, now: datetime) -> Days:
    today = now.astimezone(ZoneInfo(site.zone)).date()
    return Days(today - USUAL, today)


def _day(text: str) -> date | None:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if 2000 <= day.year <= 2200 else None
    return None


def _page(
    request: Request, form: Filled[Any], days: Days, reporter: Actor, session: Transaction, ring: Ring, site: Site, now: datetime,
    number: int, status: int = 200,
) -> Response:  # fmt: skip
    whose = reporter.customer_id or 0
    return show(
        request,
        "history.html",
        status,
        form=form,
        days=days,
        inside=company_visits.inside(session, ring, customer_id=whose, site=site, now=now),
        found=stays.listed(session, ring, customer_id=whose, site=site, days=days, page=number),
        most_names=stays.MOST_NAMES,
    )


def _file(rows: list[Stay], known: dict[UUID, str], site: Site, language: str) -> bytes:
    headings = [text_in(language, heading) for heading in HEADINGS]
    return write_csv([headings, *(_cells(row, known, site, language) for row in rows)])


def _cells(row: Stay, known: dict[UUID, str], site: Site, language: str) -> list[str]:
    """An exit that nobody knows has no time: none is invented."""
    left = row.left_at if row.left_known is not HowKnown.UNKNOWN else None
    return [
        row.number,
        known.get(row.subject_id, row.name),
        row.area.name if language == "zh-CN" else row.area.name_en,
        word("purpose", row.purpose, language),
        row.work_order,
        local_time(row.entered_at, site.zone),
        word("known", row.entered_known, language),
        local_time(left, site.zone) if left else "",
        word("known", row.left_known, language) if row.left_known else "",
    ]
