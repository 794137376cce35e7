"""Disclosures to authorities: what was asked for, by which paper, what two people made of it. No identity is kept here."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed


class Authority(StrEnum):
    """Who asks. `foreign`: any authority outside mainland China's own law."""

    POLICE = "police"
    STATE_SECURITY = "state_security"
    COURT = "court"
    PROCURATORATE = "procuratorate"
    SUPERVISION = "supervision"
    FOREIGN = "foreign"


class DisclosureState(StrEnum):
    REQUESTED = "requested"
    REFUSED = "refused"
    RELEASED = "released"
    HANDED_OVER = "handed_over"


class Disclosure(SQLModel, table=True):
    """One demand. `officers`: badge numbers. `fields`: of the policy. `sha256`: of the bundle that was downloaded, the same each time."""

    __table_args__ = (
        CheckConstraint("state not in ('released', 'handed_over') or decided_by <> asked_by", name="released_by_another"),
        CheckConstraint("authority <> 'foreign' or state = 'refused'", name="foreign_is_refused"),
        CheckConstraint("(state = 'handed_over') = (sha256 is not null)", name="handed_over_by_hash"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    authority: Authority = coded(Authority)
    office: str = Field(max_length=80)
    legal_basis: str = Field(max_length=120)
    instrument: str = Field(max_length=60)
    instrument_at: datetime = moment()
    officers: str = Field(max_length=60)
    fields: list[str] = Field(default_factory=list, sa_type=JSON)
    state: DisclosureState = coded(DisclosureState, default=DisclosureState.REQUESTED)
    refusal: str = Field(default="", max_length=32)
    asked_by: int = Field(foreign_key="staff.id")
    asked_at: datetime = moment()
    decided_by: int | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = moment(default=None)
    sha256: bytes | None = sealed(default=None)
    downloads: int = 0
    handed_over_at: datetime | None = moment(default=None)


class DisclosedPerson(SQLModel, table=True):
    """One named row of a disclosure: a person of one visit."""

    __tablename__ = "disclosed_person"

    disclosure_id: int = Field(foreign_key="disclosure.id", primary_key=True)
    subject_id: UUID = Field(foreign_key="subject.id", primary_key=True, index=True)
    site_id: int = Field(foreign_key="site.id")
    visit_id: UUID = Field(foreign_key="visit.id")
