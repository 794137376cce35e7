"""A list between upload and decision: sealed like a person, for a day at most, for the one who brought it."""

import json
from datetime import datetime

from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import NotFoundError
from access_log.models import Subject
from access_log.models.imports import ImportBatch, ImportKind, ImportState
from access_log.policy.actors import Actor
from access_log.policy.codes import Item, SubjectKind
from access_log.services import identity, vault
from access_log.services.spreadsheets import Row, Table


def stage(session: Session, ring: KeyRing, *, table: Table, kind: ImportKind, actor: Actor, now: datetime) -> ImportBatch:
    """Seal what was read. An earlier draft of the same person and kind is destroyed: it has been replaced."""
    for older in _open_drafts(session, kind, actor):
        discard(session, batch=older, reason="replaced", actor=actor, now=now)
    subject = vault.new_subject(session, site_id=actor.site_id, kind=SubjectKind.IMPORT, customer_id=actor.customer_id, now=now)
    vault.seal_item(session, ring, subject=subject, item=Item.DRAFT, value=_written(table), now=now)
    batch = ImportBatch(
        site_id=actor.site_id,
        customer_id=actor.customer_id,
        kind=kind,
        subject_id=subject.id,
        rows=len(table.rows),
        actor_kind=actor.kind,
        actor_id=actor.id or 0,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    return batch


def _open_drafts(session: Session, kind: ImportKind, actor: Actor) -> list[ImportBatch]:
    mine = select(ImportBatch).where(ImportBatch.actor_kind == actor.kind, ImportBatch.actor_id == actor.id, ImportBatch.kind == kind)
    return list(session.exec(mine.where(ImportBatch.state == ImportState.PREVIEW)).all())


def _written(table: Table) -> str:
    rows = [[row.line, row.values, row.problems] for row in table.rows]
    return json.dumps({"rows": rows, "columns": table.columns, "unused": table.unused, "encoding": table.encoding})


def draft_of(session: Session, ring: KeyRing, batch: ImportBatch) -> Table:
    """The rows of a draft. Raises NotFoundError once they are destroyed."""
    text = identity.read_draft(session, ring, subject_id=batch.subject_id)
    if text is None:
        raise NotFoundError
    read = json.loads(text)
    return Table([Row(*row) for row in read["rows"]], read["columns"], read["unused"], read["encoding"])


def discard(session: Session, *, batch: ImportBatch, reason: str, actor: Actor, now: datetime) -> None:
    """Destroy a draft and forget that it was there; the record keeps that something was erased."""
    subject = session.get_one(Subject, batch.subject_id)
    session.delete(batch)
    session.flush()
    vault.erase_subject(session, subject=subject, reason=reason, actor=actor, now=now)
