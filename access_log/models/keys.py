"""What is known of keys outside the ring: never the keys, only which there were, where they are in safe-keeping, and what is backed up."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from access_log.models.base import codes_json, moment
from access_log.models.event import BigId


class Kek(SQLModel, table=True):
    """One KEK's life: made, followed by another, used by no row any more, destroyed."""

    __tablename__ = "kek"

    purpose: str = Field(primary_key=True, max_length=16)
    version: int = Field(primary_key=True)
    created_at: datetime = moment()
    superseded_at: datetime | None = moment(default=None)
    emptied_at: datetime | None = moment(default=None)
    destroyed_at: datetime | None = moment(default=None)


class BackupRun(SQLModel, table=True):
    """A backup of the database. `keks`: purpose → versions its rows are wrapped under, so that it opens with those and no others.

    It counts once `verified_at` is set: read back and found whole. `error` is a code.
    """

    __tablename__ = "backup_run"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    target: str = Field(max_length=16)
    started_at: datetime = moment(index=True)
    finished_at: datetime | None = moment(default=None)
    verified_at: datetime | None = moment(default=None)
    gone_at: datetime | None = moment(default=None)
    error: str = Field(default="", max_length=32)
    size: int = Field(default=0, sa_type=BigId)
    keks: dict[str, Any] = codes_json()
    ledger_id: UUID | None = None
    ledger_number: int = Field(default=0, sa_type=BigId)
    schema_revision: str = Field(default="", max_length=16)
    record_size: int = Field(default=0, sa_type=BigId)


class Escrow(SQLModel, table=True):
    """A sealed copy of keys outside this machine. `keks`: purpose → versions it holds.

    It counts as safe-keeping while it is verified and not attested destroyed; it counts against erasure until it is attested destroyed.
    """

    __tablename__ = "escrow"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str = Field(max_length=16)
    made_at: datetime = moment(index=True)
    keks: dict[str, Any] = codes_json()
    recovery_key: str = Field(default="", max_length=64)
    verified_at: datetime | None = moment(default=None)
    attested_destroyed_at: datetime | None = moment(default=None)
    attested_by: int | None = Field(default=None, foreign_key="staff.id")


class RatchetRun(SQLModel, table=True):
    """One turn of the ratchet. `state` is a code: running, done, stopped (goes on next time) or failed, with its `error`."""

    __tablename__ = "ratchet_run"

    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime = moment(index=True)
    seen_at: datetime = moment()
    finished_at: datetime | None = moment(default=None)
    state: str = Field(default="running", max_length=16)
    error: str = Field(default="", max_length=64)
    made: int = 0
    moved: int = 0
    waiting: int = 0
    destroyed: int = 0
    longest_ms: int = 0
