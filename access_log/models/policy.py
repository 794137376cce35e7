"""The policy file: every published version, byte for byte."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed


class Effect(StrEnum):
    """What a version changes for people, by code (policy/file/diff.py). `first`: there was none before."""

    FIRST = "first"
    REDUCES_RIGHTS = "reduces_rights"
    NEUTRAL = "neutral"
    IMPROVES = "improves"


class PolicyVersion(SQLModel, table=True):
    """One version. `sha256` is of `body`, the file's exact bytes. It holds from `effective_at`; `in_force_at` is when that was carried out.

    Texts of the notice that belong to it point to it (models/notice.py), and through them every visit whose visitor read one.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        UniqueConstraint("site_id", "version"),
        CheckConstraint("in_force_at is null or in_force_at >= effective_at", name="not_early"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    version: str = Field(max_length=32)
    body: bytes = sealed()
    sha256: bytes = sealed()
    effect: Effect = coded(Effect)
    published_at: datetime = moment()
    effective_at: datetime = moment()
    in_force_at: datetime | None = moment(default=None)
