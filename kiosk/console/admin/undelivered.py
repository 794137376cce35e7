"""Messages that reached nobody: which, why, and once more."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.models import SendState
from access_log.services import desk, mail_state, outbox
from access_log.services.labels import read_labels
from kiosk.console.admin.common import Admin
from kiosk.console.admin.words import MAIL_WORDS, TEMPLATES, send_error
from kiosk.console.show import show
from kiosk.web.deps import Now, Ring, RowId, Transaction, language_of
from kiosk.web.render import redirect, text_in

router = APIRouter(prefix="/admin/undelivered")


@router.get("")
def listed(request: Request, admin: Admin, session: Transaction, ring: Ring, now: Now) -> Response:
    """Whether mail goes out at all; then the refused ones, then those nobody could be written to."""
    rows = outbox.undelivered(session, admin.site_id)
    language = language_of(request)
    return show(
        request,
        "admin/undelivered.html",
        mail=mail_state.standing(session, now=now, site_id=admin.site_id),
        mail_words=MAIL_WORDS,
        failed=[row for row in rows if row.state is SendState.FAILED],
        dropped=[row for row in rows if row.state is SendState.DROPPED],
        visits=desk.of_visits(session, ring, {row.visit_id for row in rows if row.visit_id}),
        names=read_labels(session, ring, {row.subject_id for row in rows}),
        templates=TEMPLATES,
        why=lambda code: send_error(code, lambda words: text_in(language, words)),
    )


@router.post("/try-now")
def try_now(request: Request, admin: Admin, session: Transaction) -> Response:
    """The mail server has been mended: no more waiting for the next try."""
    del admin
    mail_state.try_now(session)
    return redirect(request, "/admin/undelivered", flash="mail_tried")


@router.post("/all/again")
def all_again(request: Request, admin: Admin, session: Transaction, now: Now) -> Response:
    """After the mail server was mended: everything that was refused, once more."""
    failed = [row for row in outbox.undelivered(session, admin.site_id, limit=1000) if row.state is SendState.FAILED]
    outbox.send_again(session, failed, now=now)
    return redirect(request, "/admin/undelivered", flash="sent_again")


@router.post("/{message_id}/again")
def again(request: Request, message_id: RowId, admin: Admin, session: Transaction, now: Now) -> Response:
    """One of them. Whom it goes to is opened when it is sent, and that look is recorded."""
    message = outbox.of(session, message_id=message_id, site_id=admin.site_id)
    outbox.send_again(session, [message], now=now)
    return redirect(request, "/admin/undelivered", flash="sent_again")


@router.post("/{message_id}/aside")
def aside(request: Request, message_id: RowId, admin: Admin, session: Transaction) -> Response:
    """It needs no other try."""
    outbox.set_aside(session, outbox.of(session, message_id=message_id, site_id=admin.site_id))
    return redirect(request, "/admin/undelivered", flash="set_aside")
