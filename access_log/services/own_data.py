"""What visitors may do with their own data for one visit: look, put mail and phone right, and say that the name is wrong.

The name itself is what was approved and what the guard compares: changing it here would hand the approval to another person.
The contact corrects it on the roster (services/roster.correct), and it is right in this visit at once.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, HeldError
from access_log.models import OutboxMessage, Subject, Template, Visit
from access_log.policy.codes import EventType, Item, RevealPurpose, VisitState
from access_log.services import events, identity, vault
from access_log.services.fences import is_fenced
from access_log.services.held import is_held
from access_log.services.identity import Person
from access_log.services.messages import tell_contact
from access_log.services.own_visit import as_visitor
from access_log.services.reachable import clean_mail, clean_phone
from access_log.services.visits import OPEN

CORRECTABLE = (*OPEN, VisitState.ID_PENDING, VisitState.ADMITTED)
"""Messages may still have to reach the person."""
TOLD_AGAIN_AFTER = timedelta(hours=24)


def show(session: Session, ring: KeyRing, *, visit: Visit, now: datetime) -> Person:
    """Name, mail and phone as recorded for this visit. The look is recorded like any other."""
    items = [Item.NAME, Item.CONTACT]
    return identity.reveal_one(
        session, ring, subject_id=visit.subject_id, items=items, purpose=RevealPurpose.OWN_DATA, actor=as_visitor(visit), now=now
    )


def correct_contact(session: Session, ring: KeyRing, *, visit: Visit, mail: str, phone: str, now: datetime) -> None:
    """Put mail and phone right for this visit; both empty destroys them.

    Raises RefusedInputError, HeldError; ConflictError: "visit_is_over", "contact_erased".
    """
    if visit.state not in CORRECTABLE:
        raise ConflictError("visit_is_over")
    if is_held(session, visit.subject_id, Item.CONTACT):
        raise HeldError
    mail, phone = clean_mail(mail), clean_phone(phone)
    subject = session.get_one(Subject, visit.subject_id)
    if is_fenced(session, ring, subject_id=subject.id, item=Item.CONTACT):
        raise ConflictError("contact_erased")
    if mail or phone:
        vault.seal_contact(session, ring, subject=subject, mail=mail, phone=phone, now=now)
    else:
        vault.remove_contact(session, subject=subject, actor=as_visitor(visit), now=now)
    detail = {"items": [Item.CONTACT.value], "kept": bool(mail or phone)}
    events.record(
        session, EventType.IDENTITY_CORRECTED, site_id=visit.site_id, now=now, actor=as_visitor(visit), visit=visit, detail=detail
    )


def say_name_is_wrong(session: Session, *, visit: Visit, now: datetime) -> None:
    """Ask the contact to put the name right. A second time within a day sends nothing more."""
    if visit.state not in CORRECTABLE:
        raise ConflictError("visit_is_over")
    if not told_lately(session, visit, now=now):
        tell_contact(session, visit=visit, template=Template.NAME_WRONG, now=now)


def told_lately(session: Session, visit: Visit, *, now: datetime) -> bool:
    """Whether the contact was asked within the last day."""
    statement = select(OutboxMessage.id).where(
        OutboxMessage.visit_id == visit.id,
        OutboxMessage.template == Template.NAME_WRONG,
        col(OutboxMessage.created_at) > now - TOLD_AGAIN_AFTER,
    )
    return session.exec(statement.limit(1)).first() is not None
