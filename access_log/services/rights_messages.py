"""Messages of the rights desk. They go to an address that is held and that nobody could have changed to get at somebody's data."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, or_, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.codes import group_code, proving_code
from access_log.crypto.ring import KeyRing
from access_log.i18n import local_time, text
from access_log.models import (
    AccessEvent,
    BlindIndex,
    Contact,
    OutboxMessage,
    RightsCode,
    RightsRequest,
    Site,
    Technician,
    Template,
    Visit,
)  # fmt: skip
from access_log.policy.codes import ActorKind, EventType
from access_log.policy.rights import Stage
from access_log.services.rights_texts import CHANNELS, KINDS
from access_log.services.visit_making import link_of
from access_log.settings import Settings

SETTLES = timedelta(days=7)
"""So long an address that somebody has just entered proves nothing: whoever has the link, or the roster, could have put in their own."""


def known_channel(session: Session, *, visit: Visit, now: datetime) -> UUID | None:
    """The subject whose mail address shows that a visitor is the person: the roster's where there is one, else the visit's own.

    None where no address is held, or it was changed lately: then only a look at the document at the desk will do.
    """
    person = session.get(Technician, visit.technician_id) if visit.technician_id else None
    subject_id = person.subject_id if person is not None and person.has_mail else visit.subject_id
    return subject_id if _has_mail(session, subject_id) and not _changed(session, subject_id, now) else None


def _has_mail(session: Session, subject_id: UUID) -> bool:
    held = select(BlindIndex.id).where(BlindIndex.subject_id == subject_id, BlindIndex.kind == IndexKind.MAIL.value)
    return session.exec(held.limit(1)).first() is not None


def _changed(session: Session, subject_id: UUID, now: datetime) -> bool:
    """By anybody lately; or ever by whoever has the visitor's link, which many may have."""
    corrected = select(AccessEvent.id).where(
        AccessEvent.subject_id == subject_id,
        AccessEvent.type == EventType.IDENTITY_CORRECTED,
        or_(col(AccessEvent.at) > now - SETTLES, AccessEvent.actor_kind == ActorKind.VISITOR),
    )
    return session.exec(corrected.limit(1)).first() is not None


def tell_person(session: Session, *, request: RightsRequest, template: Template, now: datetime) -> None:
    """Tell whoever the request is about, where there is an address to trust; nobody where there is none."""
    subject_id = _addressee(session, request, now)
    if subject_id is not None:
        queue(session, request.site_id, template, subject_id, str(request.id), request.language, now)


def _addressee(session: Session, request: RightsRequest, now: datetime) -> UUID | None:
    visit = session.get(Visit, request.visit_id) if request.visit_id else None
    if visit is not None:
        return known_channel(session, visit=visit, now=now)
    return request.subject_id if request.subject_id and _has_mail(session, request.subject_id) else None


def queue(session: Session, site_id: int, template: Template, subject_id: UUID, reference: str, language: str, now: datetime) -> None:
    """Queue one message. No visit stands on it: the customer's contact does not see that there was one."""
    session.add(
        OutboxMessage(
            site_id=site_id, template=template, subject_id=subject_id, reference=reference, language=language, due_at=now, created_at=now
        )
    )
    session.flush()


def letter_facts(session: Session, ring: KeyRing, settings: Settings, message: OutboxMessage) -> dict[str, str]:
    """What the desk's letters are filled with; read by letters.py at the moment of sending."""
    if message.template is Template.RIGHTS_CODE:
        code = session.get_one(RightsCode, UUID(message.reference))
        visit = session.get(Visit, code.visit_id) if code.visit_id else None
        return {"code": group_code(proving_code(ring, code.id)), "page": _page(ring, settings, visit)}
    request = session.get_one(RightsRequest, UUID(message.reference))
    site = session.get_one(Site, request.site_id)
    visit = session.get(Visit, request.visit_id) if request.visit_id else None
    contact = session.exec(select(Contact.id).where(Contact.subject_id == request.subject_id)).first()
    return {
        "request": str(request.number),
        "asked": text(message.language, KINDS[request.kind]),
        "channel": text(message.language, CHANNELS[request.channel]),
        "received": local_time(request.received_at, site.zone),
        "due": local_time(request.due_at, site.zone),
        "used": {Stage.HALF: "50 %", Stage.URGENT: "80 %"}.get(request.stage, "100 %"),
        "page": settings.face_url("portal", f"/rights/{request.id}") if contact else _page(ring, settings, visit),
        "queue": settings.face_url("console", f"/rights/{request.id}"),
    }


def _page(ring: KeyRing, settings: Settings, visit: Visit | None) -> str:
    return settings.face_url("visitor", f"/{link_of(ring, visit)}" if visit is not None else "/")
