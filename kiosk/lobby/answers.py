"""What the kiosk is told about a scan: codes, times and places. Never who anybody is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.i18n import LANGUAGES, local_time, text
from access_log.models import Area, Door, Presence, Site, Visit, VisitArea
from access_log.policy.codes import Outcome
from access_log.policy.periods import HeldUntil
from access_log.services import notices, receipts
from access_log.services.letter_texts import HELD
from access_log.services.scan_values import ScanAnswer
from kiosk.lobby.device import ticket
from kiosk.web.state import State

EXITS = (Outcome.EXITED, Outcome.OVERSTAY_EXIT)


def painted(session: Session, state: State, answer: ScanAnswer, *, kiosk_id: int) -> dict[str, Any]:
    """The answer as the page wants it."""
    visit = session.get(Visit, answer.visit_id) if answer.visit_id else None
    site = session.get(Site, visit.site_id) if visit else None
    return {
        "outcome": answer.outcome.value,
        "direction": answer.direction.value,
        "at": iso(answer.at),
        "args": _args(session, answer, visit) if visit else {},
        "notice": _notice(session, state, visit, site, kiosk_id) if visit and site and answer.outcome is Outcome.NO_NOTICE else None,
        "receipt": _receipt(session, visit, site) if visit and site and answer.outcome in EXITS else None,
        "visit": ticket(state, kiosk_id, visit.id) if visit else None,
        "can_call": True,
    }


def bare(answer: ScanAnswer) -> dict[str, Any]:
    """The answer to something that belongs to no visit."""
    nothing: dict[str, Any] = {"args": {}, "notice": None, "receipt": None, "visit": None, "can_call": True}
    return {"outcome": answer.outcome.value, "direction": answer.direction.value, "at": iso(answer.at), **nothing}


def iso(moment: datetime | None) -> str | None:
    """UTC with a Z, as JavaScript reads it everywhere."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def both(row: Any, name: str) -> dict[str, str]:
    """A text of a table in both languages."""
    return {"zh-CN": getattr(row, name), "en": getattr(row, f"{name}_en")}


def said(message: str) -> dict[str, str]:
    """A message in both languages."""
    return {language: text(language, message) for language in LANGUAGES}


def _args(session: Session, answer: ScanAnswer, visit: Visit) -> dict[str, Any]:
    areas = session.exec(
        select(Area).join(VisitArea, col(VisitArea.area_id) == col(Area.id)).where(VisitArea.visit_id == visit.id).order_by(col(Area.code))
    ).all()
    args: dict[str, Any] = {
        "from": iso(answer.valid_from),
        "until": iso(answer.valid_until),
        "areas": [both(area, "name") for area in areas],
        "since": iso(visit.entered_at),
    }
    if answer.outcome is Outcome.WRONG_AREA and areas:
        door = session.exec(select(Door).where(col(Door.area_id).in_([area.id for area in areas])).order_by(col(Door.id))).first()
        args["way"] = both(door, "way") if door and (door.way or door.way_en) else None
    if answer.outcome in EXITS:
        stay = session.exec(select(Presence).where(Presence.visit_id == visit.id).order_by(col(Presence.id).desc()).limit(1)).first()
        if stay is not None and stay.left_at is not None:
            args["minutes"] = int((stay.left_at - stay.entered_at).total_seconds() // 60)
    return args


def _notice(session: Session, state: State, visit: Visit, site: Site, kiosk_id: int) -> dict[str, Any]:
    texts = {language: notices.current(session, site_id=site.id or 0, language=language) for language in LANGUAGES}
    parts = {language: notices.sections(notice) for language, notice in texts.items()}
    rows = zip(parts["zh-CN"][1], parts["en"][1], strict=False)
    return {
        "token": ticket(state, kiosk_id, visit.id),
        "version": texts["zh-CN"].version,
        "title": {language: parts[language][0] for language in LANGUAGES},
        "sections": [
            {"heading": {"zh-CN": zh[0], "en": en[0]}, "body": {"zh-CN": "\n".join(zh[1]), "en": "\n".join(en[1])}} for zh, en in rows
        ],
        "deletion": _days(receipts.planned(session, visit), site, "date"),
    }


def _receipt(session: Session, visit: Visit, site: Site) -> dict[str, Any]:
    return {"held": _days(receipts.held(session, visit), site, "until")}


def _days(rows: Iterable[HeldUntil], site: Site, key: str) -> list[dict[str, Any]]:
    return [{"what": said(HELD[row.what]), key: local_time(row.until, site.zone)[:10]} for row in rows]


def visit_of(session: Session, visit_id: UUID) -> Visit:
    """A visit that a ticket named."""
    return session.get_one(Visit, visit_id)
