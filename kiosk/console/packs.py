"""The auditor pack at the console: choose a period, see how much it is, take it away; pick visits whose names the audit must see."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from access_log.audit import listing
from access_log.audit.export import export, wanted_of
from access_log.audit.pack import Pack, Progress, sent
from access_log.audit.scope import Scope, Wanted, estimate, scope_of
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import Site
from access_log.policy.actors import Actor
from access_log.policy.codes import Role, SampleReason
from access_log.services import customers, samples
from kiosk.console.show import elsewhere, show
from kiosk.console.words import SAMPLE_REASONS
from kiosk.web.deps import Language, Now, Register, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite, staff
from kiosk.web.render import redirect
from kiosk.web.state import State

router = APIRouter(prefix="/pack")
Auditor = Annotated[Actor, Depends(staff(Role.AUDITOR))]
REST = 2
"""A rest is so many times as long as the piece before it: scans come first."""
SILENT = 60.0
"""Seconds after which a pack whose reader went away is forgotten."""


class PeriodForm(BaseModel):
    first: date
    last: date
    customer: int | None = Field(default=None, ge=1, le=2**31 - 1)


class SampleForm(PeriodForm):
    visits: list[UUID] = Field(default=[], max_length=200)
    numbers: str = Field(default="", max_length=2000)
    reason: SampleReason
    reference: str = Field(default="", max_length=40)


@dataclass
class Sending:
    """A pack on its way to somebody."""

    progress: Progress
    at: float


@router.get("")
def page(
    request: Request,
    auditor: Auditor,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    language: Language,
    now: Now,
    first: str = "",
    last: str = "",
    customer: str = "",
    page: str = "",
) -> Response:
    """The last full month, or the period asked for: how much there is, and the visits in it."""
    begin, end = _month_before(now, site)
    form = empty(language, first=first or begin.isoformat(), last=last or end.isoformat(), customer=customer)
    return _page(request, session, ring, site, auditor, form, now, _number(page))


@router.get("/download")
@router.get("/sample")
def back(request: Request, auditor: Auditor) -> Response:
    """Asked for again what only a form sends: the page with the form."""
    del auditor
    return elsewhere(request, "/pack")


@router.post("/download")
def download(
    request: Request,
    form: Annotated[Filled[PeriodForm], Depends(filled(PeriodForm))],
    auditor: Auditor,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    state: Register,
    now: Now,
) -> Response:
    """The zip, made while it is sent. That it is taken stands in the record before the first byte goes."""
    if form.ok:
        with form.attempt(session):
            wanted = wanted_of(site, form.it.first, form.it.last, form.it.customer)
            running: dict[int, Sending] = request.app.state.packs
            if _alive(running.get(auditor.id or 0)):
                raise ConflictError("pack_running")
            scope = export(session, wanted, actor=auditor, now=now)
            running[auditor.id or 0] = Sending(Progress(0, 1), time.monotonic())
            pack = Pack(state.engine, ring, scope, made_by=request.state.account.label, now=now)
            return _sent(pack, scope, state, running, auditor.id or 0)
    return _page(request, session, ring, site, auditor, form, now, 0, 422)


def _sent(pack: Pack, scope: Scope, state: State, running: dict[int, Sending], reader: int) -> Response:
    zone = ZoneInfo(scope.site.zone)
    days = [moment.astimezone(zone).date() for moment in (scope.wanted.begins, scope.wanted.ends - timedelta(seconds=1))]
    name = f"audit-pack-{scope.site.code}-{days[0]}-{days[1]}.zip"
    body = _watched(pack, state, running, reader)
    return StreamingResponse(body, media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _watched(pack: Pack, state: State, running: dict[int, Sending], reader: int) -> Iterator[bytes]:
    spoke = began = time.monotonic()

    def rest() -> None:
        nonlocal began
        time.sleep(min(REST * (time.monotonic() - began), 0.5))
        began = time.monotonic()

    def told(progress: Progress) -> None:
        nonlocal spoke
        running[reader] = Sending(progress, time.monotonic())
        if time.monotonic() - spoke > 1:
            spoke = time.monotonic()
            state.live.publish(pack.scope.wanted.site_id)

    try:
        yield from sent(pack, rest, told)
    finally:
        running.pop(reader, None)
        state.live.publish(pack.scope.wanted.site_id)


def _alive(sending: Sending | None) -> bool:
    return sending is not None and time.monotonic() - sending.at < SILENT


@router.post("/sample")
def sample(
    request: Request,
    form: Annotated[Filled[SampleForm], Depends(filled(SampleForm))],
    auditor: Auditor,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
    page: str = "",
) -> Response:
    """Ask the privacy officer for the names of some visits."""
    if form.ok:
        with form.attempt(session):
            it = form.it
            samples.ask(session, visits=it.visits, numbers=it.numbers, reason=it.reason, reference=it.reference, auditor=auditor, now=now)
            return redirect(request, "/samples", flash="sample_asked")
    return _page(request, session, ring, site, auditor, form, now, _number(page), 422)


def _page(
    request: Request, session: Transaction, ring: Ring, site: Site, auditor: Actor, form: Filled[Any], now: datetime, page: int,
    status: int = 200,
) -> Response:  # fmt: skip
    wanted = _wanted(site, form)
    scope = _scope(session, wanted, now) if wanted else None
    rows, more = listing.page(session, ring, wanted, page) if wanted else ([], False)
    sending = request.app.state.packs.get(auditor.id or 0)
    return show(
        request,
        "pack.html",
        status,
        form=form,
        scope=scope,
        guess=estimate(session, scope) if scope else None,
        rows=rows,
        page=page,
        more=more,
        customers=[(row.id, row.name) for row in customers.listed(session, site.id or 0)],
        reasons=list(SAMPLE_REASONS.items()),
        sending=sending.progress if _alive(sending) else None,
        most=samples.MOST,
    )


def _wanted(site: Site, form: Filled[Any]) -> Wanted | None:
    """What the fields say, wherever they came from; None, with a message beside the field, where they say nothing."""
    days = []
    for name in ("first", "last"):
        try:
            days.append(date.fromisoformat(str(form.values.get(name, ""))))
        except ValueError:
            if name not in form.errors:
                form.refuse(name, "date_parsing")
    if len(days) < 2:
        return None
    customer = str(form.values.get("customer") or "")
    try:
        return wanted_of(
            site, days[0], days[1], int(customer) if customer.isascii() and customer.isdigit() and len(customer) < 10 else None
        )
    except RefusedInputError as error:
        form.take(error)
        return None


def _scope(session: Transaction, wanted: Wanted, now: datetime) -> Scope | None:
    try:
        return scope_of(session, wanted, now=now)
    except (ConflictError, NotFoundError):
        return None


def _month_before(now: datetime, site: Site) -> tuple[date, date]:
    end = now.astimezone(ZoneInfo(site.zone)).date().replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
