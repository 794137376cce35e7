"""The operator's own people."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment
from access_log.policy.codes import Active, Role


class Staff(SQLModel, table=True):
    """One person, one role: the three exclusive roles can then never meet in one person. Name and mail are sealed."""

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    subject_id: UUID = Field(foreign_key="subject.id", unique=True)
    number: str = Field(max_length=16, unique=True)
    role: Role = coded(Role)
    language: str = Field(default="zh-CN", max_length=8)
    state: Active = coded(Active, default=Active.ACTIVE)
    password_hash: str | None = Field(default=None, repr=False, max_length=255)
    pin_hash: str | None = Field(default=None, repr=False, max_length=255)
    totp_step: int = 0
    totp_on: bool = False
    invite_generation: int = 0
    invited_at: datetime | None = moment(default=None)
    confidentiality_signed_at: datetime | None = moment(default=None)
    used_at: datetime | None = moment(default=None)
    resumed_at: datetime | None = moment(default=None)
    created_at: datetime = moment()
