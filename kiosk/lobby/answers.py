"""What the kiosk is told about a scan: codes, times and places. Never who anybody is."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.i18n import LANGUAGES, local_time, text
from access_log.models import Door, Site, Visit, VisitArea
from access_log.policy.codes import Outcome
from access_log.policy.periods import HeldUntil
from access_log.services import notices, receipts
from access_log.services.change_notices import since_read
from access_log.services.letter_texts import HELD
from access_log.services.scan_facts import VisitFacts, facts_of
from access_log.services.scan_values import ScanAnswer
from kiosk.lobby.device import ticket
from kiosk.web.state import State

EXITS = (Outcome.EXITED, Outcome.OVERSTAY_EXIT)


def painted(session: Session, state: State, scanned: Sequence[tuple[int, ScanAnswer]]) -> list[dict[str, Any]]:
    """What the pages of some kiosks want to know about their scans, given as (kiosk, answer)."""
    exits = {answer.visit_id for _kiosk, answer in scanned if answer.visit_id and answer.outcome in EXITS}
    facts = facts_of(session, {answer.visit_id for _kiosk, answer in scanned if answer.visit_id}, exits=exits)
    return [
        _painted(session, state, kiosk_id, answer, facts[answer.visit_id]) if answer.visit_id else _bare(answer)
        for kiosk_id, answer in scanned
    ]


def _painted(session: Session, state: State, kiosk_id: int, answer: ScanAnswer, facts: VisitFacts) -> dict[str, Any]:
    said = _bare(answer) | {"args": _args(session, answer, facts), "visit": ticket(state, kiosk_id, facts.visit_id)}
    if answer.outcome is Outcome.NO_NOTICE:
        said["notice"] = _notice(session, state, facts, kiosk_id)
    if answer.outcome in EXITS:
        said["receipt"] = {"held": _days(facts.held, facts.zone, "until")}
    return said


def _bare(answer: ScanAnswer) -> dict[str, Any]:
    """The answer to something that belongs to no visit."""
    nothing: dict[str, Any] = {"args": {}, "notice": None, "receipt": None, "visit": None, "can_call": True}
    return {"outcome": answer.outcome.value, "direction": answer.direction.value, "at": iso(answer.at), **nothing}


def iso(moment: datetime | None) -> str | None:
    """UTC with a Z, as JavaScript reads it everywhere."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z" if moment else None


def both(row: Any, name: str) -> dict[str, str]:
    """A text of a table in both languages."""
    return {"zh-CN": getattr(row, name), "en": getattr(row, f"{name}_en")}


@cache
def said(message: str) -> dict[str, str]:
    """A message in both languages."""
    return {language: text(language, message) for language in LANGUAGES}


def _args(session: Session, answer: ScanAnswer, facts: VisitFacts) -> dict[str, Any]:
    args: dict[str, Any] = {
        "from": iso(facts.opens_at),
        "until": iso(facts.until),
        "areas": [{"zh-CN": name, "en": name_en} for name, name_en in facts.areas],
        "since": iso(facts.entered_at),
    }
    if answer.outcome is Outcome.WRONG_AREA:
        args["way"] = _way(session, facts.visit_id)
    if facts.stayed is not None:
        args["minutes"] = int(facts.stayed.total_seconds() // 60)
    return args


def _way(session: Session, visit_id: UUID) -> dict[str, str] | None:
    """To the first door of the visit's areas that says how it is found."""
    doors = select(Door).join(VisitArea, col(VisitArea.area_id) == col(Door.area_id)).where(VisitArea.visit_id == visit_id)
    door = session.exec(doors.order_by(col(Door.id))).first()
    return both(door, "way") if door and (door.way or door.way_en) else None


def _notice(session: Session, state: State, facts: VisitFacts, kiosk_id: int) -> dict[str, Any]:
    visit = visit_of(session, facts.visit_id)
    site = session.get_one(Site, visit.site_id)
    texts = {language: notices.current(session, site_id=visit.site_id, language=language) for language in LANGUAGES}
    parts = {language: notices.sections(notice) for language, notice in texts.items()}
    rows = zip(parts["zh-CN"][1], parts["en"][1], strict=False)
    return {
        "token": ticket(state, kiosk_id, visit.id),
        "version": texts["zh-CN"].version,
        "title": {language: parts[language][0] for language in LANGUAGES},
        "sections": [
            {"heading": {"zh-CN": zh[0], "en": en[0]}, "body": {"zh-CN": "\n".join(zh[1]), "en": "\n".join(en[1])}} for zh, en in rows
        ],
        "changed": {language: "\n".join(since_read(session, visit, site, language)) for language in LANGUAGES},
        "deletion": _days(receipts.planned(session, visit), facts.zone, "date"),
    }


def _days(rows: Iterable[HeldUntil], zone: str, key: str) -> list[dict[str, Any]]:
    return [{"what": said(HELD[row.what]), key: local_time(row.until, zone)[:10]} for row in rows]


def visit_of(session: Session, visit_id: UUID) -> Visit:
    """A visit that a ticket named."""
    return session.get_one(Visit, visit_id)
