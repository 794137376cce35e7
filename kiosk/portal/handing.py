"""The pass in a contact's hands: shown with the invitation to copy, saved as a picture, printed. Each time is recorded."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access_log.i18n import local_time
from access_log.services import handover, letters
from access_log.services.handover import TakenPass
from kiosk.portal.people import Asker
from kiosk.portal.show import show
from kiosk.portal.visit_pages import own
from kiosk.web.deps import Now, Ring, SettingsDep, Transaction
from kiosk.web.pass_picture import pass_png, pass_svg
from kiosk.web.render import elsewhere, text_in

router = APIRouter(prefix="/visits/{visit_id}")


@router.post("/pass")
def show_pass(
    request: Request, visit_id: UUID, asker: Asker, session: Transaction, ring: Ring, settings: SettingsDep, now: Now
) -> Response:
    """QR code, short code and the invitation's words. No name on any of them."""
    visit = own(session, visit_id, asker)
    taken = handover.take(session, ring, visit=visit, contact=asker, how="shown", now=now)
    invitation = letters.invitation_text(session, ring, settings, visit=visit)
    return show(request, "pass.html", taken=taken, visit=visit, picture=pass_svg(taken.digits), invitation=invitation)


@router.post("/pass.png")
def save_pass(visit_id: UUID, asker: Asker, session: Transaction, ring: Ring, now: Now) -> Response:
    """A picture to send on. Its name and its text say which visit, not whose."""
    taken = handover.take(session, ring, visit=own(session, visit_id, asker), contact=asker, how="saved", now=now)
    headers = {"Content-Disposition": f'attachment; filename="pass-{taken.number}.png"'}
    return Response(pass_png(taken.digits, picture_lines(taken)), media_type="image/png", headers=headers)


@router.get("/pass")
@router.get("/pass.png")
def back_to_visit(request: Request, visit_id: UUID, asker: Asker) -> Response:
    """A pass is never behind an address: back to the visit."""
    del asker
    return elsewhere(request, f"/visits/{visit_id}")


def picture_lines(taken: TakenPass) -> list[str]:
    """What stands under the code, in the technician's language."""
    visit, site = taken.visit, taken.site
    begin, end = (local_time(moment, site.zone) for moment in (visit.window_from, visit.window_until))
    until = end[11:] if begin[:10] == end[:10] else end
    return [
        site.name if visit.language == "zh-CN" else site.name_en,
        f"{begin} – {until}",
        text_in(visit.language, "Visit {number}").format(number=taken.number),
        text_in(visit.language, "Short code {code}").format(code=taken.code),
    ]
