"""What a kiosk may tell a visitor about the visit they scanned: a few statements for any number of visits, and no name among them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session

from access_log.models import Area, Presence, Site, VaultItem, Visit, VisitArea
from access_log.models.base import table
from access_log.policy.periods import HeldUntil, Promise
from access_log.services import policies
from access_log.services.receipts import kept_until


@dataclass(slots=True)
class VisitFacts:
    """Times are aware UTC. `stayed` is the last stay that is over; `held` what the register keeps after it, asked for exits only."""

    visit_id: UUID
    subject_id: UUID
    opens_at: datetime
    until: datetime
    entered_at: datetime | None
    left_at: datetime | None
    zone: str
    site_id: int
    notice_version: str | None
    areas: list[tuple[str, str]] = field(default_factory=list)
    stayed: timedelta | None = None
    held: list[HeldUntil] = field(default_factory=list)


_visit, _site, _area, _visit_area = table(Visit), table(Site), table(Area), table(VisitArea)
_presence, _item = table(Presence), table(VaultItem)

_VISITS = (
    select(
        _visit.c.id, _visit.c.subject_id, _visit.c.window_from, _visit.c.window_until, _visit.c.entered_at, _visit.c.left_at, _site.c.zone,
        _site.c.id.label("site"), _visit.c.notice_version, _site.c.early_minutes,
    )
    .join_from(_visit, _site, _site.c.id == _visit.c.site_id)
    .where(_visit.c.id.in_(bindparam("visits", expanding=True)))
)  # fmt: skip

_AREAS = (
    select(_visit_area.c.visit_id, _area.c.name, _area.c.name_en)
    .join_from(_visit_area, _area, _area.c.id == _visit_area.c.area_id)
    .where(_visit_area.c.visit_id.in_(bindparam("visits", expanding=True)))
    .order_by(_area.c.code)
)

_STAYS = (
    select(_presence.c.visit_id, _presence.c.entered_at, _presence.c.left_at)
    .where(_presence.c.visit_id.in_(bindparam("visits", expanding=True)), _presence.c.left_at.is_not(None))
    .order_by(_presence.c.id)
)

_ITEMS = select(_item.c.subject_id, _item.c.item).where(_item.c.subject_id.in_(bindparam("subjects", expanding=True)))


def facts_of(session: Session, visits: Collection[UUID], *, exits: Collection[UUID] = ()) -> dict[UUID, VisitFacts]:
    """The facts of each visit; for `exits` with how long the visitor stayed and what is still held."""
    if not visits:
        return {}
    found = {row[0]: _facts(*row) for row in session.execute(_VISITS, {"visits": list(visits)})}
    for visit_id, name, name_en in session.execute(_AREAS, {"visits": list(found)}):
        found[visit_id].areas.append((name, name_en))
    leaving = [found[visit_id] for visit_id in exits if visit_id in found]
    if leaving:
        _add_stays(session, found, leaving)
        _add_held(session, leaving)
    return found


def _facts(
    visit_id: UUID, subject_id: UUID, begins: datetime, until: datetime, entered_at: datetime | None, left_at: datetime | None,
    zone: str, site_id: int, notice_version: str | None, early: int,
) -> VisitFacts:  # fmt: skip
    opens_at = begins.replace(microsecond=0) - timedelta(minutes=early)
    return VisitFacts(visit_id, subject_id, opens_at, until, entered_at, left_at, zone, site_id, notice_version)


def _add_stays(session: Session, found: dict[UUID, VisitFacts], leaving: Iterable[VisitFacts]) -> None:
    for visit_id, entered_at, left_at in session.execute(_STAYS, {"visits": [facts.visit_id for facts in leaving]}):
        found[visit_id].stayed = left_at - entered_at


def _add_held(session: Session, leaving: Iterable[VisitFacts]) -> None:
    kept: dict[UUID, set[Any]] = {facts.subject_id: {"event"} for facts in leaving}
    for subject_id, item in session.execute(_ITEMS, {"subjects": list(kept)}):
        kept[subject_id].add(item.value)
    promises: dict[tuple[int, str | None], Promise] = {}
    reckoned: dict[tuple[Any, ...], list[HeldUntil]] = {}  # who leaves in one batch leaves at one time, and mostly with the same data
    for facts in leaving:
        key = facts.site_id, facts.notice_version
        if key not in promises:
            promises[key] = policies.promise_of(session, session.get_one(Site, facts.site_id), facts.notice_version)
        kinds, ends_at = kept[facts.subject_id], facts.left_at or facts.until
        same = key, frozenset(kinds), ends_at
        if same not in reckoned:
            reckoned[same] = kept_until(kinds, promises[key], ends_at=ends_at)
        facts.held = reckoned[same]
