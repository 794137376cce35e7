"""Messages to send: a template and a subject, rendered only at the moment of sending."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from access_log.models.base import coded, moment
from access_log.policy.codes import MailFault


class Template(StrEnum):
    INVITATION = "invitation"
    PASS = "pass"  # the name of a message
    VISIT_REFUSED = "visit_refused"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_ENDED = "visit_ended"
    RECEIPT = "receipt"
    FAREWELL = "farewell"
    ACCOUNT = "account"
    APPROVAL_WAITING = "approval_waiting"
    VISIT_APPROVED = "visit_approved"
    REPORT_READY = "report_ready"
    DELIVERY_FAILED = "delivery_failed"
    NAME_WRONG = "name_wrong"
    POLICY_CHANGED = "policy_changed"
    RIGHTS_CODE = "rights_code"
    RIGHTS_RECEIVED = "rights_received"
    RIGHTS_ANSWERED = "rights_answered"
    RIGHTS_REMINDER = "rights_reminder"


class SendState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class OutboxMessage(SQLModel, table=True):
    """Claimed by a conditional update with a lease; `attempts` only grows and is the fence. Holds no address and no name.

    `refusals` counts what a mail server said against this very letter. `token` is random and stands in its Message-ID, so that
    a bounce finds its way back; it changes when somebody has the letter sent again.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "state", "due_at"), Index("uq_outbox_token", "token", unique=True))

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
    refusals: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    token: str | None = Field(default=None, max_length=32)
    leased_until: datetime | None = moment(default=None)
    sent_at: datetime | None = moment(default=None)
    error: str = Field(default="", max_length=32)
    created_at: datetime = moment()


class MailState(SQLModel, table=True):
    """How sending goes, in one row: mail leaves an installation by one way, whatever its sites. `fault` since `since`; until `paused_until`
    nobody tries. `reply` is the number with which the mail server said no."""

    __tablename__ = "mail_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), CheckConstraint("(fault is null) = (since is null)", name="since"))

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    fault: MailFault | None = coded(MailFault, closed=False, default=None, nullable=True)
    reply: int | None = None
    since: datetime | None = moment(default=None)
    failures: int = 0
    paused_until: datetime | None = moment(default=None)
    reached_at: datetime | None = moment(default=None)
    seen_at: datetime | None = moment(default=None)
