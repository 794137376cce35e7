"""What the sweep has done, and which time it believes."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import codes_json, moment


class RetentionRun(SQLModel, table=True):
    """What was destroyed at a site within an hour. `erased`: field of the policy → how many. `doubted`: the clock was not believed."""

    __tablename__ = "retention_run"

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    begun_at: datetime = moment()
    ended_at: datetime = moment()
    looks: int = 1
    erased: dict[str, Any] = codes_json()
    doubted: bool = False


class RetentionClock(SQLModel, table=True):
    """The time that the sweep believes (policy/trusted_time.py); one row. `wall_at` is what the clock said then."""

    __tablename__ = "retention_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True)
    believed_at: datetime = moment()
    wall_at: datetime = moment()
    uptime: float
    boot: str = Field(max_length=36)
    doubted: float | None = None
    claimed_at: datetime | None = moment(default=None)
