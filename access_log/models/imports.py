"""Lists brought in from a file: a sealed draft first, then all of it or nothing, then one step back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment
from access_log.policy.codes import ActorKind


class ImportKind(StrEnum):
    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    TECHNICIANS = "technicians"


class ImportState(StrEnum):
    PREVIEW = "preview"
    APPLIED = "applied"
    UNDONE = "undone"


class ImportBatch(SQLModel, table=True):
    """One file. Its rows are sealed under `subject_id` (item `draft`) until applied, and destroyed then."""

    __tablename__ = "import_batch"

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    kind: ImportKind = coded(ImportKind)
    state: ImportState = coded(ImportState, default=ImportState.PREVIEW)
    subject_id: UUID = Field(foreign_key="subject.id")
    rows: int = 0
    actor_kind: ActorKind = coded(ActorKind)
    actor_id: int
    created_at: datetime = moment()
    applied_at: datetime | None = moment(default=None)


class ImportedRow(SQLModel, table=True):
    """What a batch made, so that it can be undone while nothing stands on it."""

    __tablename__ = "imported_row"

    batch_id: int = Field(foreign_key="import_batch.id", primary_key=True)
    reference: str = Field(primary_key=True, max_length=40)
    site_id: int = Field(foreign_key="site.id")
