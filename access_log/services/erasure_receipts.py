"""What a receipt of an erasure says, and from when no copy of the database opens what was erased: the honest date.

That is the later of two: the day the last key is destroyed that lived at the erasure, and the day the last escrow that holds such a key
is attested destroyed. Until both have come it is a forecast, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from access_log.crypto.ring import Purpose
from access_log.models import Erasure, Escrow, Kek
from access_log.policy.keys import LATE, NEW_EVERY
from access_log.services.paging import Page, Span

PERSONAL = (Purpose.IDENTITY.value, Purpose.LABEL.value, Purpose.INDEX.value)
"""Purposes under whose keys something of a person lies."""
PAGE = 50


class Stage(StrEnum):
    """How far an erasure is in the copies of the database."""

    GONE = "gone"
    COMING = "coming"
    ESCROWED = "escrowed"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Copies:
    """GONE: no copy opens it, since `at`. COMING: from `at`, if nothing comes between. ESCROWED: not before `at`, and not before a key in
    safe-keeping is destroyed. PAUSED: keys that should be destroyed are not, and nobody can say when they will be."""

    stage: Stage
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One erasure and what became of its copies."""

    row: Erasure
    copies: Copies


def of_subject(session: Session, subject_id: UUID, *, horizon: timedelta, now: datetime) -> list[Receipt]:
    """Everything that was erased of one subject, the latest first."""
    rows = session.exec(select(Erasure).where(Erasure.subject_id == subject_id).order_by(col(Erasure.ledger_number).desc())).all()
    return _receipts(session, rows, horizon, now)


def one(session: Session, receipt_id: UUID, *, horizon: timedelta, now: datetime) -> Receipt | None:
    """A receipt by its random id: whoever holds that was given it."""
    row = session.get(Erasure, receipt_id)
    return _receipts(session, [row], horizon, now)[0] if row is not None else None


def latest(session: Session, subject_id: UUID) -> UUID | None:
    """The id of the last receipt of a subject."""
    newest = select(Erasure.id).where(Erasure.subject_id == subject_id).order_by(col(Erasure.ledger_number).desc()).limit(1)
    return session.exec(newest).first()


def listed(session: Session, *, site_id: int, page: int, horizon: timedelta, now: datetime) -> Page[Receipt]:
    """A page of a site's receipts, the latest first."""
    total = session.exec(select(func.count()).select_from(Erasure).where(Erasure.site_id == site_id)).one()
    span = Span(total, page, PAGE)
    newest = select(Erasure).where(Erasure.site_id == site_id).order_by(col(Erasure.erased_at).desc(), col(Erasure.ledger_number).desc())
    rows = session.exec(newest.offset(span.skip).limit(PAGE)).all()
    return span.of(_receipts(session, rows, horizon, now))


def _receipts(session: Session, rows: Sequence[Erasure], horizon: timedelta, now: datetime) -> list[Receipt]:
    if not rows:
        return []
    keks = _keks(session, min(row.erased_at for row in rows), max(row.erased_at for row in rows))
    escrows = _escrows(session, min(row.erased_at for row in rows), max((kek.destroyed_at or now for kek in keks), default=now))
    return [Receipt(row, _copies(row.erased_at, keks, escrows, horizon, now)) for row in rows]


def _keks(session: Session, first: datetime, last: datetime) -> Sequence[Kek]:
    """Those that lived at some time between."""
    alive = or_(col(Kek.destroyed_at).is_(None), col(Kek.destroyed_at) > first)
    return session.exec(select(Kek).where(col(Kek.purpose).in_(PERSONAL), Kek.created_at <= last, alive)).all()


def _escrows(session: Session, first: datetime, last: datetime) -> Sequence[Escrow]:
    """Those that can hold a key which lived then; one destroyed before the erasure delays nothing."""
    still = or_(col(Escrow.attested_destroyed_at).is_(None), col(Escrow.attested_destroyed_at) > first)
    return session.exec(select(Escrow).where(Escrow.made_at <= last, still)).all()


def _copies(erased_at: datetime, keks: Sequence[Kek], escrows: Sequence[Escrow], horizon: timedelta, now: datetime) -> Copies:
    lived = [kek for kek in keks if kek.created_at <= erased_at and (kek.destroyed_at is None or kek.destroyed_at > erased_at)]
    holding = [escrow for escrow in escrows if any(kek.version in escrow.keks.get(kek.purpose, ()) for kek in lived)]
    destroyed = [kek.destroyed_at for kek in lived]
    attested = [escrow.attested_destroyed_at for escrow in holding]
    latest = max([erased_at, *(at for at in (*destroyed, *attested) if at is not None)])
    forecast = max(erased_at + horizon + NEW_EVERY, latest)
    if lived and None not in destroyed and None not in attested:
        return Copies(Stage.GONE, latest)
    if any(kek.destroyed_at is None and now - kek.created_at >= horizon + LATE for kek in lived):
        return Copies(Stage.PAUSED, None)
    if None in attested:
        return Copies(Stage.ESCROWED, forecast)
    return Copies(Stage.COMING, forecast) if now < forecast else Copies(Stage.PAUSED, None)
