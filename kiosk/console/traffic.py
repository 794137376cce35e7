"""Traffic by area and month: anonymous by rule, so that it may be handed on. Everything else here is only de-identified."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.policy.actors import Actor
from access_log.policy.anonymous import CUSTOMERS, PEOPLE
from access_log.policy.codes import Role
from access_log.services import sites, traffic
from access_log.services.csv_safe import write_csv
from kiosk.console.show import show
from kiosk.web.deps import Language, Transaction
from kiosk.web.policy import staff
from kiosk.web.render import text_in

router = APIRouter(prefix="/traffic")
Reader = Annotated[Actor, Depends(staff(Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR))]
MONTH, WHOLE_SITE, HIDDEN = "Month", "Whole site", "hidden"


@router.get("")
def page(request: Request, reader: Reader, session: Transaction) -> Response:
    """Month by month, as it was published once."""
    rows = traffic.published(session, site_id=reader.site_id)
    return show(request, "traffic.html", rows=rows, areas=sites.areas(session, reader.site_id), people=PEOPLE, customers=CUSTOMERS)


@router.get("/download")
def download(reader: Reader, session: Transaction, language: Language) -> Response:
    """The same as CSV, to be handed on."""
    areas = sites.areas(session, reader.site_id)
    hidden = text_in(language, HIDDEN)
    headings = [text_in(language, MONTH), *(area.code for area in areas), text_in(language, WHOLE_SITE)]
    found = traffic.published(session, site_id=reader.site_id)
    rows = [[row.month, *(_said(row.cells.get(area.id or 0), hidden) for area in areas), _said(row.total, hidden)] for row in found]
    disposition = {"Content-Disposition": 'attachment; filename="traffic.csv"'}
    return Response(write_csv([headings, *rows]), media_type="text/csv; charset=utf-8", headers=disposition)


def _said(entries: int | None, hidden: str) -> str:
    return hidden if entries is None else str(entries)
