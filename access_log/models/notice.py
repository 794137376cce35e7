"""The privacy notice: every published version, byte for byte."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import moment, sealed


class Notice(SQLModel, table=True):
    """One language of one published version. `sha256` is of `body`, the exact bytes that people were shown.

    `template` is the text as it was written, with places that the policy fills. Until `in_force_at` nobody is shown it.
    """

    __table_args__ = (UniqueConstraint("site_id", "version", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    version: str = Field(max_length=32)
    language: str = Field(max_length=8)
    body: str
    sha256: bytes = sealed()
    published_at: datetime = moment()
    in_force_at: datetime | None = moment(default=None)
    policy_id: int | None = Field(default=None, foreign_key="policy_version.id", index=True)
    template: str | None = None
