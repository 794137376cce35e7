"""The answer to "what do you hold about me": everything of one person as one document, sealed until the person fetches it (clause 5.a).

Plain values with codes and times in UTC: the faces put them into words, and a program can read them as they are.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from access_log.crypto.ring import KeyRing
from access_log.models import (
    IS_LOOK,
    AccessEvent,
    Approval,
    Area,
    Contact,
    Customer,
    Erasure,
    OutboxMessage,
    Site,
    Staff,
    Subject,
    Technician,
    Visit,
    VisitArea,
    VisitOrder,
)  # fmt: skip
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, ActorKind, EventType, Item, SubjectKind
from access_log.policy.told.spoken import field_lines, recipient_line
from access_log.services import identity, policies, receipts

FORMAT = "access-log/person/1"
LOOK = EventType.IDENTITY_REVEALED


def of_visitor(session: Session, ring: KeyRing, *, visit: Visit, language: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything of the person of a visit: this visit, their other ones that are still linked to them, their entry on the roster."""
    visits = visits_of_person(session, visit)
    entry = session.get(Technician, visit.technician_id) if visit.technician_id else None
    roster = [entry.subject_id] if entry is not None and entry.state is not Active.ENDED else []
    subjects = [row.subject_id for row in visits] + roster
    made = _document(session, ring, subjects, visit.site_id, language, actor, now)
    return made | {"visits": [_visit(session, row) for row in visits], "rules": rules(session, visit.site_id, language)}


