"""One backup: claim, write, read back, put the ring into safe-keeping beside it, clear away what is too old. Online: nobody waits for it.

Sealed to the recovery key, read in one snapshot; the transactions that say so are a row long.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from access_log.backup import recovery
from access_log.backup.lines import BackupHead, counts_line, table_lines
from access_log.backup.target import PART, Target, room_for, sweep_parts
from access_log.crypto.errors import BackupBroken, CryptoError
from access_log.crypto.private_file import write_private
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.sealed_stream import SealingStream, framed, header_of, recovery_name
from access_log.db import reading, transaction
from access_log.errors import AccessLogError, BackupError
from access_log.models import BackupRun, Escrow, Site
from access_log.policy.codes import EventType
from access_log.services import erasure, events, record_tree
from access_log.services.wrapped import versions_used
from access_log.settings import Settings

log = logging.getLogger("access_log.backup")
STUCK = timedelta(hours=6)
"""A backup that began so long ago and did not end was interrupted."""
NOT_KEPT = ("web_session", "sign_in_failure")
"""Tables whose rows a restored database must not have: nobody is signed in there."""
COPIES = 2
"""Copies of the ring that are kept: the newest opens everything that may still be opened."""
Progress = Callable[[str, int], None]


def quiet(_table: str, _rows: int) -> None:
    """No progress."""


def make(
    engine: Engine, ring: KeyRing, settings: Settings, target: Target, clock: Callable[[], datetime], progress: Progress = quiet
) -> BackupRun:
    """Make a backup. Raises BackupError, SettingsError; what fails stands in the run's row as a code, and leaves no half file behind."""
    public = recovery.recovery_key(settings)
    with transaction(engine) as session:
        run = _claim(session, target.kind, clock())
    try:
        sweep_parts(target)
        run.size = _write(engine, settings, target, run, public, progress)
        escrow = _keep_ring(ring, settings, target, public, clock())
        with transaction(engine) as session:
            run.finished_at = run.verified_at = clock()
            session.add(session.merge(run))
            session.add(escrow)
            _record(session, run, clock())
        clear_away(engine, settings, target, clock())
    except (AccessLogError, CryptoError, OSError, sa.exc.SQLAlchemyError) as error:
        _failed(engine, run, error, clock())
        if isinstance(error, OSError):
            raise BackupError(f"the backup could not be written: {error.strerror or type(error).__name__}") from None
        raise
    return run


def _claim(session: Session, kind: str, now: datetime) -> BackupRun:
    """One at a time, whichever process: the running one is a row."""
    if session.get_bind().dialect.name == "postgresql":
        session.exec(sa.text("select pg_advisory_xact_lock(4711000004)"))  # type: ignore[call-overload]  # a lock is no select
    open_ones = select(BackupRun).where(col(BackupRun.finished_at).is_(None), BackupRun.started_at > now - STUCK)
    if session.exec(open_ones).first() is not None:
        raise BackupError("another backup is being made")
    run = BackupRun(target=kind, started_at=now)
    session.add(run)
    session.flush()
    return run


def name_of(run: BackupRun, kind: str = "backup") -> str:
    """The file's name."""
    return f"access-log-{run.started_at:%Y%m%dT%H%M%SZ}-{run.id.hex[:8]}.{kind}"


def _write(engine: Engine, settings: Settings, target: Target, run: BackupRun, public: X25519PublicKey, progress: Progress) -> int:
    name = name_of(run)
    part = target.spool() / (name + PART)
    room_for(part.parent, _expected(engine, settings))
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            stream = SealingStream(out, public)
            with reading(engine) as session:
                for line in _lines(session, run, progress):
                    stream.write(line)
            stream.finish()
            out.flush()
            os.fsync(out.fileno())
        return _deliver(target, part, name)
    finally:
        part.unlink(missing_ok=True)


def _deliver(target: Target, part: Path, name: str) -> int:
    """Look that the file is whole, hand it over, and read it back from where it lies."""
    with part.open("rb") as file:
        header_of(file)
        for _frame in framed(file):
            pass
        file.seek(0)
        written = hashlib.file_digest(file, "sha256").hexdigest()
    size = part.stat().st_size
    target.put(part, name)
    if target.digest(name) != written:
        target.remove(name)
        raise BackupBroken("what was read back is not what was written: the disk or the server is faulty")
    return size


def _expected(engine: Engine, settings: Settings) -> int:
    if engine.dialect.name != "sqlite":
        return 64 * 2**20
    return 2 * (settings.data_dir / "access_log.db").stat().st_size if (settings.data_dir / "access_log.db").exists() else 0


