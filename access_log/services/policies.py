"""The policy that runs: which version holds at a site, and what each visitor was told. Every published file is kept byte for byte."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from access_log.errors import NotFoundError, PolicyAlteredError
from access_log.models import Notice, PolicyVersion, Site, Visit
from access_log.policy.codes import VisitState
from access_log.policy.file.agreeing import kept_for
from access_log.policy.file.building import default_bytes, load_policy
from access_log.policy.file.choosing import with_profiles
from access_log.policy.file.content import Policy
from access_log.policy.period import Period
from access_log.policy.periods import Promise

AUDIT = "annual_audit"
AUDIT_MONTHS = 13
DEFAULT_VERSION = "default-1"
NOBODY_CAME = (VisitState.NO_SHOW, VisitState.CANCELLED, VisitState.REFUSED)
"""A visit ends so before anybody came, or after somebody was at the door in vain."""


def in_force(session: Session, site: Site) -> Policy:
    """The policy a site runs by now; where none was ever published, the one that ships, with the choice the site made at set-up."""
    held = _in_force(site.id or 0, col(PolicyVersion.id), col(PolicyVersion.sha256))
    row = session.exec(held).first()
    return _loaded(session, *row) if row else shipped(site)


_by_hash: dict[bytes, Policy] = {}
"""Published versions never change: each is read and parsed once a process."""


def _loaded(session: Session, row_id: int, sha256: bytes) -> Policy:
    if sha256 not in _by_hash:
        body = session.exec(select(PolicyVersion.body).where(PolicyVersion.id == row_id)).one()
        _by_hash[sha256] = load_policy(unaltered(body, sha256))
    return _by_hash[sha256]


def read(row: PolicyVersion) -> Policy:
    """What a published version says. Raises PolicyAlteredError."""
    body = unaltered(row.body, row.sha256)
    if row.sha256 not in _by_hash:
        _by_hash[row.sha256] = load_policy(body)
    return _by_hash[row.sha256]


def unaltered(body: bytes, sha256: bytes) -> bytes:
    """The bytes, where they are the ones that were published. Raises PolicyAlteredError."""
    if hashlib.sha256(body).digest() != sha256:
        raise PolicyAlteredError("a published policy is not what it was: compare the database with the record and with a backup")
    return body


def shipped(site: Site) -> Policy:
    """The policy that comes with the product, for a site that keeps names for six months or for a year of audits."""
    return load_policy(shipped_bytes(site))


def shipped_bytes(site: Site) -> bytes:
    """As `shipped`, the file itself."""
    profiles = [AUDIT] if site.retention_months == AUDIT_MONTHS else []
    return with_profiles(default_bytes(), profiles, version=DEFAULT_VERSION) if profiles else default_bytes()


def row_in_force(session: Session, site_id: int) -> PolicyVersion | None:
    """The published version that holds now."""
    found: PolicyVersion | None = session.exec(_in_force(site_id, PolicyVersion)).first()
    return found


def _in_force(site_id: int, *columns: Any) -> Any:
    held = select(*columns).where(PolicyVersion.site_id == site_id, col(PolicyVersion.in_force_at).is_not(None))
    return held.order_by(col(PolicyVersion.in_force_at).desc(), col(PolicyVersion.id).desc()).limit(1)


def newest_row(session: Session, site_id: int) -> PolicyVersion | None:
    """The version published last, whether it holds already or not."""
    return session.exec(
        select(PolicyVersion).where(PolicyVersion.site_id == site_id).order_by(col(PolicyVersion.id).desc()).limit(1)
    ).first()


def versions(session: Session, site_id: int) -> Sequence[PolicyVersion]:
    """Every version ever published, the newest first."""
    return session.exec(select(PolicyVersion).where(PolicyVersion.site_id == site_id).order_by(col(PolicyVersion.id).desc())).all()


def version_of(session: Session, *, version: str, site_id: int) -> PolicyVersion:
    """One published version. Raises NotFoundError."""
    found = session.exec(select(PolicyVersion).where(PolicyVersion.site_id == site_id, PolicyVersion.version == version)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def shortest_ever(session: Session, field_id: str) -> Period:
    """The shortest period under which a category was ever kept, at any site: nothing that was gone earlier went by the rules."""
    bodies = {*session.exec(select(PolicyVersion.body)).all(), default_bytes()}
    periods = {period for body in bodies for period in kept_for(load_policy(body), field_id)}
    return min(periods, key=lambda period: period.months * 30.4 + period.days + period.minutes / 1440)


def promise_of(session: Session, site: Site, notice_version: str | None) -> Promise:
    """What a visitor who read a version of the notice was told of how long things are kept, and what holds now."""
    now = in_force(session, site)
    return Promise(told_of(session, site, notice_version) or now, now, site.zone)


def told_of(session: Session, site: Site, notice_version: str | None) -> Policy | None:
    """The policy that belonged to a version of the notice; None where that is not known."""
    found = session.exec(
        select(PolicyVersion.id, PolicyVersion.sha256)
        .join(Notice, col(Notice.policy_id) == col(PolicyVersion.id))
        .where(Notice.site_id == site.id, Notice.version == notice_version)
        .limit(1)
    ).first()
    return _loaded(session, found[0] or 0, found[1]) if found is not None else None


def came(visit: Visit) -> bool:
    """Whether anybody ever stood at a door for this visit, or still may."""
    return visit.state not in NOBODY_CAME or visit.arrived_at is not None or visit.entered_at is not None


@dataclass(frozen=True, slots=True)
class Told:
    """Visits whose visitors were told the same. `versions` of the notice; `others`: also whoever read none of the known ones."""

    promise: Promise
    versions: frozenset[str]
    others: bool = False


def all_told(session: Session, site: Site) -> list[Told]:
    """Every promise a site has given, with the versions of the notice that gave it."""
    now = in_force(session, site)
    rows = session.exec(
        select(Notice.version, PolicyVersion.id, PolicyVersion.sha256)
        .join(PolicyVersion, col(PolicyVersion.id) == Notice.policy_id)
        .where(Notice.site_id == site.id)
    ).all()
    told: dict[tuple[int | None, bytes], set[str]] = {}
    for version, row_id, sha256 in rows:
        told.setdefault((row_id, sha256), set()).add(version)
    known = [
        Told(Promise(_loaded(session, row_id or 0, sha256), now, site.zone), frozenset(names)) for (row_id, sha256), names in told.items()
    ]
    return [*known, Told(Promise(now, now, site.zone), frozenset(version for version, _id, _hash in rows), others=True)]
