"""The privacy notice: published versions, byte for byte, and what each visitor was shown and answered."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import Notice, PolicyVersion, Site, Subject, Template, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType, VisitState
from access_log.policy.file.building import default_policy
from access_log.policy.file.content import Policy
from access_log.policy.told.notice_text import fill_places
from access_log.services import events, passes, policies, sessions, vault
from access_log.services.messages import tell_contact
from access_log.services.notice_defects import refuse_defective, site_facts

DEFAULTS = Path(__file__).resolve().parent.parent / "notices"
DEFAULT_VERSION = "default-1"
LANGUAGES = ("zh-CN", "en")
MOST_BYTES = 64 * 1024
NOT_YET_THERE = (VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.PASS_ISSUED)
BEFORE_ENTRY = (*NOT_YET_THERE, VisitState.ID_PENDING)


@dataclass(frozen=True, slots=True)
class Version:
    """A published version in all its languages. `read_by`: visits whose visitor read this one last."""

    version: str
    published_at: datetime
    texts: Sequence[Notice]
    read_by: int


def publish(
    session: Session, *, site_id: int, version: str, texts: Mapping[str, str], actor: Actor, now: datetime, ask_again: bool = False
) -> int:
    """Put a version in force, in all its languages at once. Raises ConflictError where the version exists: it never changes.

    With `ask_again`, whoever has read an earlier version and has not arrived yet reads this one first. Without it their visit
    stays bound to what they read: right only where nothing changes for them. Who is on site was told what holds for that visit.
    Returns how many read again. Raises DefectiveNoticeError.
    """
    refuse_defective(texts, policies.in_force(session, session.get_one(Site, site_id)))
    return _put_in_force(session, site_id=site_id, version=version, texts=texts, actor=actor, now=now, ask_again=ask_again)


def _put_in_force(
    session: Session, *, site_id: int, version: str, texts: Mapping[str, str], actor: Actor, now: datetime, ask_again: bool = False
) -> int:
    if is_published(session, site_id=site_id, version=version):
        raise ConflictError("version_exists")
    belongs_to = _policy_in_force(session, site_id)
    detail: dict[str, str | int] = {"version": version}
    for language, body in texts.items():
        digest = hashlib.sha256(body.encode()).digest()
        notice = Notice(site_id=site_id, version=version, language=language, body=body, sha256=digest, published_at=now, in_force_at=now)
        notice.policy_id = belongs_to
        session.add(notice)
        detail[language] = events.text(digest)
    session.flush()
    detail["asked_again"] = asked_again(session, site_id) if ask_again else 0
    events.record(session, EventType.NOTICE_PUBLISHED, site_id=site_id, now=now, actor=actor, detail=detail)
    return int(detail["asked_again"])


def publish_with(session: Session, *, site: Site, policy: Policy, row: PolicyVersion, templates: Mapping[str, str], now: datetime) -> None:
    """The notice of a policy version: its places filled from the policy. In force when it is. Raises UnknownPlaceError."""
    for language, template in templates.items():
        body = filled(template, policy, language, site)
        notice = Notice(
            site_id=row.site_id, version=row.version, language=language, body=body, sha256=hashlib.sha256(body.encode()).digest(),
            published_at=now, policy_id=row.id, template=template,
        )  # fmt: skip
        session.add(notice)
    session.flush()


def filled(template: str, policy: Policy, language: str, site: Site) -> str:
    """A notice with its places filled. Raises UnknownPlaceError."""
    return fill_places(template, policy, language, site_facts(site))


def templates_in_force(session: Session, site_id: int) -> dict[str, str]:
    """The texts to fill anew: of the version in force, with their places where they have any; the product's own where there is none."""
    newest = versions(session, site_id)[:1]
    return {text.language: text.template or text.body for known in newest for text in known.texts} or default_templates()


def default_templates() -> dict[str, str]:
    """The product's own notice, with places that the policy fills."""
    return {language: (DEFAULTS / f"default.{language}.md").read_text(encoding="utf-8") for language in LANGUAGES}


