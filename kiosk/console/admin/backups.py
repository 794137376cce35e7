"""Backups: when the last whole one was made, what is kept where, and what went wrong."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.services import backups
from kiosk.console.admin.common import Admin
from kiosk.console.show import show
from kiosk.web.deps import Now, SettingsDep, Transaction

router = APIRouter(prefix="/admin/backups")


@router.get("")
def listed(request: Request, _admin: Admin, session: Transaction, settings: SettingsDep, now: Now) -> Response:
    """Making and putting back are commands on the server: whoever may do them holds its keys."""
    return show(
        request,
        "admin/backups.html",
        runs=backups.listed(session),
        copies=backups.copies(session),
        whole=backups.last_whole(session),
        late=backups.is_late(session, now=now),
        is_set=bool(settings.backup_to),
        hour=settings.backup_hour,
        days=settings.backup_keep_days,
    )
