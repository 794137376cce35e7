"""Quarterly reviews of who has access to the register itself."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import moment, sealed


class AccessReview(SQLModel, table=True):
    """One signed review. `body`: the accounts and rights that were looked at, without names, as canonical JSON; `sha256` is of it."""

    __tablename__ = "access_review"
    __table_args__ = (CheckConstraint("finding in ('none', 'followed_up', 'incident')", name="finding"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    staff_id: int = Field(foreign_key="staff.id")
    finding: str = Field(max_length=16)
    reference: str = Field(default="", max_length=40)
    accounts: int
    body: bytes = sealed()
    sha256: bytes = sealed()
    signed_at: datetime = moment()
