"""From a draft to rows, all or nothing, and one step back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError
from access_log.models import Customer, Site, Subject
from access_log.models.imports import ImportBatch, ImportedRow, ImportKind, ImportState
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType
from access_log.services import events, vault
from access_log.services.imports import contacts, customers, technicians
from access_log.services.imports.checked import Checked, RowState
from access_log.services.imports.drafts import draft_of
from access_log.services.imports.scope import Kind, Scope
from access_log.services.rows import insert_many
from access_log.services.spreadsheets import Table

KINDS: dict[ImportKind, Kind] = {
    ImportKind.TECHNICIANS: technicians.KIND,
    ImportKind.CONTACTS: contacts.KIND,
    ImportKind.CUSTOMERS: customers.KIND,
}


@dataclass(frozen=True, slots=True, repr=False)
class Preview:
    """A draft and what would come of it."""

    table: Table
    rows: Sequence[Checked]

    def of(self, state: RowState) -> list[Checked]:
        """The rows in one state."""
        return [row for row in self.rows if row.state is state]

    @property
    def applicable(self) -> bool:
        """Whether it can be applied: nothing wrong, something to do."""
        return not self.of(RowState.WRONG) and bool(self.of(RowState.READY))


def of(session: Session, *, batch_id: int, kind: ImportKind, actor: Actor) -> ImportBatch:
    """A list of this site (and customer), locked. A draft is open to the one who brought it only. Raises NotFoundError."""
    batch = session.exec(select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()).one_or_none()
    if batch is None or (batch.site_id, batch.kind, batch.customer_id) != (actor.site_id, kind, actor.customer_id):
        raise NotFoundError
    if batch.state is ImportState.PREVIEW and (batch.actor_kind, batch.actor_id) != (actor.kind, actor.id):
        raise NotFoundError
    return batch


def preview(session: Session, ring: KeyRing, *, batch: ImportBatch, actor: Actor, now: datetime) -> Preview:
    """Each row of a draft against the register as it is now. Shown to the one who brought it; nothing of the register is opened."""
    table = draft_of(session, ring, batch)
    scope = Scope(session, ring, batch.site_id, batch.customer_id, actor, now)
    return Preview(table, KINDS[batch.kind].check(scope, table.rows))


def apply(session: Session, ring: KeyRing, *, batch: ImportBatch, expected: int, actor: Actor, now: datetime) -> int:
    """Make every row that is ready, and destroy the draft. Returns how many.

    Raises ConflictError: `import_over` where it was applied already, `import_changed` where not exactly `expected` rows are ready now.
    """
    if batch.state is not ImportState.PREVIEW:
        raise ConflictError("import_over")
    _queue_up(session, batch)
    found = preview(session, ring, batch=batch, actor=actor, now=now)
    ready = found.of(RowState.READY)
    if not found.applicable or len(ready) != expected:
        raise ConflictError("import_changed")
    scope = Scope(session, ring, batch.site_id, batch.customer_id, actor, now)
    references = KINDS[batch.kind].make(scope, ready)
    rows = [{"batch_id": batch.id, "reference": reference, "site_id": batch.site_id} for reference in references]
    insert_many(session, ImportedRow, rows)
    vault.erase_subject(session, subject=session.get_one(Subject, batch.subject_id), reason="imported", actor=actor, now=now)
    _settle(session, batch, ImportState.APPLIED, len(references), actor, now)
    return len(references)


def _queue_up(session: Session, batch: ImportBatch) -> None:
    """One list at a time for a customer (or a site): two with the same person in them must see each other."""
    if batch.customer_id is not None:
        session.exec(select(Customer.id).where(Customer.id == batch.customer_id).with_for_update(key_share=True)).one()
    else:
        session.exec(select(Site.id).where(Site.id == batch.site_id).with_for_update(key_share=True)).one()


def _settle(session: Session, batch: ImportBatch, state: ImportState, rows: int, actor: Actor, now: datetime) -> None:
    batch.state, batch.rows = state, rows
    batch.applied_at = batch.applied_at or now
    session.add(batch)
    session.flush()
    type_ = EventType.IMPORT_APPLIED if state is ImportState.APPLIED else EventType.IMPORT_UNDONE
    detail = {"kind": batch.kind.value, "rows": rows, "batch": batch.id}
    events.record(session, type_, site_id=batch.site_id, now=now, actor=actor, customer_id=batch.customer_id, detail=detail)


def made_by(session: Session, batch: ImportBatch) -> list[str]:
    """References of what a list made."""
    return list(session.exec(select(ImportedRow.reference).where(ImportedRow.batch_id == batch.id)).all())


def standing(session: Session, ring: KeyRing, *, batch: ImportBatch, actor: Actor, now: datetime) -> str:
    """Why a list cannot be undone any more, as a code; empty where it can."""
    scope = Scope(session, ring, batch.site_id, batch.customer_id, actor, now)
    return KINDS[batch.kind].standing(scope, batch, made_by(session, batch))


def undo(session: Session, ring: KeyRing, *, batch: ImportBatch, actor: Actor, now: datetime) -> None:
    """Take away what a list made, all of it, while nothing stands on it. Raises ConflictError: `import_over`, `import_in_use`."""
    if batch.state is not ImportState.APPLIED:
        raise ConflictError("import_over")
    _queue_up(session, batch)
    if standing(session, ring, batch=batch, actor=actor, now=now):
        raise ConflictError("import_in_use")
    scope = Scope(session, ring, batch.site_id, batch.customer_id, actor, now)
    KINDS[batch.kind].unmake(scope, made_by(session, batch))
    _settle(session, batch, ImportState.UNDONE, batch.rows, actor, now)


def listed(session: Session, *, kind: ImportKind, actor: Actor) -> list[ImportBatch]:
    """The last lists of this kind, newest first: those that were applied, and the caller's own draft."""
    statement = (
        select(ImportBatch)
        .where(ImportBatch.site_id == actor.site_id, ImportBatch.kind == kind, ImportBatch.customer_id == actor.customer_id)
        .where(
            or_(
                col(ImportBatch.state) != ImportState.PREVIEW,
                and_(col(ImportBatch.actor_kind) == actor.kind, col(ImportBatch.actor_id) == actor.id),
            )
        )
    )
    return list(session.exec(statement.order_by(col(ImportBatch.id).desc()).limit(20)).all())
