"""Receipts of erasures: what was erased, why, and from when no copy of the database opens it. For the privacy officer and the auditor."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services import erasure_receipts
from kiosk.console.show import show
from kiosk.console.words import ACTORS, REASONS
from kiosk.web.deps import Now, SettingsDep, Transaction
from kiosk.web.policy import staff

router = APIRouter()


@router.get("/erasures")
def listed(
    request: Request,
    reader: Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER, Role.AUDITOR))],
    session: Transaction,
    settings: SettingsDep,
    now: Now,
    page: str = "",
) -> Response:
    """The newest first; no name, and nothing that leads to one."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    found = erasure_receipts.listed(session, site_id=reader.site_id, page=number, horizon=settings.horizon, now=now)
    return show(request, "erasures.html", page=found, reasons=REASONS, actors=ACTORS)
