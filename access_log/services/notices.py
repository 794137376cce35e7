"""The privacy notice: published versions, byte for byte, and what each visitor was shown and answered."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from access_log.errors import ConflictError, NotFoundError
from access_log.models import Notice, Subject, Template, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType, VisitState
from access_log.services import events, passes, vault
from access_log.services.messages import tell_contact

DEFAULTS = Path(__file__).resolve().parent.parent / "notices"
DEFAULT_VERSION = "default-1"
BEFORE_ENTRY = (VisitState.APPROVED, VisitState.PASS_ISSUED, VisitState.ID_PENDING)


def publish(session: Session, *, site_id: int, version: str, texts: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Put a version in force, in all its languages at once. Raises ConflictError where the version exists: it never changes."""
    if session.exec(select(Notice.id).where(Notice.site_id == site_id, Notice.version == version)).first() is not None:
        raise ConflictError("version_exists")
    detail = {"version": version}
    for language, body in texts.items():
        digest = hashlib.sha256(body.encode()).digest()
        session.add(Notice(site_id=site_id, version=version, language=language, body=body, sha256=digest, published_at=now))
        detail[language] = events.text(digest)
    session.flush()
    events.record(session, EventType.NOTICE_PUBLISHED, site_id=site_id, now=now, actor=actor, detail=detail)


def publish_default(session: Session, *, site_id: int, now: datetime) -> None:
    """The product's own notice, so that no site ever runs without one. The operator publishes theirs over it."""
    texts = {language: (DEFAULTS / f"default.{language}.md").read_text(encoding="utf-8") for language in ("zh-CN", "en")}
    publish(session, site_id=site_id, version=DEFAULT_VERSION, texts=texts, actor=system(site_id), now=now)


def current(session: Session, *, site_id: int, language: str) -> Notice:
    """The version in force, in `language` or else in the language it has. Raises NotFoundError where none was ever published."""
    newest = select(Notice).where(Notice.site_id == site_id).order_by(col(Notice.published_at).desc(), col(Notice.id).desc()).limit(8)
    found = session.exec(newest).all()
    if not found:
        raise NotFoundError
    same = [notice for notice in found if notice.version == found[0].version]
    return next((notice for notice in same if notice.language == language), same[0])


def sections(notice: Notice) -> tuple[str, list[tuple[str, list[str]]]]:
    """(title, [(heading, paragraphs)]) of a notice's Markdown; anything but headings and paragraphs stays text."""
    title = ""
    parts: list[tuple[str, list[str]]] = []
    for block in re.split(r"\n\s*\n", notice.body.strip()):
        if block.startswith("# "):
            title = block[2:].strip()
        elif block.startswith("## "):
            parts.append((block[3:].strip(), []))
        elif parts:
            parts[-1][1].append(" ".join(block.split()) if notice.language != "zh-CN" else "".join(block.split("\n")))
        else:
            parts.append(("", [" ".join(block.split())]))
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
    """Somebody under 18: stop, erase at once, keep a counter that leads to nobody (clause 6)."""
    events.record(session, EventType.MINOR_TURNED_AWAY, site_id=visit.site_id, now=now, actor=system(visit.site_id))
    _end(session, visit=visit, state=VisitState.TURNED_AWAY, reason="minor", actor=actor, now=now)


def _end(session: Session, *, visit: Visit, state: VisitState, reason: str, actor: Actor, now: datetime) -> None:
    passes.revoke(session, visit=visit, actor=actor, reason=reason, now=now)
    visit.state = state
    visit.erased_at = now
    visit.technician_id = None
    session.add(visit)
    session.flush()
    vault.erase_subject(session, subject=session.get_one(Subject, visit.subject_id), reason=reason, actor=actor, now=now)
    tell_contact(session, visit=visit, template=Template.VISIT_ENDED, now=now)
