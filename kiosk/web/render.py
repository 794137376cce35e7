"""Pages: one Jinja2 environment a language, with the few functions every template may use."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from access_log.i18n import LANGUAGES, local_time, text, translations
from kiosk.web.cookies import set_language
from kiosk.web.deps import language_of
from kiosk.web.state import state_of
from kiosk.web.words import ALL

KIOSK = Path(__file__).resolve().parent.parent
STATIC = KIOSK / "static"
LOCALES = KIOSK / "locales"
FLASH_COOKIE = "__Host-flash"
FLASHES = {
    "saved": "Saved.",
    "removed": "Removed.",
    "sent": "Sent.",
    "approved": "Approved.",
    "refused": "Refused. The contact has been told.",
    "cancelled": "Cancelled. The pass no longer works.",
    "reissued": "A new pass has been made. The old code and the old link no longer work.",
    "requested": "Your request has been sent.",
    "requested_before": "This request had been sent already. Nothing was sent twice.",
    "person_added": "Added to the roster.",
    "password_changed": "Your password is changed. Every other browser is signed out.",
    "changed": "Changed. It has to be approved again.",
    "admitted": "Admitted.",
    "turned_away": "Recorded. The pass stays valid.",
    "minor_found": "Everything about this person has been erased. The customer's contact is told without a name.",
    "minor": "Turned away. Everything about this person has been erased.",
    "recorded": "Recorded.",
    "signed_out": "You are signed out.",
    "invited": "An invitation has been sent.",
    "imported": "Imported.",
    "undone": "Undone.",
    "discarded": "Discarded.",
    "signed": "Review signed.",
    "sample_asked": "Asked. The privacy officer sees it at once.",
    "sample_released": "Released. The auditor sees it at once.",
    "sample_refused": "Refused. The auditor sees why.",
    "password_set": "Your password is set. Please sign in.",
    "second_factor_on": "The second factor is on.",
    "answered": "Call answered.",
    "badge_back": "The badge is back.",
    "entered_by_hand": "The entry has been recorded.",
    "left_by_hand": "The exit has been recorded.",
    "closed_unknown": "Closed without an exit time. None was invented.",
    "left_before_check": "Recorded: they left before the check. The pass stays valid.",
    "pin_set": "Your PIN is set.",
    "too_many_pins": "Too many wrong PINs. Please sign in with your password.",
    "locked_meanwhile": "The desk had locked itself. What was pressed last has not been done.",
    "conflict": "Somebody else was faster: this has changed meanwhile. Please look again.",
    "suspended": "Suspended. Passes open nothing meanwhile.",
    "resumed": "Active again.",
    "ended": "Ended.",
    "withdrawn": "Withdrawn. The pass no longer works; visitor and contact are told.",
    "started_over": "The old sign-in is void. An invitation has been sent.",
    "rule_on": "The rule is in force.",
    "rule_off": "The rule approves nothing any more.",
    "sent_again": "It will be sent again at once.",
    "set_aside": "Set aside.",
    "report_again": "It is written again. Come back in some minutes.",
    "mail_tried": "It is tried again at once. If it fails, this page says why.",
    "notice_published": "Published. It is in force now.",
    "notice_read": "Thank you. It is recorded that you have read the notice.",
    "contact_corrected": "Changed for this visit.",
    "contact_told": "Your company's contact has been asked to correct your name.",
    "clock_trusted": "The clock is believed again. It is recorded that you said so.",
    "check_asked": "The check begins within seconds.",
    "incident_entered": "On the list. The clock has run since it was noticed.",
    "incident_closed": "Closed. It stays on the list for three years.",
    "disclosure_entered": "Entered. A second person has to release it.",
    "disclosure_released": "Released. The privacy officer can download the file for 7 days.",
    "disclosure_refused": "Refused. Nothing is given.",
    "hold_set": "The data is frozen. A second person has to confirm the hold.",
    "hold_confirmed": "The hold is confirmed.",
    "hold_withdrawn": "The hold is withdrawn.",
    "release_asked": "The release waits for a second person.",
    "hold_released": "The hold is released. What is due is erased within the hour.",
    "request_received": "Your request has been received.",
    "code_sent": "A code is on its way to the address that is held.",
    "desk_only": "No address is held that a code could go to. Please show your identity document at the guard desk.",
    "verified": "Thank you. It is shown that it is you.",
    "taken_back": "Taken back.",
    "paused": "The clock stands still.",
    "request_refused": "Refused. The person reads the ground and the way to court.",
    "request_answered": "Answered. The person gets a message where an address is held.",
    "not_the_person": "Recorded. Nothing was disclosed.",
    "revoked": "Revoked. The device can no longer register anybody.",
}
"""Messages after a redirect. The cookie carries the code, never words and never data."""


def word(kind: str, code: Any, language: str) -> str:
    """The words of a code in a language."""
    value = code.value if isinstance(code, StrEnum) else str(code)
    return text_in(language, ALL[kind][value])


def text_in(language: str, message: str) -> str:
    """A message in a language, from the faces' texts and the core's."""
    return translations(language, LOCALES).gettext(message)


@cache
def environment(language: str) -> Environment:
    """The templates' environment. Undefined names are errors: a page never shows a hole."""
    made = Environment(
        loader=FileSystemLoader(KIOSK / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(language, LOCALES), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "lang": language,
        "languages": LANGUAGES,
        "static": static,
        "word": lambda kind, code: word(kind, code, language),
        "said": lambda message: text_in(language, message),
        "when": pass_context(_when),
        "day": pass_context(_day),
        "url": pass_context(_url),
        "other_language": pass_context(_other_language),
        "csrf_field": pass_context(_csrf_field),
        "bilingual": lambda row, name: getattr(row, name if language == "zh-CN" else f"{name}_en"),
    }
    return made


@cache
def static(path: str) -> str:
    """The address of a static file with its content's hash, so that it may be cached for a year."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def _when(context: Context, moment: datetime | None, *, seconds: bool = False) -> Markup:
    if moment is None:
        return Markup("–")
    local = local_time(moment, context["zone"], seconds=seconds)
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), local)


def _day(context: Context, moment: datetime) -> str:
    return local_time(moment, context["zone"])[:10]


def _url(context: Context, path: str, **query: object) -> str:
    pairs = urlencode([(key, value) for key, value in query.items() if value not in (None, "")])
    return f"{context['base']}{path}" + (f"?{pairs}" if pairs else "")


def _other_language(context: Context) -> str:
    """This page in the other language, filters and all."""
    query = [(key, value) for key, value in context["request"].query_params.multi_items() if key != "lang"]
    return "?" + urlencode([*query, ("lang", "en" if context["lang"] == "zh-CN" else "zh-CN")])


def _csrf_field(context: Context) -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context["csrf"])


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page in the person's language. `zone` may be given; the default is the site's usual one."""
    language = language_of(request)
    face = request.app.state.face
    values = {
        "request": request,
        "face": face,
        "base": request.scope.get("root_path", ""),
        "here": request.url.path,
        "csrf": getattr(request.state, "csrf", ""),
        "flash": FLASHES.get(request.cookies.get(FLASH_COOKIE, ""), ""),
        "account": getattr(request.state, "account", None),
        "demo": state_of(request).settings.demo,
        "now": state_of(request).clock(),
        "mount": request.app.state.mount,
        "insecure": insecure(request),
    } | context
    if "zone" not in values:
        values["zone"] = state_of(request).zone()
    html = environment(language).get_template(template).render(values)
    answer = HTMLResponse(html, status, headers={"Content-Language": language})
    if request.query_params.get("lang") in LANGUAGES:
        set_language(answer, language)
    if FLASH_COOKIE in request.cookies:
        answer.delete_cookie(FLASH_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


THIS_MACHINE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)


def insecure(request: Request) -> bool:
    """Plain HTTP from another machine. On this machine browsers keep Secure cookies without TLS."""
    return request.scope["scheme"] == "http" and not THIS_MACHINE.fullmatch(request.headers.get("host", ""))


def redirect(request: Request, path: str, *, flash: str = "") -> RedirectResponse:
    """303 to another page of the same face, with a message for it."""
    assert not flash or flash in FLASHES
    answer = RedirectResponse(request.scope.get("root_path", "") + path, 303)
    if flash:
        answer.set_cookie(FLASH_COOKIE, flash, max_age=60, secure=True, httponly=True, samesite="lax", path="/")
    return answer


def elsewhere(request: Request, path: str) -> RedirectResponse:
    """Somebody asked with GET for what is only there after a POST (language link, reload): on to the page it came from."""
    chosen = request.query_params.get("lang")
    return redirect(request, f"{path}?lang={chosen}" if chosen in LANGUAGES else path)


def plain(language: str, message: str) -> str:
    """A core text in a language."""
    return text(language, message)
