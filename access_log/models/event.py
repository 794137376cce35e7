"""What happened: events people work with, and the record entries that prove them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, codes_json, moment, sealed
from access_log.policy.codes import ActorKind, Direction, EventType, HowKnown, Outcome

BigId = BigInteger().with_variant(Integer, "sqlite")
IS_LOOK = text("type = 'identity:revealed'")
"""Somebody opened an identity. Written out, so that both databases see that the partial index serves the question."""


class AccessEvent(SQLModel, table=True):
    """One fact with its time. `detail` holds codes and numbers only. `nonce` makes a repeated kiosk request a no-op."""

    __tablename__ = "access_event"
    __table_args__ = (
        UniqueConstraint("kiosk_id", "nonce"),
        CheckConstraint("length(type) > length(replace(type, ':', ''))", name="type"),
        Index("ix_access_event_site_at", "site_id", "at"),
        Index("ix_access_event_visit", "visit_id", "at"),
        Index("ix_access_event_look", "subject_id", sqlite_where=IS_LOOK, postgresql_where=IS_LOOK),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    site_id: int = Field(foreign_key="site.id")
    type: EventType = coded(EventType, closed=False)
    at: datetime = moment()
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id")
    subject_id: UUID | None = None
    customer_id: int | None = None
    door_id: int | None = None
    kiosk_id: int | None = None
    kiosk_seq: int | None = None
    nonce: str | None = Field(default=None, max_length=40)
    pass_digest: bytes | None = sealed(default=None)
    outcome: Outcome | None = coded(Outcome, default=None, nullable=True)
    direction: Direction | None = coded(Direction, default=None, nullable=True)
    known: HowKnown | None = coded(HowKnown, default=None, nullable=True)
    actor_kind: ActorKind = coded(ActorKind)
    actor_id: int | None = None
    detail: dict[str, Any] = codes_json()


class RecordEntry(SQLModel, table=True):
    """The tamper-evident side of an event: canonical JSON without identity, and its RFC 6962 leaf hash."""

    __tablename__ = "record_entry"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    site_id: int = Field(foreign_key="site.id")
    body: bytes = sealed()
    leaf_hash: bytes = sealed()


class RecordPending(SQLModel, table=True):
    """Entries that no checkpoint covers yet. A row a slow transaction commits late is still found here."""

    __tablename__ = "record_pending"

    entry_id: int = Field(primary_key=True, foreign_key="record_entry.id", sa_type=BigId)
    site_id: int = Field(foreign_key="site.id")


class GuardCall(SQLModel, table=True):
    """Somebody at a kiosk asked for a guard."""

    __tablename__ = "guard_call"
    __table_args__ = (UniqueConstraint("kiosk_id", "nonce"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    kiosk_id: int = Field(foreign_key="kiosk.id")
    nonce: str = Field(max_length=40)
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id")
    outcome: Outcome | None = coded(Outcome, default=None, nullable=True)
    called_at: datetime = moment()
    answered_at: datetime | None = moment(default=None)
    answered_by: int | None = Field(default=None, foreign_key="staff.id")
