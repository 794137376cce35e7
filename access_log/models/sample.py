"""Named samples: an auditor asks to see a few names, the privacy officer says yes or no, and they are on the screen for half an hour."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment
from access_log.policy.codes import SampleReason, SampleRefusal


class NameSample(SQLModel, table=True):
    """One request and what came of it. `view_until`: from the first look on, half an hour."""

    __tablename__ = "name_sample"
    __table_args__ = (
        CheckConstraint("(decided_at is null) = (decided_by is null)", name="decided"),
        CheckConstraint("refusal is null or decided_at is not null", name="refused"),
        CheckConstraint("view_until is null or (decided_at is not null and refusal is null)", name="viewed"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    auditor_id: int = Field(foreign_key="staff.id")
    reason: SampleReason = coded(SampleReason)
    reference: str = Field(default="", max_length=40)
    asked_at: datetime = moment()
    decided_by: int | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = moment(default=None)
    refusal: SampleRefusal | None = coded(SampleRefusal, default=None, nullable=True)
    opened_at: datetime | None = moment(default=None)
    view_until: datetime | None = moment(default=None)


class NameSampleVisit(SQLModel, table=True):
    """A row that was picked. The visit may go before the sample does: what was asked for stays a fact."""

    __tablename__ = "name_sample_visit"

    sample_id: UUID = Field(foreign_key="name_sample.id", primary_key=True)
    visit_id: UUID = Field(primary_key=True)
    site_id: int = Field(foreign_key="site.id")
