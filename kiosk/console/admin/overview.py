"""The administrator's first page: what a fresh site still lacks, what needs somebody now."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.services import checklist, mail_state
from kiosk.console.admin.common import CONDITION_TONES, Admin
from kiosk.console.admin.words import CONDITIONS, MAIL_WORDS
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
        mail=mail_state.standing(session, now=now, site_id=admin.site_id),
        mail_words=MAIL_WORDS,
        conditions=CONDITIONS,
        tones=CONDITION_TONES,
    )
