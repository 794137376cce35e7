"""Sites, areas and doors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlmodel import Session, col, func, select

from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Area, Door, Presence, ReportKind, ReportSchedule, Site
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType
from access_log.policy.names import clean_text, text_problem
from access_log.services import events, policies, policy_publishing
from access_log.services.reachable import clean_name

LONGEST_CODE = 16
LONGEST_WAY = 160
LONGEST_PHONE = 32
RETENTION = (6, 13)
"""Months: half a year, or a year of audits and the month in which the next one is written."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What an administrator sets. Times in minutes; `retention_months` 6 (the legal floor for logs) or 13 (a year of audits)."""

    name: str
    name_en: str
    zone: str
    guard_phone: str = ""
    early_minutes: int = 120
    overstay_minutes: int = 30
    retention_months: int = 6


def create(session: Session, *, code: str, facts: SiteFacts, now: datetime) -> Site:
    """A new site with the default notice in force and a daily and a monthly access report."""
    site = Site(code=clean_code(code), created_at=now, **_values(facts))
    session.add(site)
    session.flush()
    site_id = site.id or 0
    policy_publishing.publish_default(session, site=site, now=now)
    for kind in ReportKind:
        session.add(ReportSchedule(site_id=site_id, kind=kind, from_at=now, created_at=now))
    session.flush()
    events.record(session, EventType.SITE_CHANGED, site_id=site_id, now=now, actor=system(site_id), detail={"site": "created"})
    return site


def change(session: Session, *, site: Site, facts: SiteFacts, actor: Actor, now: datetime) -> None:
    """Change a site's settings. How long names are kept is part of the policy: that is published as a new version of it.

    Raises RefusedInputError naming the field, ConflictError as policy_publishing.choose_audit.
    """
    values = _values(facts)
    wanted = values.pop("retention_months")
    for name, value in values.items():
        setattr(site, name, value)
    if wanted != chosen_months(session, site):
        policy_publishing.choose_audit(session, site=site, audit=wanted == policies.AUDIT_MONTHS, actor=actor, now=now)
    session.add(site)
    session.flush()
    detail = {"early": facts.early_minutes, "overstay": facts.overstay_minutes, "months": facts.retention_months, "zone": facts.zone}
    events.record(session, EventType.SITE_CHANGED, site_id=site.id or 0, now=now, actor=actor, detail=detail)


def chosen_months(session: Session, site: Site) -> int:
    """How long names are kept, as chosen last: that may come into force on a later day."""
    newest = policies.newest_row(session, site.id or 0)
    if newest is None:
        return site.retention_months
    return policies.AUDIT_MONTHS if policies.AUDIT in policies.read(newest).profiles else 6


def _values(facts: SiteFacts) -> dict[str, Any]:
    _check_zone(facts.zone)
    if facts.retention_months not in RETENTION:
        raise RefusedInputError("retention_months", "enum")
    return {name: getattr(facts, name) for name in SiteFacts.__dataclass_fields__} | {
        "name": clean_name(facts.name),
        "name_en": clean_name(facts.name_en or facts.name, "name_en"),
        "guard_phone": _clean_short(facts.guard_phone, "guard_phone", LONGEST_PHONE),
    }


def _check_zone(zone: str) -> None:
    if zone not in available_timezones():
        raise RefusedInputError("zone", "invalid")
    ZoneInfo(zone)


def add_area(session: Session, *, site_id: int, code: str, name: str, name_en: str, actor: Actor, now: datetime) -> Area:
    """A machine room, cage or meet-me room. Raises RefusedInputError naming the field. Without an English name it has the other one."""
    code = clean_code(code)
    if session.exec(select(Area.id).where(Area.site_id == site_id, func.lower(col(Area.code)) == code.lower())).first() is not None:
        raise RefusedInputError("code", "code_taken")
    area = Area(site_id=site_id, code=code, name=clean_name(name), name_en=clean_name(name_en or name, "name_en"))
    session.add(area)
    session.flush()
    _changed(session, site_id, actor, now, {"area": area.id})
    return area


