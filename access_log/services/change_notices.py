"""People are told before a policy gives them less: by mail, in the portal, at the kiosk and on the visitor's page (clause 7.b)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.models import Contact, Effect, OutboxMessage, PolicyVersion, Site, Template, Visit
from access_log.policy.codes import Active, VisitState
from access_log.policy.file.diff import Change, Weight, differences
from access_log.policy.told.spoken import change_words
from access_log.services import policies

STILL_CONCERNED = (
    VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.PASS_ISSUED, VisitState.ID_PENDING,
    VisitState.ADMITTED,
)  # fmt: skip
"""Whose visit is not over."""
SHOWN_FOR = timedelta(days=30)
"""The portal says what has changed for so long after it came into force."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A version that gives people less: from when, and what it changes, in one language."""

    version: str
    effective_at: datetime
    in_force: bool
    changes: tuple[str, ...]


def announce(session: Session, *, row: PolicyVersion, now: datetime) -> int:
    """Queue a letter to every contact and to every visitor whose visit is not over. Returns how many."""
    contacts = session.exec(
        select(Contact.subject_id, Contact.language).where(Contact.site_id == row.site_id, Contact.state == Active.ACTIVE)
    ).all()
    visitors = session.exec(
        select(Visit.subject_id, Visit.language, Visit.id).where(
            Visit.site_id == row.site_id, col(Visit.state).in_(STILL_CONCERNED), col(Visit.erased_at).is_(None)
        )
    ).all()
    people = [(subject, language, None) for subject, language in contacts] + list(visitors)
    session.add_all(
        OutboxMessage(
            site_id=row.site_id, template=Template.POLICY_CHANGED, subject_id=subject, visit_id=visit, reference=row.version,
            language=language, due_at=now, created_at=now,
        )
        for subject, language, visit in people
    )  # fmt: skip
    session.flush()
    return len(people)


def announced(session: Session, *, site_id: int, language: str, now: datetime) -> list[Announcement]:
    """What people are to be told now, the newest first: what is coming, and what came into force lately."""
    rows = session.exec(
        select(PolicyVersion)
        .where(
            PolicyVersion.site_id == site_id,
            PolicyVersion.effect == Effect.REDUCES_RIGHTS,
            col(PolicyVersion.effective_at) > now - SHOWN_FOR,
        )
        .order_by(col(PolicyVersion.id).desc())
    ).all()
    return [announcement(session, row, language) for row in rows]


def next_change(session: Session, *, site_id: int, now: datetime) -> datetime | None:
    """When the next version that gives people less begins to hold; None where none is coming."""
    return session.exec(
        select(PolicyVersion.effective_at)
        .where(
            PolicyVersion.site_id == site_id,
            PolicyVersion.effect == Effect.REDUCES_RIGHTS,
            col(PolicyVersion.in_force_at).is_(None),
            col(PolicyVersion.effective_at) > now,
        )
        .order_by(col(PolicyVersion.effective_at))
        .limit(1)
    ).first()


def announcement(session: Session, row: PolicyVersion, language: str) -> Announcement:
    """What one version takes from people, against the version before it."""
    said = changes_of(session, row, language, only=Weight.REDUCES)
    return Announcement(row.version, row.effective_at, row.in_force_at is not None, tuple(said))


def changes_of(session: Session, row: PolicyVersion, language: str, *, only: Weight | None = None) -> list[str]:
    """What a version changed, as sentences; empty for a site's first."""
    before = session.exec(
        select(PolicyVersion)
        .where(PolicyVersion.site_id == row.site_id, col(PolicyVersion.id) < row.id)
        .order_by(col(PolicyVersion.id).desc())
        .limit(1)
    ).first()
    if before is None:
        return []
    old, new = policies.read(before), policies.read(row)
    wanted: list[Change] = [change for change in differences(old, new) if only is None or change.weight is only]
    return [change_words(change, old, new, language) for change in wanted]


def since_read(session: Session, visit: Visit, site: Site, language: str) -> list[str]:
    """What has changed since this visitor read the notice, for whoever has to read it again; empty where they need not, or never did."""
    if visit.notice_version is None or visit.notice_read_at is not None:
        return []
    old, new = policies.told_of(session, site, visit.notice_version), policies.in_force(session, site)
    return [change_words(change, old, new, language) for change in differences(old, new)] if old is not None else []
