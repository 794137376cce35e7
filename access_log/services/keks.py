"""Facts about KEKs beside the ring: made, followed, empty, destroyed; and what stands against destroying each of them now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import Key, KeyRing, Purpose
from access_log.models import BackupRun, Escrow, Kek, Site
from access_log.policy.codes import EventType
from access_log.policy.keys import Hold, KekFacts, Safety, holds, is_overdue
from access_log.services import events
from access_log.services.wrapped import is_used, versions_used


@dataclass(frozen=True, slots=True)
class Verdict:
    """One KEK of the ring, and every reason against destroying it now. `overdue`: it should be gone, and somebody has to do something."""

    kek: KekFacts
    holds: tuple[Hold, ...]
    overdue: bool


def write_down(session: Session, ring: KeyRing, *, now: datetime) -> None:
    """Bring the facts in line with the ring, whichever of the two an interruption or a restore left behind."""
    known = {(row.purpose, row.version): row for row in session.exec(select(Kek))}
    for purpose in Purpose:
        versions = ring.keys.get(purpose.value, ())
        for key, following in zip(versions, (*versions[1:], None), strict=True):
            row = known.pop((key.name, key.version), None) or Kek(purpose=key.name, version=key.version, created_at=key.created_at)
            row.superseded_at = row.superseded_at or (following.created_at if following else None)
            row.destroyed_at = None
            session.add(row)
    for row in known.values():
        if row.destroyed_at is None:
            row.destroyed_at = now
            session.add(row)
            _record(session, EventType.KEY_DESTROYED, {row.purpose: [row.version]}, now)
    session.flush()


def note_made(session: Session, ring: KeyRing, *, now: datetime, made: dict[str, int], suites: tuple[str, str] | None = None) -> None:
    """Record that new KEKs are in the ring; `suites`: that with them the ring seals in another suite, and in which it sealed before."""
    write_down(session, ring, now=now)
    detail = {"suite_before": suites[0], "suite": suites[1]} if suites else {}
    _record(session, EventType.KEY_CREATED, {purpose: [version] for purpose, version in made.items()}, now, detail)


def _record(
    session: Session, type_: EventType, versions: dict[str, list[int]], now: datetime, beside: dict[str, str] | None = None
) -> None:
    site_id = session.exec(select(Site.id).order_by(col(Site.id)).limit(1)).first()
    if site_id is not None:  # before the first site nothing has happened that a record could hold
        events.record(session, type_, site_id=site_id, now=now, detail={"keks": versions} | (beside or {}))


@dataclass(frozen=True, slots=True)
class Around:
    """What the process knows beside the database: an old ring that lies about, purposes whose other ring cannot be written."""

    stray_copy: bool = False
    out_of_reach: frozenset[str] = frozenset()


def verdicts(session: Session, ring: KeyRing, *, around: Around, horizon: timedelta, now: datetime) -> list[Verdict]:
    """What stands against destroying each KEK of the ring now, by purpose, the oldest first."""
    copies = _safety(session, around)
    found = []
    for purpose in Purpose:
        used = versions_used(session, purpose)
        for key, created_at in aged(ring, purpose):
            kek = KekFacts(key.name, key.version, created_at, used.get(key.version, 0))
            found.append(_verdict(kek, ring, copies, horizon, now))
    return found


def aged(ring: KeyRing, purpose: Purpose) -> list[tuple[Key, datetime]]:
    """A purpose's KEKs with the time each was made, which is no later than the next one's: a clock that ran ahead ages none less."""
    found: list[tuple[Key, datetime]] = []
    for key in reversed(ring.keys.get(purpose.value, ())):
        found.append((key, min(key.created_at, found[-1][1]) if found else key.created_at))
    return found[::-1]


def free(
    session: Session, ring: KeyRing, candidates: Iterable[KekFacts], *, around: Around, horizon: timedelta, now: datetime
) -> list[KekFacts]:
    """Those against which still nothing stands. Looks for one row of each instead of counting all: nobody can write meanwhile."""
    copies = _safety(session, around)
    again = [replace(kek, rows=int(is_used(session, Purpose(kek.purpose), kek.version))) for kek in candidates]
    return [kek for kek in again if not _verdict(kek, ring, copies, horizon, now).holds]


def _verdict(kek: KekFacts, ring: KeyRing, copies: Safety, horizon: timedelta, now: datetime) -> Verdict:
    against = holds(kek, newest=ring.newest(Purpose(kek.purpose)), safety=copies, horizon=horizon, now=now)
    return Verdict(kek, against, is_overdue(kek, against, horizon=horizon, now=now))


def _safety(session: Session, around: Around) -> Safety:
    escrows = select(Escrow.keks).where(col(Escrow.verified_at).is_not(None), col(Escrow.attested_destroyed_at).is_(None))
    backups = select(BackupRun.keks).where(col(BackupRun.verified_at).is_not(None), col(BackupRun.gone_at).is_(None))
    return Safety(session.exec(escrows).all(), session.exec(backups).all(), around.stray_copy, around.out_of_reach)


def highest(session: Session, purpose: Purpose) -> int:
    """The highest version of a purpose that ever was, as far as the database knows: a number is never given twice."""
    known = session.exec(select(func.max(Kek.version)).where(Kek.purpose == purpose.value)).one()
    return max(known or 0, *versions_used(session, purpose), 0)


def lost(session: Session, ring: KeyRing) -> dict[str, list[int]]:
    """Purpose → versions that rows are wrapped under and the ring does not hold: those rows cannot be opened."""
    found = {purpose.value: sorted(set(versions_used(session, purpose)) - set(ring.kek_versions(purpose))) for purpose in Purpose}
    return {purpose: versions for purpose, versions in found.items() if versions}