def _policy_in_force(session: Session, site_id: int) -> int | None:
    held = select(PolicyVersion.id).where(PolicyVersion.site_id == site_id, col(PolicyVersion.in_force_at).is_not(None))
    return session.exec(held.order_by(col(PolicyVersion.in_force_at).desc(), col(PolicyVersion.id).desc()).limit(1)).first()


def is_published(session: Session, *, site_id: int, version: str) -> bool:
    """Whether a version of this name exists already."""
    return session.exec(select(Notice.id).where(Notice.site_id == site_id, Notice.version == version)).first() is not None


def asked_again(session: Session, site_id: int) -> int:
    """Whoever has read an earlier version and has not arrived yet reads this one first. Returns how many."""
    found = list(session.exec(_have_read(site_id).order_by(col(Visit.id)).with_for_update()).all())  # scans lock in this order too
    session.exec(update(Visit).where(col(Visit.id).in_(_have_read(site_id))).values(notice_read_at=None))
    return len(found)


def _have_read(site_id: int) -> SelectOfScalar[UUID]:
    return select(Visit.id).where(Visit.site_id == site_id, col(Visit.state).in_(NOT_YET_THERE), col(Visit.notice_read_at).is_not(None))


def to_be_asked(session: Session, site_id: int) -> int:
    """How many visitors would have to read a new version before they come in."""
    return len(session.exec(_have_read(site_id)).all())


