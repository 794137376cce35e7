"""The rights desk: what people ask about their own data, how they show who they are, and what they were answered.

Rows hold codes and times. The words of a request and its answer are sealed under a subject of their own (items `request` and `answer`).
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, codes_json, moment
from access_log.policy.codes import Item
from access_log.policy.rights import Channel, Ground, PauseReason, Proof, RequestState, RightsKind, Stage

OPEN = text("state = 'open'")


class RightsRequest(SQLModel, table=True):
    """One request. `subject_id` is whose data it is about, None where that is not known yet; `received_at` is when it truly came.

    `verified_at` and `proof` say how it was shown who asks. `outcome` holds codes: what was erased, what stays and until when.
    """

    __tablename__ = "rights_request"
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        CheckConstraint("received_at <= recorded_at", name="received_first"),
        CheckConstraint("(state = 'open') = (settled_at is null)", name="settled"),
        CheckConstraint("(state = 'refused') = (ground is not null)", name="refusal_has_a_ground"),
        CheckConstraint("(proof = 'none') = (verified_at is null)", name="proof_has_its_time"),
        CheckConstraint("state <> 'answered' or proof <> 'none'", name="nobody_unverified_is_answered"),
        Index("ix_rights_request_open", "site_id", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    number: int
    kind: RightsKind = coded(RightsKind, closed=False)
    item: Item | None = coded(Item, default=None, nullable=True, closed=False)
    channel: Channel = coded(Channel)
    state: RequestState = coded(RequestState, default=RequestState.OPEN)
    proof: Proof = coded(Proof, default=Proof.NONE)
    paper_id: UUID = Field(foreign_key="subject.id", unique=True)
    subject_id: UUID | None = Field(default=None, foreign_key="subject.id", index=True)
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    language: str = Field(default="zh-CN", max_length=8)
    received_at: datetime = moment()
    recorded_at: datetime = moment()
    recorded_by: int | None = Field(default=None, foreign_key="staff.id")
    due_at: datetime = moment()
    stage: Stage = coded(Stage, default=Stage.FRESH)
    verified_at: datetime | None = moment(default=None)
    settled_at: datetime | None = moment(default=None)
    settled_by: int | None = Field(default=None, foreign_key="staff.id")
    ground: Ground | None = coded(Ground, default=None, nullable=True, closed=False)
    outcome: dict[str, Any] = codes_json()
    fetched_at: datetime | None = moment(default=None)
    paper_erased_at: datetime | None = moment(default=None)


class RightsPause(SQLModel, table=True):
    """Whoever asked keeps the desk waiting: the clock stands still meanwhile."""

    __tablename__ = "rights_pause"
    __table_args__ = (
        CheckConstraint("ends_at is null or ends_at >= begins_at", name="order"),
        Index(
            "uq_rights_pause_open",
            "request_id",
            unique=True,
            sqlite_where=text("ends_at is null"),
            postgresql_where=text("ends_at is null"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    request_id: UUID = Field(foreign_key="rights_request.id", index=True)
    reason: PauseReason = coded(PauseReason)
    begins_at: datetime = moment()
    ends_at: datetime | None = moment(default=None)
    begun_by: int | None = Field(default=None, foreign_key="staff.id")


class RightsRestriction(SQLModel, table=True):
    """An item that is frozen at the wish of its person: kept until its day, shown to nobody but them (PIPL art. 44)."""

    __tablename__ = "rights_restriction"

    subject_id: UUID = Field(foreign_key="subject.id", primary_key=True)
    item: Item = coded(Item, primary_key=True, closed=False)
    site_id: int = Field(foreign_key="site.id")
    request_id: UUID = Field(foreign_key="rights_request.id")
    since: datetime = moment()


class RightsCode(SQLModel, table=True):
    """A code that was sent to an address held already, or handed out at the desk after a look at the document. Derived, never stored.

    `subject_id` None: nobody is held under what was typed. Such a code is never right, and the pages say nothing of it.
    """

    __tablename__ = "rights_code"
    __table_args__ = (Index("ix_rights_code_subject", "subject_id", "made_at"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    proof: Proof = coded(Proof)
    subject_id: UUID | None = Field(default=None, foreign_key="subject.id")
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    made_by: int | None = Field(default=None, foreign_key="staff.id")
    made_at: datetime = moment()
    tries: int = 0
    used_at: datetime | None = moment(default=None)
