"""What is known of backups: the newest, the newest whole one, and whether somebody has to be told that it is old."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from access_log.models import BackupRun, Escrow, Site

LATE = timedelta(hours=26)
"""Without a whole backup for so long, the administrator's pages say so."""


def newest(session: Session) -> BackupRun | None:
    """The one that began last, however it ended."""
    return session.exec(select(BackupRun).order_by(col(BackupRun.started_at).desc()).limit(1)).first()


def last_whole(session: Session) -> BackupRun | None:
    """The newest that was read back and found whole."""
    whole = select(BackupRun).where(col(BackupRun.verified_at).is_not(None))
    return session.exec(whole.order_by(col(BackupRun.started_at).desc()).limit(1)).first()


def is_late(session: Session, *, now: datetime) -> bool:
    """Whether there has been no whole backup for 26 hours; a register younger than that has time."""
    whole = last_whole(session)
    since = whole.started_at if whole else session.exec(select(func.min(Site.created_at))).one()
    return since is not None and now - since > LATE


def listed(session: Session, *, most: int = 60) -> Sequence[BackupRun]:
    """Backups, the newest first."""
    return session.exec(select(BackupRun).order_by(col(BackupRun.started_at).desc()).limit(most)).all()


def copies(session: Session) -> Sequence[Escrow]:
    """Copies of the key ring that may still exist, the newest first."""
    held = select(Escrow).where(col(Escrow.attested_destroyed_at).is_(None))
    return session.exec(held.order_by(col(Escrow.made_at).desc())).all()
