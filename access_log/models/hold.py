"""Legal holds: what may not be erased for now, on whose order; and the erasures that wait for a hold's end."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment
from access_log.policy.codes import ActorKind, Item


class HoldGround(StrEnum):
    """Why the law keeps something beyond its day."""

    INVESTIGATION = "investigation"
    LITIGATION = "litigation"
    SUPERVISION = "supervision"
    INCIDENT = "incident"
    DISPUTE = "dispute"


class HoldEnd(StrEnum):
    """How a hold came to its end. Only `released` one was ever confirmed."""

    DECLINED = "declined"
    LAPSED = "lapsed"
    RELEASED = "released"


class LegalHold(SQLModel, table=True):
    """One order to keep. It freezes from the moment it is set; what nobody confirms by `lapses_at` freezes nothing any more.

    The name is always held. `holds_document`, `holds_contact`: these items as well. Set, confirmed, released: never twice one person.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("confirmed_by is null or confirmed_by <> set_by", name="confirmed_by_another"),
        CheckConstraint("how_ended is null or how_ended <> 'released' or ended_by <> release_by", name="released_by_another"),
        CheckConstraint("(how_ended is null) = (ended_at is null)", name="ended"),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    ground: HoldGround = coded(HoldGround)
    instrument: str = Field(max_length=60)
    ordered_by: str = Field(max_length=80)
    holds_document: bool = True
    holds_contact: bool = True
    review_at: datetime = moment()
    set_by: int = Field(foreign_key="staff.id")
    set_at: datetime = moment()
    lapses_at: datetime = moment()
    confirmed_by: int | None = Field(default=None, foreign_key="staff.id")
    confirmed_at: datetime | None = moment(default=None)
    release_by: int | None = Field(default=None, foreign_key="staff.id")
    release_asked_at: datetime | None = moment(default=None)
    how_ended: HoldEnd | None = coded(HoldEnd, default=None, nullable=True)
    ended_by: int | None = Field(default=None, foreign_key="staff.id")
    ended_at: datetime | None = moment(default=None)


class HeldSubject(SQLModel, table=True):
    """A person of one visit who is held. They stay on the list when the hold has ended: it says what was kept."""

    __tablename__ = "held_subject"

    hold_id: int = Field(foreign_key="legal_hold.id", primary_key=True)
    subject_id: UUID = Field(foreign_key="subject.id", primary_key=True, index=True)
    site_id: int = Field(foreign_key="site.id")
    visit_id: UUID = Field(foreign_key="visit.id")


class DeferredErasure(SQLModel, table=True):
    """An erasure that was ordered while a hold forbade it. Carried out, by the same order, when no hold is left; then gone."""

    __tablename__ = "deferred_erasure"

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    subject_id: UUID = Field(foreign_key="subject.id", index=True)
    item: Item | None = coded(Item, default=None, nullable=True)
    reason: str = Field(max_length=32)
    actor_kind: ActorKind = coded(ActorKind)
    actor_id: int | None = None
    fence: bool = True
    asked_at: datetime = moment()