def _lines(session: Session, run: BackupRun, progress: Progress) -> Iterator[bytes]:
    head = _head(session, run)
    yield head.line()
    counts: dict[str, int] = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in NOT_KEPT:
            continue
        counts[table.name] = -1  # the line that names the table is no row
        rows = session.connection().execution_options(yield_per=500).execute(sa.select(*table.columns))
        for line in table_lines(table, (tuple(row) for row in rows)):
            counts[table.name] += 1
            yield line
            if counts[table.name] % 10_000 == 0:
                progress(table.name, counts[table.name])
        progress(table.name, counts[table.name])
    yield counts_line(counts)


def _head(session: Session, run: BackupRun) -> BackupHead:
    keks = {purpose.value: sorted(versions_used(session, purpose)) for purpose in Purpose}
    ledger = erasure.ledger_of(session)
    if not ledger.exists():
        erasure.checked_head(session, ledger)  # so that a missing ledger after a restore always means a lost one
    ledger_head = ledger.head()
    revision = MigrationContext.configure(session.connection()).get_current_revision() or ""
    newest = record_tree.head(session)
    run.keks, run.ledger_id, run.ledger_number, run.schema_revision = keks, ledger_head.ledger, ledger_head.number, revision
    run.record_size = newest.size if newest else 0
    return BackupHead(
        made_at=run.started_at.isoformat(),
        revision=revision,
        dialect=session.get_bind().dialect.name,
        keks=keks,
        ledger=str(ledger_head.ledger),
        ledger_number=ledger_head.number,
        record_size=run.record_size,
        checkpoint=newest.note if newest else "",
    )


def _keep_ring(ring: KeyRing, settings: Settings, target: Target, public: X25519PublicKey, now: datetime) -> Escrow:
    """Seal the ring, and the ledger of erasures, beside the backup: without the ring nobody could read a name in it."""
    held = Escrow(kind=target.kind, made_at=now, recovery_key=recovery_name(public))
    held.keks = {purpose.value: ring.kek_versions(purpose) for purpose in Purpose if ring.keys.get(purpose.value)}
    name = escrow_name(held)
    part = target.spool() / (name + PART)
    write_private(part, recovery.ring_copy(ring, settings.ledger, public, now))
    _deliver(target, part, name)
    held.verified_at = now
    return held


def escrow_name(held: Escrow) -> str:
    """The file of a copy of the ring."""
    return f"access-log-{held.made_at:%Y%m%dT%H%M%SZ}-{held.id.hex[:8]}.keys"


def _record(session: Session, run: BackupRun, now: datetime) -> None:
    site_id = session.exec(select(Site.id).order_by(col(Site.id)).limit(1)).first()
    if site_id is not None:
        detail = {"backup": str(run.id), "target": run.target, "record": run.record_size, "ledger": run.ledger_number}
        events.record(session, EventType.BACKUP_MADE, site_id=site_id, now=now, detail=detail)


def _failed(engine: Engine, run: BackupRun, error: Exception, now: datetime) -> None:
    log.error("the backup failed: %s", type(error).__name__)
    with transaction(engine) as session:
        kept = session.get_one(BackupRun, run.id)
        kept.finished_at, kept.error = now, type(error).__name__[:32]
        session.add(kept)


def clear_away(engine: Engine, settings: Settings, target: Target, now: datetime) -> None:
    """Delete backups older than they are kept, but never the newest whole one, and copies of the ring that newer ones replace.

    A row says so only once the file is gone from the listing: what still lies there counts against every erasure.
    """
    with reading(engine) as session:
        runs = _old_backups(session, target.kind, now - timedelta(days=settings.backup_keep_days))
        copies = _old_copies(session, target.kind)
    for name in [*(name_of(run) for run in runs), *(escrow_name(held) for held in copies)]:
        target.remove(name)
    there = set(target.names())
    with transaction(engine) as session:
        for run in runs:
            if name_of(run) not in there:
                session.get_one(BackupRun, run.id).gone_at = now
        for held in copies:
            if escrow_name(held) not in there:
                session.get_one(Escrow, held.id).attested_destroyed_at = now


def _old_backups(session: Session, kind: str, before: datetime) -> list[BackupRun]:
    whole = select(BackupRun).where(BackupRun.target == kind, col(BackupRun.verified_at).is_not(None), col(BackupRun.gone_at).is_(None))
    newest_first = session.exec(whole.order_by(col(BackupRun.started_at).desc())).all()
    return [run for run in newest_first[1:] if run.started_at < before]


def _old_copies(session: Session, kind: str) -> list[Escrow]:
    """All but the newest; a copy sealed to an earlier recovery key goes as soon as there are enough under the new one."""
    held = select(Escrow).where(Escrow.kind == kind, col(Escrow.attested_destroyed_at).is_(None), col(Escrow.verified_at).is_not(None))
    return list(session.exec(held.order_by(col(Escrow.made_at).desc())).all()[COPIES:])
