"""Who has looked at the record and what came of it: checks by this installation, and kiosks as witnesses of its heads.

None of it is ever taken back: triggers of both databases see to it (migrations/versions/v0010_witnesses_only_grow.py).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from access_log.models.base import codes_json, moment, sealed
from access_log.models.event import BigId


class RecordVerification(SQLModel, table=True):
    """One check of the whole record: asked for, under way, or done and kept. `asked_by` is of the staff; nightly ones have none."""

    __tablename__ = "record_verification"

    id: int | None = Field(default=None, primary_key=True)
    asked_by: int | None = Field(default=None, foreign_key="staff.id")
    asked_at: datetime = moment()
    leased_until: datetime | None = moment(default=None)
    finished_at: datetime | None = moment(default=None)
    done: int = Field(default=0, sa_type=BigId)
    total: int = Field(default=0, sa_type=BigId)
    size: int = Field(default=0, sa_type=BigId)
    heads: int = Field(default=0, sa_type=BigId)
    bodies: int = Field(default=0, sa_type=BigId)
    events: int = Field(default=0, sa_type=BigId)
    kiosks: int = 0
    finding_count: int = 0
    findings: dict[str, Any] = codes_json()
    head: str = Field(default="", sa_type=Text)


class RecordWitness(SQLModel, table=True):
    """A kiosk as a witness: its own key, and the newest head that it found consistent with all it saw before."""

    __tablename__ = "record_witness"

    kiosk_id: int = Field(foreign_key="kiosk.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    public_key: bytes = sealed()
    since: datetime = moment()
    size: int = Field(default=0, sa_type=BigId)
    note: str = Field(default="", sa_type=Text)
    seen_at: datetime | None = moment(default=None)
    disputed_at: datetime | None = moment(default=None)
    disputed: str = Field(default="", max_length=32)


class RecordCosignature(SQLModel, table=True):
    """A head with a kiosk's signature under it, kept now and then: what the kiosk saw, in a form that others can check."""

    __tablename__ = "record_cosignature"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    site_id: int = Field(foreign_key="site.id")
    kiosk_id: int = Field(foreign_key="kiosk.id", index=True)
    size: int = Field(sa_type=BigId)
    note: str = Field(sa_type=Text)
    at: datetime = moment()
