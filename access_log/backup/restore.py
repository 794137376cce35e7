"""The way back: an empty database, a backup, today's ring and today's ledger. All of it in one transaction: the old state or the new.

What was erased since the backup is erased again before anybody is served; what is wrapped under a key that was destroyed since cannot be
opened by anybody any more, and goes. Refuses where the ledger is missing, another's or behind: then nobody could know whom to leave out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, Engine
from sqlmodel import Session, col, select, update

from access_log.backup.lines import KINDS, BackupHead, Piece, read_head, read_pieces, split_lines
from access_log.backup.make import Progress, quiet
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.sealed_stream import opened
from access_log.errors import BackupError, LedgerBehindError
from access_log.migrations import knows, migrating, upgrade_to
from access_log.models import Carried, Site, Subject, VaultItem, Visit
from access_log.policy.codes import EventType
from access_log.services import erasure, erasure_resume, events
from access_log.services.rows import chunks
from access_log.services.wrapped import of_purpose


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `erased_again`: lines of the ledger carried out once more. `lost`: values under destroyed keys, by purpose."""

    head: BackupHead
    rows: int
    erased_again: int
    lost: dict[str, int]


def check(path: Path, key: X25519PrivateKey, progress: Progress = quiet) -> BackupHead:
    """Read a whole backup without putting it anywhere. Raises BackupBroken, SharesWrong."""
    with path.open("rb") as file:
        lines = split_lines(opened(file, key))
        head = read_head(lines)
        for _rows in _counted(read_pieces(lines), progress):
            pass
    return head


def restore(
    engine: Engine, ring: KeyRing, path: Path, key: X25519PrivateKey, clock: Callable[[], datetime], progress: Progress = quiet
) -> Restored:
    """Put a backup into an empty database. Raises BackupError, BackupBroken, LedgerBehindError, LedgerMissing, LedgerBroken.

    `check` it first: here it is read only once, and nothing stays where it turns out to be broken.
    """
    _empty(engine)
    with path.open("rb") as file, migrating(engine) as connection:
        lines = split_lines(opened(file, key))
        head = read_head(lines)
        _fits(head, ring)
        upgrade_to(connection, head.revision)
        rows = sum(_put(connection, piece) for piece in _counted(read_pieces(lines), progress))
        _continue_numbers(connection)
        upgrade_to(connection, "head")
        with Session(bind=connection, expire_on_commit=False) as session:
            again = _erase_again(session, head, clock())
            lost = _forget_the_unreadable(session, ring, clock())
            _record(session, head, again, lost, clock())
            session.flush()
    return Restored(head, rows, again, lost)


def _counted(pieces: Iterator[Piece], progress: Progress) -> Iterator[Piece]:
    seen: dict[str, int] = {}
    for piece in pieces:
        seen[piece.table] = seen.get(piece.table, 0) + len(piece.rows)
        progress(piece.table, seen[piece.table])
        yield piece


def _empty(engine: Engine) -> None:
    with engine.connect().execution_options(readonly=True) as connection:
        if sa.inspect(connection).get_table_names():
            raise BackupError(
                "this database is not empty, and a restore overwrites nothing: name an empty one in ACCESS_LOG_DATABASE_URL, "
                "or move the file away"
            )


def _fits(head: BackupHead, ring: KeyRing) -> None:
    if not knows(head.revision):
        raise BackupError("a newer version of the register made this backup: update the program first")
    for purpose, versions in head.keks.items():
        held = ring.kek_versions(Purpose(purpose))
        if versions and max(versions) > max(held, default=0):
            raise BackupError(
                "the key ring is older than the backup: put back the copy of the ring that lies beside it (access-log keys recover)"
            )


def _put(connection: Connection, piece: Piece) -> int:
    schema = piece.schema or None
    if connection.dialect.name == "sqlite":
        schema = None
    table = sa.table(piece.table, *(sa.column(name, KINDS[kind][0]()) for name, kind in piece.columns), schema=schema)
    connection.execute(sa.insert(table), piece.rows)
    return len(piece.rows)


