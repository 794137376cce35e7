"""Access reports: the list, the report itself, and the reviewer's signature under it."""

import base64
import hashlib
import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.i18n import local_time
from access_log.models import RunState
from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import reports
from access_log.services.reports import Listed
from kiosk.console.show import show
from kiosk.console.words import FINDINGS, REPORTS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect

router = APIRouter(prefix="/reports")
Reader = Annotated[Actor, Depends(staff(*reports.READERS))]
MAY_RUN = (Role.REVIEWER, Role.PRIVACY_OFFICER)
TYPES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf", "json": "application/json"}
FileFormat = Literal["csv", "pdf", "json"]
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class SignForm(BaseModel):
    finding: str = Field(max_length=16)
    reference: str = Field(default="", max_length=40)


@router.get("")
def index(request: Request, reader: Reader, session: Transaction, now: Now, page: str = "") -> Response:
    """All reports, the newest first; those that nobody signed say how long they have waited."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 0
    rows, more = reports.listed(session, site_id=reader.site_id, now=now, page=number)
    waiting = reports.unsigned(session, site_id=reader.site_id)
    return show(request, "reports.html", rows=rows, older=number + 1 if more else None, begun=number > 0, waiting=waiting, names=REPORTS)


@router.get("/{run_id}")
def report(request: Request, run_id: UUID, reader: Reader, session: Transaction, now: Now, language: Language) -> Response:
    """One report: what it covers, its files, its review. Opens nothing yet."""
    return _page(request, empty(language), reports.one(session, run_id=run_id, site_id=reader.site_id, now=now), reader)


@router.post("/{run_id}/page")
def opened(request: Request, run_id: UUID, reader: Reader, session: Transaction, ring: Ring, now: Now) -> Response:
    """The report as a page of its own, recorded as opened: therefore sent, not followed (docs/adr/0018).

    It may load nothing and run nothing; its one style is named by its hash.
    """
    del request
    body = reports.open_file(session, ring, run_id=run_id, format_="html", reader=reader, now=now)
    style = STYLE.search(body)
    digest = base64.b64encode(hashlib.sha256(style.group(1) if style else b"").digest()).decode()
    csp = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    return Response(body, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": csp})


@router.post("/{run_id}/{format_}/download")
def download(run_id: UUID, format_: FileFormat, reader: Reader, session: Transaction, ring: Ring, site: OwnSite, now: Now) -> Response:
    """CSV, PDF or the proof (JSON), recorded as opened. The file\'s name says which report, and nothing about anybody."""
    found = reports.one(session, run_id=run_id, site_id=reader.site_id, now=now)
    body = reports.open_file(session, ring, run_id=run_id, format_=format_, reader=reader, now=now)
    name = f"{found.kind.value.replace('_', '-')}-{local_time(found.run.period_from, site.zone)[:10]}.{format_}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=TYPES[format_], headers=disposition)


@router.post("/{run_id}/sign")
def sign(
    request: Request,
    run_id: UUID,
    form: Annotated[Filled[SignForm], Depends(filled(SignForm))],
    reviewer: Annotated[Actor, Depends(staff(Role.REVIEWER))],
    session: Transaction,
    now: Now,
) -> Response:
    """Seen, with what the review found. Once."""
    if form.ok:
        with form.attempt(session):
            reports.sign(session, run_id=run_id, finding=form.it.finding, reference=form.it.reference, reviewer=reviewer, now=now)
            return redirect(request, f"/reports/{run_id}", flash="signed")
    return _page(request, form, reports.one(session, run_id=run_id, site_id=reviewer.site_id, now=now), reviewer, 422)


@router.post("/{run_id}/again")
def again(request: Request, run_id: UUID, actor: Annotated[Actor, Depends(staff(*MAY_RUN))], session: Transaction, now: Now) -> Response:
    """A report that could not be written: once more, at once."""
    reports.run_again(session, run_id=run_id, actor=actor, now=now)
    return redirect(request, f"/reports/{run_id}", flash="report_again")


def _page(request: Request, form: Filled[SignForm], found: Listed, reader: Actor, status: int = 200) -> Response:
    may_sign = reader.role is Role.REVIEWER and not found.signed_by and found.waits is not None
    may_run = reader.role in MAY_RUN and found.run.state is RunState.FAILED
    return show(
        request, "report.html", status, form=form, row=found, names=REPORTS, findings=FINDINGS, may_sign=may_sign, may_run=may_run
    )  # fmt: skip
