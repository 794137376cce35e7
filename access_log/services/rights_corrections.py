"""What the privacy officer does for a verified person: put right what is wrong (clause 5.b), freeze what may not be used (PIPL art. 44)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from access_log.crypto.blind import IndexKind
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, HeldError, RefusedInputError
from access_log.models import RightsRequest, RightsRestriction, Subject, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, RevealPurpose, SubjectKind
from access_log.policy.names import mask_name
from access_log.policy.rights import Proof, RequestState, RightsKind
from access_log.services import events, identity, rights_answers, vault
from access_log.services.fences import is_fenced
from access_log.services.held import is_held
from access_log.services.reachable import clean_mail, clean_name, clean_phone
from access_log.services.rights_record import note

FREEZES = (RightsKind.RESTRICT, RightsKind.OBJECT)


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """What shall stand there; empty leaves it as it is."""

    name: str = ""
    mail: str = ""
    phone: str = ""


def correct(session: Session, ring: KeyRing, *, request: RightsRequest, wanted: Wanted, actor: Actor, now: datetime) -> None:
    """Seal the right values under fresh keys; the old ones and their keys are gone with it. Entry and exit stay as they are.

    Raises RefusedInputError; ConflictError: "not_verified", "settled", "erased"; HeldError where a hold forbids to change it.
    """
    subject = _ready(session, request)
    name = clean_name(wanted.name) if wanted.name else ""
    mail, phone = clean_mail(wanted.mail), clean_phone(wanted.phone)
    if not (name or mail or phone):
        raise RefusedInputError("name", "required")
    if mail and subject.kind is SubjectKind.CONTACT:
        _check_free(session, ring, subject, mail)
    if (mail or phone) and is_fenced(session, ring, subject_id=subject.id, item=Item.CONTACT):
        raise RefusedInputError("mail", "contact_was_erased")
    if any(is_held(session, subject.id, Item(item)) for item in _items(name, mail or phone)):
        raise HeldError
    rights_answers.grant(session, request=request, actor=actor, now=now, outcome={"corrected": _items(name, mail or phone)})
    if name:
        vault.seal_item(session, ring, subject=subject, item=Item.NAME, value=name, now=now)
        vault.seal_label(session, ring, subject=subject, label=mask_name(name), now=now)
    if mail or phone:
        held = identity.reveal_one(
            session, ring, subject_id=subject.id, items=[Item.CONTACT], purpose=RevealPurpose.RIGHTS_REQUEST, actor=actor, now=now
        )
        mail, phone = mail or held.mail, phone or held.phone
        vault.seal_contact(session, ring, subject=subject, mail=mail, phone=phone, now=now)
    visit = session.get(Visit, request.visit_id) if request.visit_id else None
    detail = {"items": _items(name, mail or phone), "request": request.number}
    events.record(
        session, EventType.IDENTITY_CORRECTED, site_id=request.site_id, now=now, actor=actor, visit=visit, subject_id=subject.id,
        customer_id=request.customer_id, detail=detail,
    )  # fmt: skip


def _check_free(session: Session, ring: KeyRing, subject: Subject, mail: str) -> None:
    """A contact signs in with this address: nobody else may have it."""
    found = vault.find_subjects(session, ring, site_id=subject.site_id, kind=IndexKind.MAIL, value=mail, of=SubjectKind.CONTACT)
    if any(other.id != subject.id for other in found):
        raise RefusedInputError("mail", "mail_taken")


def freeze(session: Session, *, request: RightsRequest, actor: Actor, now: datetime) -> None:
    """Freeze the item that the person named: still kept, shown to nobody any more. Raises ConflictError, as above, and "no_item"."""
    subject = _ready(session, request)
    if request.kind not in FREEZES or request.item is None:
        raise ConflictError("no_item")
    rights_answers.grant(session, request=request, actor=actor, now=now, outcome={"frozen": [request.item.value]})
    session.merge(RightsRestriction(subject_id=subject.id, item=request.item, site_id=request.site_id, request_id=request.id, since=now))
    session.flush()
    note(session, request, EventType.IDENTITY_RESTRICTED, actor=actor, now=now)


def _items(name: str, contact: str) -> list[str]:
    return [item.value for item, given in ((Item.NAME, name), (Item.CONTACT, contact)) if given]


def _ready(session: Session, request: RightsRequest) -> Subject:
    """The person, where they are known, verified and not erased."""
    session.refresh(request, with_for_update=True)
    if request.state is not RequestState.OPEN:
        raise ConflictError("settled")
    if request.proof is Proof.NONE or request.subject_id is None:
        raise ConflictError("not_verified")
    subject = session.get_one(Subject, request.subject_id)
    if subject.erased_at is not None:
        raise ConflictError("erased")
    return subject