def of_contact(session: Session, ring: KeyRing, *, contact: Contact, language: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything of a customer's contact: who they are, what they may do, what they did."""
    made = _document(session, ring, [contact.subject_id], contact.site_id, language, actor, now)
    asked = session.exec(select(Visit.id).where(Visit.requested_by == contact.id)).all()
    made["account"] = {
        "company": session.get_one(Customer, contact.customer_id).name,
        "rights": [name for name in ("request", "approve", "report") if getattr(contact, f"may_{name}")],
        "since": _time(contact.created_at),
        "used": _time(contact.used_at),
        "second_factor": contact.totp_on,
        "visits_requested": len(asked),
    }
    own = select(AccessEvent).where(AccessEvent.actor_kind == ActorKind.CONTACT, AccessEvent.actor_id == contact.id)
    made["done"] = [_event(event) for event in session.exec(own.order_by(col(AccessEvent.id)))]
    return made | {"rules": rules(session, contact.site_id, language)}


def visits_of_person(session: Session, visit: Visit) -> list[Visit]:
    """This visit and the others of the same entry on the same roster, as far as nobody erased them; the newest first."""
    linked = [Visit.id == visit.id] + ([Visit.technician_id == visit.technician_id] if visit.technician_id else [])
    found = select(Visit).where(or_(*linked), Visit.customer_id == visit.customer_id, col(Visit.erased_at).is_(None))
    return list(session.exec(found.order_by(col(Visit.window_from).desc(), col(Visit.id))).all())


def rules(session: Session, site_id: int, language: str) -> dict[str, Any]:
    """By what rules it is held, in the person's language."""
    policy = policies.in_force(session, session.get_one(Site, site_id))
    return {
        "policy": policy.version,
        "fields": field_lines(policy, language),
        "recipients": [recipient_line(policy, recipient, language) for recipient in policy.recipients],
    }


def _document(
    session: Session, ring: KeyRing, subjects: Sequence[UUID], site_id: int, language: str, actor: Actor, now: datetime
) -> dict[str, Any]:
    people = list(session.exec(select(Subject).where(col(Subject.id).in_(subjects)).order_by(col(Subject.created_at), col(Subject.id))))
    site = session.get_one(Site, site_id)
    looks = [_look(session, event) for event in _events(session, subjects, IS_LOOK)]  # before the answer's own look
    opened = identity.for_answer(session, ring, subjects=people, actor=actor, now=now)
    return {
        "format": FORMAT,
        "made": _time(now),
        "site": {"name": site.name, "name_en": site.name_en, "zone": site.zone},
        "language": language,
        "identity": [_person(session, subject, opened) for subject in people],
        "looks": looks,
        "messages": [_message(row) for row in _rows(session, OutboxMessage, subjects)],
        "erased": [_erasure(row) for row in _rows(session, Erasure, subjects)],
    }


def _person(session: Session, subject: Subject, opened: dict[tuple[UUID, Item], str]) -> dict[str, Any]:
    contact = json.loads(opened.get((subject.id, Item.CONTACT), "{}"))
    document = json.loads(opened.get((subject.id, Item.DOCUMENT), "{}"))
    visit = session.exec(select(Visit).where(Visit.subject_id == subject.id)).one_or_none()
    held = receipts.held(session, visit) if visit is not None else []
    return {
        "of": _of(session, subject, visit),
        "name": opened.get((subject.id, Item.NAME), ""),
        "mail": contact.get("mail", ""),
        "phone": contact.get("phone", ""),
        "document": document.get("type", ""),
        "since": _time(subject.created_at),
        "until": [{"what": row.what, "until": _time(row.until)} for row in held],
    }


def _of(session: Session, subject: Subject, visit: Visit | None) -> dict[str, str]:
    where = {"kind": subject.kind.value}
    return where | {"visit": _number(session, visit)} if subject.kind is SubjectKind.VISIT and visit else where


def _number(session: Session, visit: Visit) -> str:
    return f"{session.get_one(VisitOrder, visit.order_id).number}-{visit.place}"


def _visit(session: Session, visit: Visit) -> dict[str, Any]:
    areas = session.exec(
        select(Area.code).join(VisitArea, col(VisitArea.area_id) == Area.id).where(VisitArea.visit_id == visit.id).order_by(col(Area.code))
    ).all()
    said = session.exec(select(Approval).where(Approval.visit_id == visit.id).order_by(col(Approval.id))).all()
    of_visit = select(AccessEvent).where(AccessEvent.visit_id == visit.id, AccessEvent.type != LOOK)
    happened = session.exec(of_visit.order_by(col(AccessEvent.id))).all()
    return {
        "visit": _number(session, visit),
        "company": session.get_one(Customer, visit.customer_id).name,
        "state": visit.state.value,
        "purpose": visit.purpose.value,
        "work_order": visit.work_order,
        "from": _time(visit.window_from),
        "until": _time(visit.window_until),
        "areas": list(areas),
        "entered": _time(visit.entered_at),
        "left": _time(visit.left_at),
        "left_known": visit.left_known.value if visit.left_known else "",
        "badge": visit.badge or "",
        "notice": {"version": visit.notice_version or "", "read": _time(visit.notice_read_at)},
        "decisions": [{"side": row.side, "approved": row.approved, "at": _time(row.at)} for row in said],
        "events": [_event(event) for event in happened],
    }


def _event(event: AccessEvent) -> dict[str, Any]:
    return {
        "at": _time(event.at),
        "type": event.type.value,
        "outcome": event.outcome.value if event.outcome else "",
        "known": event.known.value if event.known else "",
    }


def _look(session: Session, event: AccessEvent) -> dict[str, Any]:
    """Who looked: the role and the number on the card, never the name (clause 5.a)."""
    staff = session.get(Staff, event.actor_id) if event.actor_kind is ActorKind.STAFF and event.actor_id else None
    return {
        "at": _time(event.at),
        "who": str(event.detail.get("role", event.actor_kind.value)),
        "staff": staff.number if staff else "",
        "why": str(event.detail.get("purpose", "")),
        "fields": list(event.detail.get("items", [])),
    }


def _events(session: Session, subjects: Sequence[UUID], *where: Any) -> Sequence[AccessEvent]:
    statement = select(AccessEvent).where(col(AccessEvent.subject_id).in_(subjects), *where)
    return session.exec(statement.order_by(col(AccessEvent.id))).all()


def _rows(session: Session, model: Any, subjects: Sequence[UUID]) -> Sequence[Any]:
    return session.exec(select(model).where(col(model.subject_id).in_(subjects)).order_by(col(model.id))).all()


def _message(row: OutboxMessage) -> dict[str, Any]:
    return {"what": row.template.value, "at": _time(row.sent_at or row.created_at), "state": row.state.value}


def _erasure(row: Erasure) -> dict[str, Any]:
    return {"receipt": str(row.id), "item": row.item.value if row.item else "", "at": _time(row.erased_at), "why": row.reason}


def _time(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""
