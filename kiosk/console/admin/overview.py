"""The administrator's first page: what a fresh site still lacks, what needs somebody now."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.services import checklist
from kiosk.console.admin.common import CONDITION_TONES, Admin
from kiosk.console.admin.words import CONDITIONS
from kiosk.console.show import show
from kiosk.web.deps import Now, SettingsDep, Transaction

router = APIRouter()


@router.get("/admin")
def overview(request: Request, admin: Admin, session: Transaction, settings: SettingsDep, now: Now) -> Response:
    """Everything at a glance; each line leads to the page where it is put right."""
    return show(
        request,
        "admin/overview.html",
        set_up=checklist.set_up(session, admin.site_id),
        attention=checklist.attention(session, site_id=admin.site_id, now=now),
        says_late=not settings.demo,
        mail_is_set=settings.smtp_url is not None or settings.demo,
        conditions=CONDITIONS,
        tones=CONDITION_TONES,
    )
