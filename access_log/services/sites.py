"""Sites, areas and doors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlmodel import Session, select

from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Area, Door, ReportKind, ReportSchedule, Site
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType
from access_log.services import events, notices


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
    _check_zone(facts.zone)
    site = Site(code=code, created_at=now, **_values(facts))
    session.add(site)
    session.flush()
    site_id = site.id or 0
    notices.publish_default(session, site_id=site_id, now=now)
    for kind in ReportKind:
        session.add(ReportSchedule(site_id=site_id, kind=kind, from_at=now, created_at=now))
    session.flush()
    events.record(session, EventType.SITE_CHANGED, site_id=site_id, now=now, actor=system(site_id), detail={"site": "created"})
    return site


def change(session: Session, *, site: Site, facts: SiteFacts, actor: Actor, now: datetime) -> None:
    """Change a site's settings. Raises RefusedInputError("zone", "invalid")."""
    _check_zone(facts.zone)
    for name, value in _values(facts).items():
        setattr(site, name, value)
    session.add(site)
    session.flush()
    detail = {"early": facts.early_minutes, "overstay": facts.overstay_minutes, "months": facts.retention_months, "zone": facts.zone}
    events.record(session, EventType.SITE_CHANGED, site_id=site.id or 0, now=now, actor=actor, detail=detail)


def _values(facts: SiteFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in SiteFacts.__dataclass_fields__}


def _check_zone(zone: str) -> None:
    if zone not in available_timezones():
        raise RefusedInputError("zone", "invalid")
    ZoneInfo(zone)


def add_area(session: Session, *, site_id: int, code: str, name: str, name_en: str, actor: Actor, now: datetime) -> Area:
    """A machine room, cage or meet-me room. Raises RefusedInputError("code", "code_taken")."""
    if session.exec(select(Area.id).where(Area.site_id == site_id, Area.code == code)).first() is not None:
        raise RefusedInputError("code", "code_taken")
    area = Area(site_id=site_id, code=code, name=name, name_en=name_en)
    session.add(area)
    session.flush()
    _changed(session, site_id, actor, now, {"area": area.id})
    return area


def change_area(session: Session, *, area: Area, name: str, name_en: str, closed: bool, actor: Actor, now: datetime) -> None:
    """Rename an area, or close it: nobody enters a closed area, everybody may leave it."""
    area.name, area.name_en, area.closed = name, name_en, closed
    session.add(area)
    session.flush()
    _changed(session, area.site_id, actor, now, {"area": area.id, "closed": closed})


def add_door(
    session: Session, *, area: Area, code: str, name: str, name_en: str, way: str, way_en: str, actor: Actor, now: datetime
) -> Door:
    """A door into an area. Raises RefusedInputError("code", "code_taken")."""
    if session.exec(select(Door.id).where(Door.site_id == area.site_id, Door.code == code)).first() is not None:
        raise RefusedInputError("code", "code_taken")
    door = Door(site_id=area.site_id, area_id=area.id or 0, code=code, name=name, name_en=name_en, way=way, way_en=way_en)
    session.add(door)
    session.flush()
    _changed(session, area.site_id, actor, now, {"door": door.id})
    return door


def change_door(session: Session, *, door: Door, name: str, name_en: str, way: str, way_en: str, actor: Actor, now: datetime) -> None:
    """Rename a door or tell the way to it."""
    door.name, door.name_en, door.way, door.way_en = name, name_en, way, way_en
    session.add(door)
    session.flush()
    _changed(session, door.site_id, actor, now, {"door": door.id})


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
