"""Sign-in: server-side sessions and the counters that slow guessing down."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed
from access_log.policy.codes import ActorKind


class WebSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds 256 random bits; only their digest is here."""

    __tablename__ = "web_session"

    digest: bytes = sealed(primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    face: str = Field(max_length=16)
    actor_kind: ActorKind = coded(ActorKind)
    actor_id: int
    visit_id: str | None = Field(default=None, max_length=36)
    second_factor_at: datetime | None = moment(default=None)
    locked_at: datetime | None = moment(default=None)
    csrf: str = Field(max_length=43, repr=False)
    language: str = Field(default="", max_length=8)
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment()


class SignInFailure(SQLModel, table=True):
    """A failed attempt in a bucket: (account, device) or (account, address). A stranger's bucket never fills the owner's."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_bucket", "bucket", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    bucket: bytes = sealed()
    at: datetime = moment()