def check_text(body: str, *, field: str, titled: bool = True) -> str:
    """A text that can be published, unchanged; without `titled` any that can be read. Raises RefusedInputError(field, code)."""
    if not body.strip():
        raise RefusedInputError(field, "empty")
    if len(body.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise RefusedInputError(field, "notice_too_long")
    if any(_forbidden(character) for character in body):
        raise RefusedInputError(field, "control_characters")
    if titled and not body.lstrip().startswith("# "):
        raise RefusedInputError(field, "notice_title")
    return body


def _forbidden(character: str) -> bool:
    """Controls, lone surrogates, private use, and marks that turn the direction of what follows: a notice must read as it is written."""
    turned = 0x202A <= ord(character) <= 0x202E or 0x2066 <= ord(character) <= 0x2069
    return turned or (unicodedata.category(character) in ("Cc", "Cs", "Co") and character not in "\n\r\t")


def versions(session: Session, site_id: int) -> list[Version]:
    """Every version that is or was in force, the one that is first."""
    rows = session.exec(select(Notice).where(*_shown(site_id)).order_by(col(Notice.in_force_at).desc(), col(Notice.id).desc())).all()
    read = dict(
        session.exec(select(Visit.notice_version, func.count()).where(Visit.site_id == site_id).group_by(col(Visit.notice_version))).all()
    )
    found: dict[str, list[Notice]] = {}
    for row in rows:
        found.setdefault(row.version, []).append(row)
    return [
        Version(version, texts[0].published_at, sorted(texts, key=lambda text: text.language, reverse=True), read.get(version, 0))
        for version, texts in found.items()
    ]


def _shown(site_id: int) -> tuple[bool, ColumnElement[bool]]:
    """What people are or were shown: a version still to come is nobody's notice."""
    return Notice.site_id == site_id, col(Notice.in_force_at).is_not(None)


def version_of(session: Session, *, version: str, site_id: int) -> Version:
    """One published version. Raises NotFoundError."""
    found = next((known for known in versions(session, site_id) if known.version == version), None)
    if found is None:
        raise NotFoundError
    return found


def publish_default(session: Session, *, site_id: int, now: datetime) -> None:
    """The product's own notice under its own policy, for a site that publishes no policy of its own (services/policies.py)."""
    site = session.get_one(Site, site_id)
    texts = {language: filled(template, default_policy(), language, site) for language, template in default_templates().items()}
    _put_in_force(session, site_id=site_id, version=DEFAULT_VERSION, texts=texts, actor=system(site_id), now=now)


def current(session: Session, *, site_id: int, language: str) -> Notice:
    """The version in force, in `language` or else in the language it has. Raises NotFoundError where none was ever published."""
    newest = select(Notice).where(*_shown(site_id)).order_by(col(Notice.in_force_at).desc(), col(Notice.id).desc()).limit(8)
    found = session.exec(newest).all()
    if not found:
        raise NotFoundError
    same = [notice for notice in found if notice.version == found[0].version]
    return next((notice for notice in same if notice.language == language), same[0])


def of_visit(session: Session, *, visit: Visit, language: str) -> Notice:
    """What this visitor has read, or else what is theirs to read: the version in force."""
    if visit.notice_read_at is not None:
        read = select(Notice).where(Notice.site_id == visit.site_id, Notice.version == visit.notice_version).order_by(col(Notice.id))
        found = session.exec(read).all()
        if found:
            return next((notice for notice in found if notice.language == language), found[0])
    return current(session, site_id=visit.site_id, language=language)


def sections(notice: Notice) -> tuple[str, list[tuple[str, list[str]]]]:
    """As `sections_of`, of a published one."""
    return sections_of(notice.body, notice.language)


def sections_of(body: str, language: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """(title, [(heading, paragraphs)]) of a notice's Markdown; anything but headings and paragraphs stays text."""
    title = ""
    parts: list[tuple[str, list[str]]] = []
    for block in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        first, _break, rest = block.strip().partition("\n")
        if first.startswith("# "):
            title = first[2:].strip()
        elif first.startswith("## "):
            parts.append((first[3:].strip(), []))
        else:
            rest = block
        if rest.strip():
            if not parts:
                parts.append(("", []))
            parts[-1][1].append("".join(rest.split("\n")) if language == "zh-CN" else " ".join(rest.split()))
    return title, parts


def acknowledge(session: Session, *, visit: Visit, language: str, where: str, actor: Actor, now: datetime) -> None:
    """The visitor has read the notice, at `home` or at the `kiosk`. What they were shown is recorded by its hash."""
    notice = current(session, site_id=visit.site_id, language=language)
    if visit.notice_version == notice.version and visit.notice_read_at is not None:
        return
    visit.notice_version, visit.notice_read_at = notice.version, now
    session.add(visit)
    session.flush()
    detail = {"version": notice.version, "language": notice.language, "where": where, "sha256": events.text(notice.sha256)}
    events.record(session, EventType.NOTICE_SHOWN, site_id=visit.site_id, now=now, actor=actor, visit=visit, detail=detail)


def decline(session: Session, *, visit: Visit, actor: Actor, now: datetime) -> None:
    """The visitor does not agree: the visit ends, the person is erased, the contact is told that it was cancelled."""
    if visit.state not in BEFORE_ENTRY:
        raise ConflictError("on_site")
    events.record(session, EventType.NOTICE_DECLINED, site_id=visit.site_id, now=now, actor=actor, visit=visit)
    _end(session, visit=visit, state=VisitState.CANCELLED, reason="notice_declined", actor=actor, now=now)


def minor(session: Session, *, visit: Visit, actor: Actor, now: datetime) -> None:
    """Somebody under 18: stop, erase at once, keep a counter that leads to nobody (clause 6).

    Raises ConflictError("on_site") where they are inside, or were: the exit is registered first.
    """
    if visit.state not in BEFORE_ENTRY:
        raise ConflictError("on_site")
    events.record(session, EventType.MINOR_TURNED_AWAY, site_id=visit.site_id, now=now, actor=system(visit.site_id))
    end_minors_visit(session, visit=visit, actor=actor, now=now)


def end_minors_visit(session: Session, *, visit: Visit, actor: Actor, now: datetime) -> None:
    """One of a minor's visits, without counting the person again."""
    _end(session, visit=visit, state=VisitState.TURNED_AWAY, reason="minor", actor=actor, now=now)


def _end(session: Session, *, visit: Visit, state: VisitState, reason: str, actor: Actor, now: datetime) -> None:
    passes.revoke(session, visit=visit, actor=actor, reason=reason, now=now)
    visit.state = state
    visit.erased_at = now
    visit.technician_id = None
    session.add(visit)
    session.flush()
    sessions.close_sessions_of_visit(session, visit.id)
    vault.erase_subject(session, subject=session.get_one(Subject, visit.subject_id), reason=reason, actor=actor, now=now)
    tell_contact(session, visit=visit, template=Template.VISIT_ENDED, now=now)