def _continue_numbers(connection: Connection) -> None:
    """PostgreSQL numbers new rows by sequences, which know nothing of rows that were put in."""
    if connection.dialect.name != "postgresql":
        return
    owned = connection.execute(
        sa.text(
            "select n.nspname, t.relname, a.attname, s.oid::regclass::text from pg_class s"
            " join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i') join pg_class t on t.oid = d.refobjid"
            " join pg_namespace n on n.oid = t.relnamespace join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid"
            " where s.relkind = 'S'"
        )
    ).all()
    for schema, table, column, sequence in owned:
        newest = sa.select(sa.func.max(sa.column(column))).select_from(sa.table(table, schema=schema)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(newest, 0) + 1, False)))


def _erase_again(session: Session, head: BackupHead, now: datetime) -> int:
    """The ledger's lines that the backup does not know."""
    ledger = erasure.ledger_of(session)
    if not ledger.exists():
        raise LedgerBehindError(
            "the ledger of erasures is missing: without it, people who were erased would come back. Put it back where "
            "ACCESS_LOG_LEDGER_DIR says; its copy lies in the .keys file beside the backup (access-log keys recover)"
        )
    found = ledger.head()
    if str(found.ledger) != head.ledger or found.number < head.ledger_number:
        raise LedgerBehindError(
            f"the ledger of erasures is behind the backup, or another one (line {found.number}; the backup knows line "
            f"{head.ledger_number}): people who were erased would come back. Put back the newest ledger"
        )
    lines = erasure_resume.unfinished(session, ledger, now=now, grace=timedelta(0))
    for chunk in chunks(lines):
        erasure_resume.resume(session, chunk, ledger_id=found.ledger, carried=Carried.RESTORED, now=now)
    return len(lines)


def _forget_the_unreadable(session: Session, ring: KeyRing, now: datetime) -> dict[str, int]:
    """Delete what is wrapped under keys that were destroyed since: nobody can open it, whatever they hold."""
    lost: dict[str, int] = {}
    people: dict[UUID, None] = {}
    for purpose in Purpose:
        oldest = min(ring.kek_versions(purpose), default=0)
        for wrapped in of_purpose(purpose):
            table: Any = wrapped.table
            gone = table.c.kek_version < oldest
            if purpose is Purpose.IDENTITY:
                people |= dict.fromkeys(session.execute(sa.select(table.c.subject_id).where(gone)).scalars())
            count = session.execute(sa.select(sa.func.count()).select_from(table).where(gone)).scalar_one()
            session.execute(sa.delete(table).where(gone))
            lost[purpose.value] = lost.get(purpose.value, 0) + count
    for chunk in chunks(list(people)):
        _end_the_nameless(session, chunk, now)
    return {purpose: count for purpose, count in lost.items() if count}


def _end_the_nameless(session: Session, subjects: Sequence[UUID], now: datetime) -> None:
    """Of whom nothing is left: they are erased, and what stood on them ends."""
    held = set(session.exec(select(VaultItem.subject_id).where(col(VaultItem.subject_id).in_(subjects))).all())
    for subject in session.exec(select(Subject).where(col(Subject.id).in_(set(subjects) - held))).all():
        subject.erased_at = subject.erased_at or now
        session.add(subject)
        session.exec(update(Visit).where(col(Visit.subject_id) == subject.id).values(erased_at=now, technician_id=None))
        erasure_resume.end_owner(session, subject, "key_destroyed", now)


def _record(session: Session, head: BackupHead, again: int, lost: dict[str, int], now: datetime) -> None:
    site_id = session.exec(select(Site.id).order_by(col(Site.id)).limit(1)).first()
    if site_id is not None:
        detail = {"made_at": head.made_at, "record": head.record_size, "erased_again": again, "lost": lost}
        events.record(session, EventType.BACKUP_RESTORED, site_id=site_id, now=now, detail=detail)
