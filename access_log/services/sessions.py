"""Signed-in browsers, kept on the server: the cookie holds 256 random bits, the database their digest."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, delete, select

from access_log.crypto.codes import random_token, token_digest
from access_log.models import Staff, WebSession
from access_log.policy.codes import ActorKind, Role

IDLE = {"console": timedelta(minutes=30), "portal": timedelta(hours=1), "visitor": timedelta(hours=2)}
DESK = timedelta(hours=12)
"""A guard's console locks itself after ten minutes (LOCK) but keeps its session for the shift: a PIN opens it again."""
LONGEST = {"console": timedelta(hours=13), "portal": timedelta(hours=24), "visitor": timedelta(hours=24)}
LOCK = timedelta(minutes=10)
SEEN_EVERY = timedelta(seconds=60)


def open_session(
    session: Session,
    *,
    site_id: int,
    face: str,
    kind: ActorKind,
    actor_id: int,
    now: datetime,
    second_factor_at: datetime | None = None,
    visit_id: str | None = None,
) -> tuple[WebSession, str]:
    """A new session and the token for its cookie. Rotate at every change of rights: never reuse a token from before."""
    token = random_token()
    row = WebSession(
        digest=token_digest(token),
        site_id=site_id,
        face=face,
        actor_kind=kind,
        actor_id=actor_id,
        visit_id=visit_id,
        second_factor_at=second_factor_at,
        csrf=random_token(),
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST[face],
    )
    session.add(row)
    session.flush()
    return row, token


def find_session(session: Session, *, face: str, token: str, now: datetime, used: bool = True) -> WebSession | None:
    """The live session of a cookie. It counts as used now, unless `used` is False (a page that refreshes itself is no person).

    A guard's console that nobody used for ten minutes is locked from then on.
    """
    row = session.get(WebSession, token_digest(token))
    if row is None or row.face != face or row.expires_at <= now:
        return None
    desk = _at_the_desk(session, row)
    if now - row.seen_at > (DESK if desk else IDLE[face]):
        return None
    if desk and row.locked_at is None and now - row.seen_at > LOCK:
        row.locked_at = now
        session.add(row)
    if used and row.locked_at is None and now - row.seen_at > SEEN_EVERY:
        row.seen_at = now
        session.add(row)
    return row


def _at_the_desk(session: Session, row: WebSession) -> bool:
    staff = session.get(Staff, row.actor_id) if row.actor_kind is ActorKind.STAFF else None
    return staff is not None and staff.role is Role.GUARD and row.second_factor_at is not None


def close_session(session: Session, row: WebSession) -> None:
    """Sign out."""
    session.delete(row)
    session.flush()


def close_sessions_of_visit(session: Session, visit_id: UUID) -> None:
    """Every browser in which a visitor's link was opened: the link is void from now on, and so is what it opened."""
    session.exec(delete(WebSession).where(col(WebSession.visit_id) == str(visit_id)))


def forget_expired(session: Session, *, now: datetime) -> None:
    """Drop what can no longer be used."""
    session.exec(delete(WebSession).where(col(WebSession.expires_at) <= now))


def sessions_of(session: Session, *, kind: ActorKind, actor_id: int) -> list[WebSession]:
    """Every live session of one person."""
    return list(session.exec(select(WebSession).where(WebSession.actor_kind == kind, WebSession.actor_id == actor_id)).all())
