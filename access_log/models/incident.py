"""Incidents: what went wrong with data, by when the authority had to hear of it, who was told, how it ended. No identity is kept here."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment


class IncidentKind(StrEnum):
    LEAK = "leak"
    LOSS = "loss"
    ALTERED = "altered"
    INTRUSION = "intrusion"
    MISUSE = "misuse"


class IncidentEnd(StrEnum):
    """How it was closed. `false_alarm`: nothing had happened."""

    HANDLED = "handled"
    FALSE_ALARM = "false_alarm"


class Audience(StrEnum):
    """Who is told."""

    AUTHORITY = "authority"
    CUSTOMERS = "customers"
    PEOPLE = "people"


class Incident(SQLModel, table=True):
    """One incident. `found_at` starts the clock. `fields` are of the policy; `people` is an estimate that may grow."""

    __table_args__ = (
        CheckConstraint("(how_ended is null) = (ended_at is null)", name="ended"),
        CheckConstraint("(how_ended is null) = (ended_by is null)", name="ended_by_somebody"),
        CheckConstraint("people >= 0", name="people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    kind: IncidentKind = coded(IncidentKind)
    found_at: datetime = moment()
    cause: str = Field(max_length=400)
    measures: str = Field(max_length=400)
    fields: list[str] = Field(default_factory=list, sa_type=JSON)
    people: int
    entered_by: int = Field(foreign_key="staff.id")
    entered_at: datetime = moment()
    how_ended: IncidentEnd | None = coded(IncidentEnd, default=None)
    reason: str = Field(default="", max_length=400)
    ended_by: int | None = Field(default=None, foreign_key="staff.id")
    ended_at: datetime | None = moment(default=None)


class IncidentNotice(SQLModel, table=True):
    """Somebody was told, once a kind of audience. `waived`: they were not, and `reference` says on which ground."""

    __tablename__ = "incident_notice"
    __table_args__ = (UniqueConstraint("incident_id", "audience", name="uq_incident_notice_audience"),)

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    site_id: int = Field(foreign_key="site.id")
    audience: Audience = coded(Audience)
    told_at: datetime = moment()
    waived: bool = False
    reference: str = Field(max_length=200)
    entered_by: int = Field(foreign_key="staff.id")
    entered_at: datetime = moment()
