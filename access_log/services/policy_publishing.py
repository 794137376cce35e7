"""How a new policy comes into force.

A version that gives people less holds only after they were told of it, and is then asked of everybody who has not arrived yet; what each
visit was promised stays (policy/periods.py).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select, update

from access_log.errors import ConflictError
from access_log.models import Effect, Notice, PolicyVersion, Site, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType
from access_log.policy.file.building import load_policy
from access_log.policy.file.choosing import with_profiles
from access_log.policy.file.content import Policy
from access_log.policy.file.diff import Change, Weight, differences, weight_of
from access_log.policy.lint.findings import DefectiveNoticeError
from access_log.services import change_notices, events, notices
from access_log.services.notice_defects import refuse_defective_filled, site_facts
from access_log.services.policies import AUDIT, AUDIT_MONTHS, newest_row, read, shipped, shipped_bytes, versions

EFFECTS = {Weight.REDUCES: Effect.REDUCES_RIGHTS, Weight.IMPROVES: Effect.IMPROVES, Weight.NEUTRAL: Effect.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing a file would do: what it changes for people, and from when it would hold."""

    policy: Policy
    changes: Sequence[Change]
    effect: Effect
    effective_at: datetime


def plan(session: Session, *, site: Site, body: bytes, now: datetime) -> Plan:
    """Look before publishing. Raises PolicyFileError, ConflictError (`version_exists`, `not_superseding`, `too_soon`, `before_pending`)."""
    policy = load_policy(body)
    newest = newest_row(session, site.id or 0)
    if any(row.version == policy.version for row in versions(session, site.id or 0)):
        raise ConflictError("version_exists")
    if policy.supersedes and newest is not None and policy.supersedes != newest.version:
        raise ConflictError("not_superseding")
    changes = differences(read(newest) if newest else shipped(site), policy)
    effect = EFFECTS[weight_of(changes)] if newest else Effect.FIRST
    reduces = weight_of(changes) is Weight.REDUCES and anybody_told(session, site)
    earliest = policy.clocks.change_notice.after(now, site.zone) if reduces else now
    effective = _begins(policy, site) if policy.effective else earliest
    if effective < earliest and reduces:
        raise ConflictError("too_soon")
    if newest is not None and newest.in_force_at is None and effective < newest.effective_at:
        raise ConflictError("before_pending")
    return Plan(policy, changes, effect, max(effective, now) if not reduces else effective)


def _begins(policy: Policy, site: Site) -> datetime:
    assert policy.effective is not None
    return datetime.combine(policy.effective, time(), ZoneInfo(site.zone)).astimezone(UTC)


def anybody_told(session: Session, site: Site) -> bool:
    """Whether there is anybody whose rights could shrink: at set-up there is not."""
    return session.exec(select(Visit.id).where(Visit.site_id == site.id).limit(1)).first() is not None


def publish(
    session: Session, *, site: Site, body: bytes, templates: Mapping[str, str] | None, actor: Actor, now: datetime
) -> PolicyVersion:
    """Publish a policy file with its notice in all languages; without texts those in force are filled anew from it.

    It holds at once, or from the day the plan says: then the worker carries it out. Raises what `plan` raises, DefectiveNoticeError
    and UnknownPlaceError.
    """
    planned = plan(session, site=site, body=body, now=now)
    texts = templates or notices.templates_in_force(session, site.id or 0)
    refuse_defective_filled(texts, planned.policy, site_facts(site))
    return _published(session, site, planned, body, texts, actor, now)


def _published(
    session: Session, site: Site, planned: Plan, body: bytes, templates: Mapping[str, str], actor: Actor, now: datetime
) -> PolicyVersion:
    digest = hashlib.sha256(body).digest()
    row = PolicyVersion(
        site_id=site.id or 0, version=planned.policy.version, body=body, sha256=digest, effect=planned.effect, published_at=now,
        effective_at=planned.effective_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    notices.publish_with(session, site=site, policy=planned.policy, row=row, templates=templates, now=now)
    detail = {"version": row.version, "sha256": events.text(digest), "effect": row.effect.value, "holds": row.effective_at.isoformat()}
    events.record(session, EventType.POLICY_PUBLISHED, site_id=row.site_id, now=now, actor=actor, detail=detail)
    if row.effect is Effect.REDUCES_RIGHTS:
        change_notices.announce(session, row=row, now=now)
    take_effect(session, site=site, now=now)
    return row


def publish_default(session: Session, *, site: Site, now: datetime) -> PolicyVersion:
    """What ships with the product, so that no site ever runs without a policy. The operator publishes theirs over it.

    Its text has no defect (a test holds that); an odd name of a site shall not stop set-up.
    """
    body = shipped_bytes(site)
    planned = plan(session, site=site, body=body, now=now)
    return _published(session, site, planned, body, notices.default_templates(), system(site.id or 0), now)


def take_effect(session: Session, *, site: Site, now: datetime) -> int:
    """Bring into force what is due, in order. Returns how many visitors have to read the notice again."""
    due = session.exec(
        select(PolicyVersion)
        .where(PolicyVersion.site_id == site.id, col(PolicyVersion.in_force_at).is_(None), PolicyVersion.effective_at <= now)
        .order_by(col(PolicyVersion.effective_at), col(PolicyVersion.id))
        .with_for_update(skip_locked=True)
    ).all()
    return sum(_into_force(session, site, row, now) for row in due)


def _into_force(session: Session, site: Site, row: PolicyVersion, now: datetime) -> int:
    row.in_force_at = now
    session.add(row)
    session.exec(update(Notice).where(col(Notice.policy_id) == row.id, col(Notice.in_force_at).is_(None)).values(in_force_at=now))
    site.retention_months = AUDIT_MONTHS if AUDIT in read(row).profiles else 6
    session.add(site)
    session.flush()
    again = notices.asked_again(session, site.id or 0) if row.effect is Effect.REDUCES_RIGHTS else 0
    events.record(
        session, EventType.POLICY_IN_FORCE, site_id=row.site_id, now=now, actor=system(row.site_id),
        detail={"version": row.version, "asked_again": again},
    )  # fmt: skip
    return again


def choose_audit(session: Session, *, site: Site, audit: bool, actor: Actor, now: datetime) -> PolicyVersion:
    """Keep names for a year of audits, or for six months again: the policy in force under another choice, published as any other version.

    Raises ConflictError("policy_by_hand") where the file's profiles can only be changed by a person, ("notice_by_hand") where the
    notice in force would then say something else than what runs.
    """
    newest = newest_row(session, site.id or 0)
    body = newest.body if newest else shipped_bytes(site)
    before = load_policy(body)
    profiles = [name for name in before.profiles if name != AUDIT] + ([AUDIT] if audit else [])
    if audit and not any(bound.when == AUDIT for bound in before.bounds):
        raise ConflictError("policy_by_hand")
    try:
        changed = with_profiles(body, profiles, version=_free_version(session, site, now), supersedes=newest.version if newest else "")
    except ValueError:
        raise ConflictError("policy_by_hand") from None
    try:
        return publish(session, site=site, body=changed, templates=None, actor=actor, now=now)
    except DefectiveNoticeError:
        raise ConflictError("notice_by_hand") from None


def _free_version(session: Session, site: Site, now: datetime) -> str:
    day = f"{now.astimezone(ZoneInfo(site.zone)):%Y-%m-%d}"
    taken = set(session.exec(select(Notice.version).where(Notice.site_id == site.id)).all())
    taken |= {row.version for row in versions(session, site.id or 0)}
    return next(name for name in (day, *(f"{day}.{number}" for number in range(2, 10_000))) if name not in taken)
