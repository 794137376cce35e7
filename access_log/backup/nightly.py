"""A backup every night, at the site's hour, in a thread of the worker. One that failed is tried again each hour, and shown."""

import logging
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from access_log.backup.make import make
from access_log.backup.recovery import has_recovery_key
from access_log.backup.target import target_of
from access_log.crypto.errors import CryptoError
from access_log.db import reading
from access_log.errors import AccessLogError
from access_log.models import BackupRun, Site
from access_log.runtime import open_ring, utc_now
from access_log.services import backups
from access_log.settings import Settings

log = logging.getLogger("access_log.backup")
LOOK = 300.0
"""Seconds between two looks at the clock."""
AGAIN = timedelta(hours=1)


def run_nightly(engine: Engine, settings: Settings, stop: threading.Event) -> None:
    """Make the backups that are due until `stop` is set. Does nothing where no target is set."""
    if not settings.backup_to:
        log.warning("no backups are made: set ACCESS_LOG_BACKUP_TO")
        return
    if not has_recovery_key(settings):
        log.warning("no backups are made before there is a recovery key: access-log keys escrow")
    while not stop.is_set():
        try:
            if has_recovery_key(settings) and _due_now(engine, settings):
                make(engine, open_ring(settings), settings, target_of(settings), utc_now)
                log.info("the backup is made")
        except (AccessLogError, CryptoError) as error:
            log.error("the backup failed and is tried again: %s", error)  # noqa: TRY400  # the sentence says what to do
        except (SQLAlchemyError, OSError) as error:
            log.error("the backup failed and is tried again: %s", type(error).__name__)  # noqa: TRY400  # the database is told of elsewhere
        stop.wait(LOOK)


def _due_now(engine: Engine, settings: Settings) -> bool:
    with reading(engine) as session:
        zone = session.exec(select(Site.zone).order_by(col(Site.id)).limit(1)).first()
        return zone is not None and is_due(
            backups.newest(session), backups.last_whole(session), hour=settings.backup_hour, zone=zone, now=utc_now()
        )


def is_due(newest: BackupRun | None, whole: BackupRun | None, *, hour: int, zone: str, now: datetime) -> bool:
    """Whether tonight's backup is still to make: none since the last time it was `hour` o'clock at the site, none tried within the hour."""
    local = now.astimezone(ZoneInfo(zone))
    tonight = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    since = tonight if tonight <= local else (tonight - timedelta(days=1))
    if whole is not None and whole.started_at >= since:
        return False
    return newest is None or newest.started_at <= now - AGAIN or newest.started_at > now
