"""What the sweep has done, hour by hour, and the time it believes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.models import RetentionClock, RetentionRun
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType
from access_log.policy.trusted_time import Believed, Tick, believe
from access_log.services import events

HOUR = timedelta(hours=1)
LATE = timedelta(hours=2)
"""A sweep that is older than this is behind."""


def now_believed(session: Session, tick: Tick) -> Believed:
    """What to believe at this tick, and keep it for the next."""
    row = session.exec(select(RetentionClock).with_for_update()).one_or_none()
    believed = believe(_of(row) if row else None, tick)
    _keep(session, row, believed, tick)
    return believed


def _of(row: RetentionClock) -> Believed:
    doubted = None if row.doubted is None else timedelta(seconds=row.doubted)
    return Believed(row.believed_at, row.uptime, row.boot, doubted, row.claimed_at)


def _keep(session: Session, row: RetentionClock | None, believed: Believed, tick: Tick) -> None:
    doubted = None if believed.doubted is None else believed.doubted.total_seconds()
    row = row or RetentionClock(believed_at=believed.at, wall_at=tick.wall, uptime=tick.uptime, boot=tick.boot)
    row.believed_at, row.wall_at, row.uptime, row.boot = believed.at, tick.wall, believed.uptime, believed.boot
    row.doubted, row.claimed_at = doubted, believed.claimed
    session.add(row)
    session.flush()


def trust(session: Session, *, tick: Tick, actor: Actor) -> None:
    """A person says that the clock is right: what it says is believed from now on."""
    row = session.exec(select(RetentionClock).with_for_update()).one_or_none()
    _keep(session, row, Believed(tick.wall, tick.uptime, tick.boot), tick)
    detail = {"clock": tick.wall.isoformat()}
    events.record(session, EventType.SITE_CHANGED, site_id=actor.site_id, now=tick.wall, actor=actor, detail=detail)


def clock(session: Session) -> RetentionClock | None:
    """What is believed, as of the last sweep."""
    return session.get(RetentionClock, 1)


def note(session: Session, *, site_id: int, erased: Counter[str], doubted: bool, now: datetime) -> None:
    """Add a look to the run of this hour, or begin the next."""
    run = newest(session, site_id)
    if run is None or run.begun_at + HOUR <= now or run.begun_at > now or run.doubted != doubted:
        run = RetentionRun(site_id=site_id, begun_at=now, ended_at=now, looks=0, doubted=doubted)
    run.looks, run.ended_at = run.looks + 1, now
    run.erased = dict(sorted((Counter(run.erased) + erased).items()))
    session.add(run)
    session.flush()


def newest(session: Session, site_id: int) -> RetentionRun | None:
    """The last run at a site."""
    return next(iter(listed(session, site_id, limit=1)), None)


def listed(session: Session, site_id: int, *, limit: int = 48) -> Sequence[RetentionRun]:
    """The last runs, the newest first."""
    return session.exec(
        select(RetentionRun).where(RetentionRun.site_id == site_id).order_by(col(RetentionRun.id).desc()).limit(limit)
    ).all()
