"""The register of recipients: who outside the operator may be given what. It is the policy's own list, and nothing leaves past it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.services import recipients
from kiosk.console.law.common import Watcher
from kiosk.console.show import show
from kiosk.web.deps import Now, Transaction
from kiosk.web.policy import OwnSite

router = APIRouter(prefix="/recipients")


@router.get("")
def listed(request: Request, watcher: Watcher, session: Transaction, site: OwnSite, now: Now) -> Response:
    """Each with its fields, its contract, and what was given."""
    del watcher
    policy, rows = recipients.register(session, site=site, now=now)
    return show(request, "law/recipients.html", policy=policy, rows=rows, given=recipients.GIVEN)
