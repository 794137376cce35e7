"""Who may ask: customers, their contacts, their roster of technicians, and the standing rules that approve by themselves."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed
from access_log.policy.codes import Active


class Customer(SQLModel, table=True):
    """An organisation under contract. `second_approval` asks for a second contact; otherwise a contact approves their own requests."""

    __table_args__ = (UniqueConstraint("site_id", "name"), UniqueConstraint("site_id", "licence"))

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    name: str = Field(max_length=120)
    licence: str | None = Field(default=None, max_length=18)
    second_approval: bool = False
    state: Active = coded(Active, default=Active.ACTIVE)
    ended_at: datetime | None = moment(default=None)
    created_at: datetime = moment()


class CustomerArea(SQLModel, table=True):
    """An area that the customer's visitors may be sent to."""

    __tablename__ = "customer_area"

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    area_id: int = Field(foreign_key="area.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id")


class Contact(SQLModel, table=True):
    """A customer's contact. Name, mail and phone are sealed under `subject_id`; the three rights are separate."""

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    customer_id: int = Field(foreign_key="customer.id", index=True)
    subject_id: UUID = Field(foreign_key="subject.id", unique=True)
    may_request: bool = True
    may_approve: bool = False
    may_report: bool = False
    language: str = Field(default="zh-CN", max_length=8)
    state: Active = coded(Active, default=Active.ACTIVE)
    password_hash: str | None = Field(default=None, repr=False, max_length=255)
    totp_step: int = 0
    totp_on: bool = False
    invite_generation: int = 0
    invited_at: datetime | None = moment(default=None)
    used_at: datetime | None = moment(default=None)
    created_at: datetime = moment()


class Technician(SQLModel, table=True):
    """A roster entry: a subject of its own, so that old visits do not stay readable because the person still works here."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    customer_id: int = Field(foreign_key="customer.id", index=True)
    subject_id: UUID = Field(foreign_key="subject.id", unique=True)
    language: str = Field(default="zh-CN", max_length=8)
    has_mail: bool = False
    state: Active = coded(Active, default=Active.ACTIVE)
    used_at: datetime | None = moment(default=None)
    warned_at: datetime | None = moment(default=None)
    created_at: datetime = moment()


class StandingRule(SQLModel, table=True):
    """按规则自动批准: a named rule of the operator that approves what lies wholly inside it. Recorded with each approval."""

    __tablename__ = "standing_rule"

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    name: str = Field(max_length=80)
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    purposes: list[str] = Field(default_factory=list, sa_type=JSON)
    max_hours: int = 12
    weekdays: list[int] = Field(default_factory=lambda: list(range(7)), sa_type=JSON)
    active: bool = True
    created_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = moment()


class StoredSecret(SQLModel, table=True):
    """A second-factor secret, sealed; kept apart from the person's row so that no listing ever loads it."""

    __tablename__ = "stored_secret"

    subject_id: UUID = Field(foreign_key="subject.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    suite: int
    kek_version: int = Field(index=True)
    wrapped_key: bytes = sealed()
    ciphertext: bytes = sealed()
