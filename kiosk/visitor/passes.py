"""The pass: on the screen, as a picture, in the calendar, on paper."""

from datetime import datetime
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from access_log.crypto.codes import group_code
from access_log.errors import NotFoundError
from access_log.models import Pass
from access_log.policy.standing import BEFORE_ENTRY, Standing
from access_log.services import change_notices, passes
from access_log.services.own_visit import OwnVisit
from kiosk.visitor.calendar import calendar
from kiosk.visitor.show import Own, show, spoken, window
from kiosk.visitor.words import STANDINGS
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.pass_picture import pass_png, pass_svg
from kiosk.web.render import text_in

router = APIRouter()
LOOKS: dict[Standing, str] = {
    Standing.WAITING: "wait",
    Standing.REFUSED: "stop",
    Standing.SUSPENDED: "stop",
    Standing.TOO_EARLY: "early",
    Standing.READY: "go",
    Standing.AT_DOOR: "go",
    Standing.ON_SITE: "inside",
    Standing.OVERSTAY: "early",
    Standing.MAY_RETURN: "inside",
    Standing.LEFT: "done",
    Standing.CLOSED: "done",
    Standing.MISSED: "done",
    Standing.CANCELLED: "stop",
}
"""A colour of visitor.css and a glyph: nothing is said by colour alone."""


@router.get("/pass")
def page(request: Request, own: Own, session: Transaction, ring: Ring, language: Language, now: Now) -> Response:
    """Where the visit stands and, where there is one, the pass."""
    code = short = ""
    if own.issued is not None:
        code = pass_svg(passes.token_of(ring, own.issued))
        short = group_code(passes.short_code_of(ring, own.issued))
    says = STANDINGS[own.standing]
    title, text = _filled(says.title, own, language, now), _filled(says.text, own, language, now)
    in_wechat = "MicroMessenger" in request.headers.get("user-agent", "")
    announced = change_notices.announced(session, site_id=own.site.id or 0, language=language, now=now)
    again = own.visit.notice_version is not None and not own.notice_read
    return show(
        request, "pass.html", own, code=code, short=short, look=LOOKS[own.standing], headline=title, text=text, in_wechat=in_wechat,
        announced=[said for said in announced if own.standing in BEFORE_ENTRY and not said.in_force], again=again,
    )  # fmt: skip


def _filled(message: str, own: OwnVisit, language: str, now: datetime) -> Markup:
    """With its times, none of which breaks in the middle."""
    visit = own.visit
    moments = {
        "opens": own.opens_at, "from": visit.window_from, "until": visit.window_until, "since": visit.entered_at, "left": visit.left_at,
    }  # fmt: skip
    whole = Markup('<time datetime="{}">{}</time>')
    times = {name: whole.format(at.isoformat(), spoken(at, now=now, zone=own.site.zone)) for name, at in moments.items() if at is not None}
    return escape(text_in(language, message)).format(**times)


@router.get("/pass/picture")
def picture_page(request: Request, own: Own) -> Response:
    """The picture to press and hold: browsers inside other apps save no downloads."""
    _pass_of(own)
    return show(request, "picture.html", own)


@router.get("/pass.png")
def picture(own: Own, ring: Ring, language: Language, save: bool = False) -> Response:
    """The pass as a PNG without a name; `save` hands it over as a file."""
    issued = _pass_of(own)
    lines = picture_lines(own, group_code(passes.short_code_of(ring, issued)), language)
    way = "attachment" if save else "inline"
    headers = {"Content-Disposition": f'{way}; filename="pass-{own.number}.png"'}
    return Response(pass_png(passes.token_of(ring, issued), lines), media_type="image/png", headers=headers)


@router.get("/pass.ics")
def in_calendar(own: Own, language: Language) -> Response:
    """The visit for a calendar: place and time, nobody's data, no link."""
    issued = _pass_of(own)
    headers = {"Content-Disposition": f'attachment; filename="visit-{own.number}.ics"'}
    return Response(calendar(own, issued, language), media_type="text/calendar; charset=utf-8", headers=headers)


def picture_lines(own: OwnVisit, short: str, language: str) -> list[str]:
    """What stands below the code in the picture."""
    say = partial(text_in, language)
    name = own.site.name if language == "zh-CN" else own.site.name_en
    return [
        name,
        window(own),
        f"{say('Visit')} {own.number}",
        f"{say('Short code')} {short}",
    ]


def _pass_of(own: OwnVisit) -> Pass:
    if own.issued is None:
        raise NotFoundError
    return own.issued
