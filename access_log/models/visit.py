"""A visit: one person, one window, some areas, on somebody's authority."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment, sealed
from access_log.policy.codes import ActorKind, HowKnown, Purpose, Refusal, VisitState


class VisitOrder(SQLModel, table=True):
    """What a contact sent in one go: several people, one window, one purpose."""

    __tablename__ = "visit_order"
    __table_args__ = (UniqueConstraint("site_id", "number"), UniqueConstraint("customer_id", "nonce"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    customer_id: int = Field(foreign_key="customer.id", index=True)
    number: int
    nonce: str = Field(max_length=40)
    purpose: Purpose = coded(Purpose)
    work_order: str = Field(default="", max_length=40)
    window_from: datetime = moment()
    window_until: datetime = moment()
    requested_by: int = Field(foreign_key="contact.id")
    created_at: datetime = moment()


class Visit(SQLModel, table=True):
    """The state machine of visit.md. `subject_id` is this person in this visit; `technician_id` falls away when the visit falls due."""

    __table_args__ = (
        CheckConstraint("window_until > window_from", name="window"),
        CheckConstraint("(state = 'refused') = (refusal is not null)", name="refusal_has_a_reason"),
        Index("ix_visit_expected", "site_id", "state", "window_from"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    customer_id: int = Field(foreign_key="customer.id", index=True)
    order_id: UUID = Field(foreign_key="visit_order.id", index=True)
    place: int = 1
    subject_id: UUID = Field(foreign_key="subject.id", unique=True)
    technician_id: UUID | None = Field(default=None, foreign_key="technician.id", index=True)
    state: VisitState = coded(VisitState, default=VisitState.REQUESTED)
    purpose: Purpose = coded(Purpose)
    work_order: str = Field(default="", max_length=40)
    window_from: datetime = moment()
    window_until: datetime = moment()
    requested_by: int = Field(foreign_key="contact.id")
    refusal: Refusal | None = coded(Refusal, default=None, nullable=True)
    language: str = Field(default="zh-CN", max_length=8)
    link_generation: int = 0
    link_digest: bytes | None = sealed(default=None, unique=True)
    notice_version: str | None = Field(default=None, max_length=32)
    notice_read_at: datetime | None = moment(default=None)
    arrived_at: datetime | None = moment(default=None)
    arrived_kiosk_id: int | None = Field(default=None, foreign_key="kiosk.id")
    checked_at: datetime | None = moment(default=None)
    entered_at: datetime | None = moment(default=None)
    left_at: datetime | None = moment(default=None)
    left_known: HowKnown | None = coded(HowKnown, default=None, nullable=True)
    badge: str | None = Field(default=None, max_length=16)
    badge_returned_at: datetime | None = moment(default=None)
    erased_at: datetime | None = moment(default=None)
    created_at: datetime = moment()


class VisitArea(SQLModel, table=True):
    """An area the visit was requested for."""

    __tablename__ = "visit_area"

    visit_id: UUID = Field(foreign_key="visit.id", primary_key=True)
    area_id: int = Field(foreign_key="area.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id")


class Approval(SQLModel, table=True):
    """Who said yes or no to a visit, for which side, by which rule."""

    __table_args__ = (CheckConstraint("side in ('customer', 'operator')", name="side"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    side: str = Field(max_length=8)
    approved: bool
    refusal: Refusal | None = coded(Refusal, default=None, nullable=True)
    actor_kind: ActorKind = coded(ActorKind)
    actor_id: int | None = None
    rule_id: int | None = Field(default=None, foreign_key="standing_rule.id")
    at: datetime = moment()


class Pass(SQLModel, table=True):
    """通行码. Only a digest of what the code says: the code itself is signed again on demand and never stored."""

    __table_args__ = (
        Index(
            "uq_pass_live", "visit_id", unique=True, sqlite_where=text("revoked_at is null"), postgresql_where=text("revoked_at is null")
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    kid: int
    serial: bytes = sealed()
    digest: bytes = sealed(unique=True)
    short_digest: bytes = sealed(unique=True)
    valid_from: datetime = moment()
    valid_until: datetime = moment()
    issued_at: datetime = moment()
    revoked_at: datetime | None = moment(default=None)


class Presence(SQLModel, table=True):
    """Somebody is in an area. `person_id` exists only while the row is open, so that closed rows link no two visits."""

    __table_args__ = (
        Index(
            "uq_presence_person", "person_id", unique=True, sqlite_where=text("left_at is null"), postgresql_where=text("left_at is null")
        ),
        Index("uq_presence_visit", "visit_id", unique=True, sqlite_where=text("left_at is null"), postgresql_where=text("left_at is null")),
        Index("ix_presence_entered", "site_id", "entered_at"),
        CheckConstraint("(left_at is null) = (person_id is not null)", name="person_only_while_open"),
        CheckConstraint("(left_at is null) = (left_known is null)", name="known"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    customer_id: int = Field(foreign_key="customer.id")
    person_id: UUID | None = None
    area_id: int = Field(foreign_key="area.id")
    entered_at: datetime = moment()
    entered_known: HowKnown = coded(HowKnown)
    left_at: datetime | None = moment(default=None)
    left_known: HowKnown | None = coded(HowKnown, check="left_howknown", default=None, nullable=True)
