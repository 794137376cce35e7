"""Customers' contacts. Their name, mail and phone are sealed; the three rights are separate."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import Contact, Customer, Subject
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, ActorKind, EventType, SubjectKind
from access_log.services import accounts, events, vault
from access_log.services.reachable import clean_mail, clean_name, clean_phone


@dataclass(frozen=True, slots=True, repr=False)
class ContactFacts:
    """What an administrator enters. The mail address is the name a contact signs in with."""

    name: str
    mail: str
    phone: str
    may_request: bool
    may_approve: bool
    may_report: bool
    language: str = "zh-CN"


def add(session: Session, ring: KeyRing, *, customer: Customer, facts: ContactFacts, actor: Actor, now: datetime) -> Contact:
    """A new contact, invited by mail. Raises RefusedInputError naming the field."""
    name, mail, phone = _clean(facts)
    _check_free(session, ring, customer.site_id, mail)
    subject = vault.new_subject(session, site_id=customer.site_id, kind=SubjectKind.CONTACT, customer_id=customer.id, now=now)
    vault.register(session, ring, subject=subject, name=name, mail=mail, phone=phone, actor=actor, now=now)
    contact = Contact(site_id=customer.site_id, customer_id=customer.id or 0, subject_id=subject.id, created_at=now)
    _set(contact, facts)
    session.add(contact)
    session.flush()
    _changed(session, contact, actor, now, "created")
    accounts.invite(session, account=contact, now=now)
    return contact


def change(session: Session, ring: KeyRing, *, contact: Contact, facts: ContactFacts, actor: Actor, now: datetime) -> None:
    """Correct a contact or change their rights. Rights taken away work at once.

    Another mail address kills an invitation that is still on its way to the old one: a new one is sent.
    """
    name, mail, phone = _clean(facts)
    subject = session.get_one(Subject, contact.subject_id)
    moved = not _check_free(session, ring, contact.site_id, mail, but=contact.subject_id)
    vault.register(session, ring, subject=subject, name=name, mail=mail, phone=phone, actor=actor, now=now)
    _set(contact, facts)
    session.add(contact)
    session.flush()
    _changed(session, contact, actor, now, "changed")
    if moved and contact.invited_at is not None:
        accounts.invite(session, account=contact, now=now)


def set_rights(
    session: Session, *, contact: Contact, may_request: bool, may_approve: bool, may_report: bool, actor: Actor, now: datetime
) -> None:
    """Give or take rights without opening who it is. They work from the contact's next page on."""
    contact.may_request, contact.may_approve, contact.may_report = may_request, may_approve, may_report
    session.add(contact)
    session.flush()
    _changed(session, contact, actor, now, "rights")


def invite_again(session: Session, *, contact: Contact, actor: Actor, now: datetime) -> None:
    """Send the invitation once more; the link in the older one is dead. Raises ConflictError("not_active")."""
    _check_active(contact)
    accounts.invite(session, account=contact, now=now)
    _changed(session, contact, actor, now, "invited")


def start_over(session: Session, *, contact: Contact, actor: Actor, now: datetime) -> None:
    """Password or phone lost: nothing of the old sign-in works any more, a new invitation is sent. Raises ConflictError("not_active")."""
    _check_active(contact)
    accounts.start_over(session, account=contact, now=now)
    _changed(session, contact, actor, now, "sign_in_reset")


def _check_active(contact: Contact) -> None:
    if contact.state is not Active.ACTIVE:
        raise ConflictError("not_active")


def set_language(session: Session, *, contact: Contact, language: str, now: datetime) -> None:
    """The language of messages to a contact; their own choice."""
    contact.language = language
    session.add(contact)
    session.flush()
    actor = Actor(ActorKind.CONTACT, contact.id, contact.site_id, customer_id=contact.customer_id)
    _changed(session, contact, actor, now, "language")


def set_state(session: Session, *, contact: Contact, state: Active, actor: Actor, now: datetime) -> None:
    """Suspend, take up again or end. Passes a contact asked for are dead while the contact is not active.

    Ending erases who it was; there is no way back: raises ConflictError("ended").
    """
    if contact.state is Active.ENDED:
        raise ConflictError("ended")
    contact.state = state
    session.add(contact)
    session.flush()
    if state is not Active.ACTIVE:
        accounts.end_sessions(session, account=contact)
    if state is Active.ENDED:
        vault.erase_subject(session, subject=session.get_one(Subject, contact.subject_id), reason="ended", actor=actor, now=now)
    _changed(session, contact, actor, now, state.value)


def of(session: Session, *, contact_id: int, customer_id: int) -> Contact:
    """A contact of this customer. Raises NotFoundError."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.customer_id != customer_id:
        raise NotFoundError
    return contact


def listed(session: Session, customer_id: int) -> list[Contact]:
    """A customer's contacts that are not ended."""
    statement = select(Contact).where(Contact.customer_id == customer_id, Contact.state != Active.ENDED).order_by("id")
    return list(session.exec(statement).all())


def _clean(facts: ContactFacts) -> tuple[str, str, str]:
    name, mail, phone = clean_name(facts.name), clean_mail(facts.mail), clean_phone(facts.phone)
    if not mail:
        raise RefusedInputError("mail", "required")
    return name, mail, phone


def _check_free(session: Session, ring: KeyRing, site_id: int, mail: str, but: object = None) -> bool:
    """Whether `but` has this address already. Raises RefusedInputError where somebody else has."""
    found = vault.find_subjects(session, ring, site_id=site_id, kind=IndexKind.MAIL, value=mail, of=SubjectKind.CONTACT)
    if any(subject.id != but for subject in found):
        raise RefusedInputError("mail", "mail_taken")
    return bool(found)


def _set(contact: Contact, facts: ContactFacts) -> None:
    contact.may_request, contact.may_approve, contact.may_report = facts.may_request, facts.may_approve, facts.may_report
    contact.language = facts.language


def _changed(session: Session, contact: Contact, actor: Actor, now: datetime, how: str) -> None:
    detail = {"how": how, "request": contact.may_request, "approve": contact.may_approve, "report": contact.may_report}
    events.record(
        session,
        EventType.CONTACT_CHANGED,
        site_id=contact.site_id,
        now=now,
        actor=actor,
        subject_id=contact.subject_id,
        customer_id=contact.customer_id,
        detail=detail,
    )
