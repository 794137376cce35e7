"""Scheduled reports: what is due, who claimed it, what came of it, who has signed it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed


class ReportKind(StrEnum):
    ACCESS_DAILY = "access_daily"
    ACCESS_MONTHLY = "access_monthly"


class RunState(StrEnum):
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReportSchedule(SQLModel, table=True):
    """A report at a local time in the site's zone. `day` is the day of the month, for monthly ones."""

    __tablename__ = "report_schedule"
    __table_args__ = (
        CheckConstraint("local_minute between 0 and 1439", name="minute"),
        CheckConstraint("day between 1 and 28", name="day"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    kind: ReportKind = coded(ReportKind)
    local_minute: int = 6 * 60
    day: int = 1
    language: str = Field(default="zh-CN", max_length=8)
    active: bool = True
    stopped: str = Field(default="", max_length=32)
    from_at: datetime = moment()
    created_at: datetime = moment()


class ReportRecipient(SQLModel, table=True):
    """A member of staff who is told when the report is ready. A leaver among them stops the schedule."""

    __tablename__ = "report_recipient"

    schedule_id: int = Field(foreign_key="report_schedule.id", primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id")


class ReportRun(SQLModel, table=True):
    """One slot of one schedule: exactly one row, one owner at a time, `attempt` as the fence."""

    __tablename__ = "report_run"
    __table_args__ = (UniqueConstraint("schedule_id", "slot"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    schedule_id: int = Field(foreign_key="report_schedule.id")
    slot: datetime = moment()
    period_from: datetime = moment()
    period_until: datetime = moment()
    state: RunState = coded(RunState, default=RunState.DUE)
    owner: str = Field(default="", max_length=40)
    attempt: int = 0
    leased_until: datetime | None = moment(default=None)
    finished_at: datetime | None = moment(default=None)
    row_count: int = 0
    exception_count: int = 0
    notified_at: datetime | None = moment(default=None)
    expires_at: datetime | None = moment(default=None)


class ReportFile(SQLModel, table=True):
    """A rendered report, sealed under the `report` KEK; destroyed when it expires."""

    __tablename__ = "report_file"

    run_id: UUID = Field(foreign_key="report_run.id", primary_key=True)
    format: str = Field(primary_key=True, max_length=8)
    site_id: int = Field(foreign_key="site.id")
    suite: int
    kek_version: int = Field(index=True)
    wrapped_key: bytes = sealed()
    ciphertext: bytes = sealed()
    size: int = 0


class ReportReview(SQLModel, table=True):
    """A reviewer's signature under a report: seen, findings, follow-up."""

    __tablename__ = "report_review"
    __table_args__ = (CheckConstraint("finding in ('none', 'followed_up', 'incident')", name="finding"),)

    run_id: UUID = Field(foreign_key="report_run.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    staff_id: int = Field(foreign_key="staff.id")
    finding: str = Field(max_length=16)
    reference: str = Field(default="", max_length=40)
    signed_at: datetime = moment()


class TrafficCell(SQLModel, table=True):
    """Entries into one area (or the whole site: `area_id` empty) in one calendar month, as published; `entries` empty where hidden.

    Made once, when the month is over, and never again: a second count of other people would give away who is the difference.
    """

    __tablename__ = "traffic_cell"
    __table_args__ = (
        Index("uq_traffic_cell_area", "site_id", "month", "area_id", unique=True),
        CheckConstraint("length(month) = 7", name="month"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    month: str = Field(max_length=7)
    area_id: int | None = Field(default=None, foreign_key="area.id")
    entries: int | None = None
    published_at: datetime = moment()
