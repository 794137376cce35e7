"""Messages to send: a template and a subject, rendered only at the moment of sending."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment


class Template(StrEnum):
    INVITATION = "invitation"
    PASS = "pass"  # the name of a message
    VISIT_REFUSED = "visit_refused"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_ENDED = "visit_ended"
    RECEIPT = "receipt"
    ACCOUNT = "account"
    APPROVAL_WAITING = "approval_waiting"
    VISIT_APPROVED = "visit_approved"
    REPORT_READY = "report_ready"
    DELIVERY_FAILED = "delivery_failed"
    NAME_WRONG = "name_wrong"
    POLICY_CHANGED = "policy_changed"


class SendState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class OutboxMessage(SQLModel, table=True):
    """Claimed by a conditional update with a lease; `attempts` is the fence. Holds no address and no name."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    template: Template = coded(Template, closed=False)
    subject_id: UUID = Field(index=True)
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    reference: str = Field(default="", max_length=64)
    language: str = Field(default="zh-CN", max_length=8)
    state: SendState = coded(SendState, default=SendState.WAITING)
    due_at: datetime = moment()
    attempts: int = 0
    leased_until: datetime | None = moment(default=None)
    sent_at: datetime | None = moment(default=None)
    error: str = Field(default="", max_length=32)
    created_at: datetime = moment()
