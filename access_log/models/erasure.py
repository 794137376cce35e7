"""What was erased: the ledger's lines as rows, which are the receipts, and the tombstones that keep it so."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from access_log.models.base import VAULT, coded, moment, sealed
from access_log.models.event import BigId
from access_log.policy.codes import ActorKind, Item, SubjectKind

UNSETTLED = text("cleared_at is null")


class Carried(StrEnum):
    """How a line of the ledger came to be carried out."""

    AT_ONCE = "at_once"
    RESUMED = "resumed"
    RESTORED = "restored"


class Erasure(SQLModel, table=True):
    """A line of the ledger that was carried out: its receipt. `item` is empty where the whole subject was erased.

    `checked_at`: looked for after the commit and not found. `cleared_at`: the database's own log holds it no more, either.
    """

    __table_args__ = (
        UniqueConstraint("ledger_id", "ledger_number"),
        Index("ix_erasure_unsettled", "erased_at", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
    )

    id: UUID = Field(primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    subject_id: UUID = Field(index=True)
    kind: SubjectKind | None = coded(SubjectKind, default=None, nullable=True, closed=False)
    item: Item | None = coded(Item, default=None, nullable=True, closed=False)
    reason: str = Field(max_length=32)
    actor_kind: ActorKind = coded(ActorKind)
    actor_id: int | None = None
    carried: Carried = coded(Carried, default=Carried.AT_ONCE)
    ledger_id: UUID
    ledger_number: int = Field(sa_type=BigId)
    ledger_mac: bytes = sealed()
    ordered_at: datetime = moment()
    erased_at: datetime = moment()
    checked_at: datetime | None = moment(default=None)
    cleared_at: datetime | None = moment(default=None)
    clear_tries: int = 0


class Tombstone(SQLModel, table=True):
    """A keyed digest of a subject and an item under which nothing may be sealed again: "no key" never means "make one"."""

    __tablename__ = "erasure_tombstone"
    __table_args__ = ({"schema": VAULT},)

    digest: bytes = sealed(primary_key=True)
    site_id: int
    erasure_id: UUID = Field(index=True)
    made_at: datetime = moment()
