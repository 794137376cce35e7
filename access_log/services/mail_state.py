"""Whether mail can be sent at all. A fault of the settings or of the mail server stops everybody's tries for a while, longer each time.

One row for the installation, so that the worker that meets the fault, the console that shows it and the doctor speak of the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select, update

from access_log.models import MailState, OutboxMessage, SendState
from access_log.policy.codes import MailFault

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600))
"""Between two tries; the last one for as long as it takes."""
ABSENT = timedelta(minutes=8)
"""A worker gives a sign of life every minute, a letter may hold it up for some: after this long without one, none is running."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How sending goes. `seen`: a worker lives. `nobody_sends`: none does, and letters have been due for minutes."""

    fault: MailFault | None
    reply: int | None
    since: datetime | None
    again_at: datetime | None
    waiting: int
    seen: bool
    nobody_sends: bool

    @property
    def stopped(self) -> bool:
        """Whether letters wait for somebody to mend something."""
        return bool(self.waiting) and (self.fault is not None or self.nobody_sends)


def standing(session: Session, *, now: datetime, site_id: int | None = None) -> Standing:
    """How sending goes, with the messages of one site (or all) that are due."""
    row = session.get(MailState, 1) or MailState()
    due = (col(OutboxMessage.state) == SendState.WAITING, col(OutboxMessage.due_at) <= now)
    mine = (col(OutboxMessage.state) == SendState.WAITING, *([col(OutboxMessage.site_id) == site_id] if site_id is not None else []))
    oldest = session.exec(select(func.min(OutboxMessage.due_at)).where(*due)).one()
    absent = row.seen_at is None or row.seen_at < now - ABSENT
    return Standing(
        fault=row.fault,
        reply=row.reply,
        since=row.since,
        again_at=row.paused_until,
        waiting=session.exec(select(func.count(col(OutboxMessage.id))).where(*mine)).one(),
        seen=not absent,
        nobody_sends=absent and oldest is not None and oldest < now - ABSENT,
    )


def fault(session: Session) -> MailFault | None:
    """Why no letter goes out, or None."""
    row = session.get(MailState, 1)
    return row.fault if row is not None else None


def paused(session: Session, *, now: datetime) -> bool:
    """Whether nobody should try yet."""
    until = session.exec(select(MailState.paused_until)).one_or_none()
    return until is not None and until > now


def failed(session: Session, *, fault: MailFault, reply: int | None, now: datetime) -> MailState:
    """No letter could be sent. Several workers that find out at the same time are one failure."""
    row = _row(session)
    if row.paused_until is None or row.paused_until <= now or row.fault is not fault:
        row.failures += 1
        row.paused_until = now + PAUSES[min(row.failures, len(PAUSES)) - 1]
    row.fault, row.reply, row.since = fault, reply, row.since or now
    session.add(row)
    session.flush()
    return row


def reached(session: Session, *, now: datetime) -> bool:
    """The mail server let us in. Returns whether that is news."""
    row = _row(session)
    news = row.fault is not None
    row.fault = row.reply = row.since = row.paused_until = None
    row.failures, row.reached_at = 0, now
    session.add(row)
    session.flush()
    return news


def try_now(session: Session) -> None:
    """Somebody has mended it, or started the worker again: no more waiting."""
    session.exec(update(MailState).values(paused_until=None))


def started(session: Session, *, usable: bool, now: datetime) -> None:
    """A worker has begun, with new settings perhaps: what it may find is found at once. Not `usable`: no mail server is set."""
    row = _row(session)
    if not usable:
        row.fault, row.reply, row.since = MailFault.NOT_SET, None, row.since or now
    elif row.fault is MailFault.NOT_SET:
        row.fault = row.since = None
    row.paused_until, row.failures, row.seen_at = None, 0, now
    session.add(row)
    session.flush()


def seen(session: Session, *, now: datetime) -> None:
    """A worker is there and looks."""
    row = _row(session)
    row.seen_at = now
    session.add(row)
    session.flush()


def _row(session: Session) -> MailState:
    flavour = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(flavour.insert(MailState).values(id=1, failures=0).on_conflict_do_nothing())
    return session.exec(select(MailState).with_for_update().execution_options(populate_existing=True)).one()