def change_area(session: Session, *, area: Area, name: str, name_en: str, closed: bool, actor: Actor, now: datetime) -> None:
    """Rename an area, or close it: nobody enters a closed area, everybody may leave it."""
    area.name, area.name_en, area.closed = clean_name(name), clean_name(name_en or name, "name_en"), closed
    session.add(area)
    session.flush()
    _changed(session, area.site_id, actor, now, {"area": area.id, "closed": closed})


def add_door(
    session: Session, *, area: Area, code: str, name: str, name_en: str, way: str, way_en: str, actor: Actor, now: datetime
) -> Door:
    """A door into an area. Raises RefusedInputError naming the field. Without an English text it has the other one."""
    code = clean_code(code)
    if session.exec(select(Door.id).where(Door.site_id == area.site_id, func.lower(col(Door.code)) == code.lower())).first() is not None:
        raise RefusedInputError("code", "code_taken")
    door = Door(site_id=area.site_id, area_id=area.id or 0, code=code, name="", name_en="")
    _set_texts(door, name, name_en, way, way_en)
    session.add(door)
    session.flush()
    _changed(session, area.site_id, actor, now, {"door": door.id})
    return door


def change_door(session: Session, *, door: Door, name: str, name_en: str, way: str, way_en: str, actor: Actor, now: datetime) -> None:
    """Rename a door or tell the way to it."""
    _set_texts(door, name, name_en, way, way_en)
    session.add(door)
    session.flush()
    _changed(session, door.site_id, actor, now, {"door": door.id})


def _set_texts(door: Door, name: str, name_en: str, way: str, way_en: str) -> None:
    door.name, door.name_en = clean_name(name), clean_name(name_en or name, "name_en")
    door.way, door.way_en = _clean_short(way, "way", LONGEST_WAY), _clean_short(way_en or way, "way_en", LONGEST_WAY)


def _clean_short(text: str, field: str, longest: int) -> str:
    """One line that may be empty."""
    cleaned = clean_text(text)
    problem = text_problem(cleaned, longest) if cleaned else None
    if problem is not None:
        raise RefusedInputError(field, problem)
    return cleaned


def clean_code(text: str) -> str:
    """The short code of an area, door or kiosk, as it is painted on the wall: no white space. Raises RefusedInputError("code", …)."""
    code = "".join(clean_text(text).split())
    problem = text_problem(code, LONGEST_CODE)
    if problem is not None:
        raise RefusedInputError("code", problem)
    return code


def areas(session: Session, site_id: int) -> list[Area]:
    """Every area of a site, closed ones too, by code."""
    return list(session.exec(select(Area).where(Area.site_id == site_id).order_by(col(Area.code))).all())


def doors(session: Session, site_id: int) -> list[tuple[Door, Area]]:
    """Every door of a site with the area it leads to, by code."""
    statement = select(Door, Area).join(Area, col(Area.id) == Door.area_id).where(Door.site_id == site_id)
    return list(session.exec(statement.order_by(col(Door.code))).all())


def people_inside(session: Session, site_id: int) -> dict[int, int]:
    """How many people are in each area now; an empty one is absent."""
    counted = select(Presence.area_id, func.count()).where(Presence.site_id == site_id, col(Presence.left_at).is_(None))
    return dict(session.exec(counted.group_by(col(Presence.area_id))).all())


def area_of(session: Session, *, area_id: int, site_id: int) -> Area:
    """An area of this site. Raises NotFoundError."""
    area = session.get(Area, area_id)
    if area is None or area.site_id != site_id:
        raise NotFoundError
    return area


def door_of(session: Session, *, door_id: int, site_id: int) -> Door:
    """A door of this site. Raises NotFoundError."""
    door = session.get(Door, door_id)
    if door is None or door.site_id != site_id:
        raise NotFoundError
    return door


def _changed(session: Session, site_id: int, actor: Actor, now: datetime, detail: dict[str, object]) -> None:
    events.record(session, EventType.SITE_CHANGED, site_id=site_id, now=now, actor=actor, detail=detail)
