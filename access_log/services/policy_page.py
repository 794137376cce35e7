"""The policy in force as people read it: which version since when, what is kept how long and why, who is given it, what was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from access_log.models import Effect, PolicyVersion, Site
from access_log.policy.file.content import Policy
from access_log.policy.told.kept import Audience, Kept, kept_rows
from access_log.policy.told.notice_text import Controller, controller_of
from access_log.policy.told.spoken import channel_words, period_words, recipient_line, sensitive_lines
from access_log.services import change_notices, policies
from access_log.services.change_notices import Announcement
from access_log.services.notice_defects import site_facts


@dataclass(frozen=True, slots=True)
class VersionBefore:
    """One published version and what it changed against the one before it."""

    version: str
    effect: Effect
    effective_at: datetime
    in_force_at: datetime | None
    sha256: str
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class InForce:
    """All texts are in one language. `since` and `sha256` are empty where a site still runs by the file that ships."""

    policy: Policy
    since: datetime | None
    sha256: str
    controller: Controller
    channels: str
    outer: str
    change_notice: str
    kept: Sequence[Kept]
    sensitive: Sequence[str]
    recipients: Sequence[str]
    coming: Sequence[Announcement]
    versions: Sequence[VersionBefore]


def in_force(session: Session, *, site: Site, language: str, audience: Audience, now: datetime) -> InForce:
    """What holds at a site now, read from the file that runs."""
    row = policies.row_in_force(session, site.id or 0)
    policy = policies.read(row) if row else policies.shipped(site)
    announced = change_notices.announced(session, site_id=site.id or 0, language=language, now=now)
    return InForce(
        policy,
        row.in_force_at if row else None,
        row.sha256.hex() if row else "",
        controller_of(policy, language, site_facts(site)),
        channel_words(policy, language),
        period_words(policy.clocks.outer, language),
        period_words(policy.clocks.change_notice, language),
        kept_rows(policy, language, audience),
        sensitive_lines(policy, language),
        [recipient_line(policy, recipient, language) for recipient in policy.recipients],
        [said for said in announced if not said.in_force],
        [_version(session, found, language) for found in policies.versions(session, site.id or 0)],
    )


def _version(session: Session, row: PolicyVersion, language: str) -> VersionBefore:
    changes = change_notices.changes_of(session, row, language)
    return VersionBefore(row.version, row.effect, row.effective_at, row.in_force_at, row.sha256.hex(), changes)
