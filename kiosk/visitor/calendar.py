"""A visit as an iCalendar file (RFC 5545): times in UTC, which every calendar shows in its owner's zone; nobody's data in it."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from access_log.i18n import local_time
from access_log.models import Pass
from access_log.services.own_visit import OwnVisit
from kiosk.web.render import text_in

LONGEST_LINE = 75
"""Octets, without the line break (RFC 5545, 3.1)."""
BRING = "Please bring a valid identity document. A guard looks at it; it is not copied and its number is not kept."


def calendar(own: OwnVisit, issued: Pass, language: str) -> bytes:
    """The file, with an alarm an hour before. A new pass or another time replaces the old entry: same UID, higher SEQUENCE."""
    return b"".join(_folded(line) for line in _lines(own, issued, language))


def _lines(own: OwnVisit, issued: Pass, language: str) -> Iterator[str]:
    say = partial(text_in, language)
    named = "name" if language == "zh-CN" else "name_en"
    site = getattr(own.site, named)
    doors = [getattr(door, named) for door in own.doors]
    title = say("Visit to {site}").format(site=site)
    opens = say("The door opens for you from {opens}.").format(opens=local_time(own.opens_at, own.site.zone))
    number = say("Visit") + f" {own.number}"
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//access-log//visitor//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH")
    yield from ("BEGIN:VEVENT", f"UID:{_uid(own)}", f"DTSTAMP:{_utc(issued.issued_at)}", f"SEQUENCE:{int(issued.issued_at.timestamp())}")
    yield from (f"DTSTART:{_utc(own.visit.window_from)}", f"DTEND:{_utc(own.visit.window_until)}")
    yield f"SUMMARY:{_text(title)}"
    yield f"LOCATION:{_text(' · '.join([site, *doors]))}"
    yield f"DESCRIPTION:{_text(chr(10).join([number, opens, say(BRING)]))}"
    yield from ("CLASS:PRIVATE", "STATUS:CONFIRMED", "BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(title)}", "TRIGGER:-PT1H")
    yield from ("END:VALARM", "END:VEVENT", "END:VCALENDAR")


def _uid(own: OwnVisit) -> str:
    """Of this visit, and says nothing about it."""
    return hashlib.sha256(b"calendar" + own.visit.id.bytes).hexdigest()[:32] + "@access-log"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for special in ("\\", ";", ","):
        value = value.replace(special, "\\" + special)
    return value.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """CRLF at the end; continued on lines that begin with a space, never within a character."""
    parts, part = [], b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > LONGEST_LINE:
            parts.append(part)
            part = b" "
        part += octets
    return b"\r\n".join([*parts, part]) + b"\r\n"
