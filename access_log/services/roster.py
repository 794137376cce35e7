"""A customer's technicians."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select, update

from access_log.crypto.blind import IndexKind
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import Customer, Presence, Subject, Technician, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType, SubjectKind, VisitState
from access_log.services import events, vault
from access_log.services.held import is_held
from access_log.services.reachable import clean_mail, clean_name, clean_phone

OPEN = (VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.PASS_ISSUED, VisitState.ID_PENDING)


@dataclass(frozen=True, slots=True, repr=False)
class PersonFacts:
    """A technician as a contact enters them: a name, and a work mail or a phone."""

    name: str
    mail: str
    phone: str
    language: str = "zh-CN"


def clean(facts: PersonFacts) -> PersonFacts:
    """The facts in the form they are kept. Raises RefusedInputError naming the field."""
    made = PersonFacts(clean_name(facts.name), clean_mail(facts.mail), clean_phone(facts.phone), facts.language)
    if not made.mail and not made.phone:
        raise RefusedInputError("mail", "mail_or_phone")
    return made


def add(session: Session, ring: KeyRing, *, customer: Customer, facts: PersonFacts, actor: Actor, now: datetime) -> Technician:
    """A new roster entry. Raises RefusedInputError: bad text, or somebody on this roster has the mail or phone already."""
    facts = clean(facts)
    refuse_duplicate(session, ring, customer=customer, facts=facts)
    subject = vault.new_subject(session, site_id=customer.site_id, kind=SubjectKind.ROSTER, customer_id=customer.id, now=now)
    vault.register(session, ring, subject=subject, name=facts.name, mail=facts.mail, phone=facts.phone, actor=actor, now=now)
    person = Technician(
        site_id=customer.site_id,
        customer_id=customer.id or 0,
        subject_id=subject.id,
        language=facts.language,
        has_mail=bool(facts.mail),
        created_at=now,
    )
    session.add(person)
    session.flush()
    _changed(session, person, EventType.TECHNICIAN_CHANGED, actor, now, "created")
    return person


def correct(session: Session, ring: KeyRing, *, person: Technician, facts: PersonFacts, actor: Actor, now: datetime) -> None:
    """Put a mistake right, here and in the person's visits that are still to come. A visit under a legal hold keeps what it had."""
    facts = clean(facts)
    customer = session.get_one(Customer, person.customer_id)
    refuse_duplicate(session, ring, customer=customer, facts=facts, but=person.subject_id)
    coming = session.exec(select(Visit.subject_id).where(Visit.technician_id == person.id, col(Visit.state).in_(OPEN))).all()
    for subject_id in (person.subject_id, *(one for one in coming if not is_held(session, one))):
        subject = session.get_one(Subject, subject_id)
        vault.register(session, ring, subject=subject, name=facts.name, mail=facts.mail, phone=facts.phone, actor=actor, now=now)
    person.language, person.has_mail = facts.language, bool(facts.mail)
    session.add(person)
    session.flush()
    _changed(session, person, EventType.IDENTITY_CORRECTED, actor, now, "corrected")


def end(session: Session, *, person: Technician, actor: Actor, now: datetime, reason: str = "ended") -> None:
    """Take somebody off the roster and erase the entry, for a `reason`: a code.

    Raises ConflictError("visits_open") while a visit is to come or under way.

    Their old visits stay until they fall due, and no longer lead to one another.
    """
    if in_use(session, person):
        raise ConflictError("visits_open")
    session.exec(update(Visit).where(col(Visit.technician_id) == person.id).values(technician_id=None))
    person.state = Active.ENDED
    session.add(person)
    session.flush()
    vault.erase_subject(session, subject=session.get_one(Subject, person.subject_id), reason=reason, actor=actor, now=now)
    _changed(session, person, EventType.TECHNICIAN_CHANGED, actor, now, "ended")


def in_use(session: Session, person: Technician) -> bool:
    """Whether a visit of this person is to come or under way."""
    visit = select(Visit.id).where(Visit.technician_id == person.id, col(Visit.state).in_(OPEN))
    presence = select(Presence.id).where(Presence.person_id == person.id, col(Presence.left_at).is_(None))
    return session.exec(visit).first() is not None or session.exec(presence).first() is not None


def listed(session: Session, customer_id: int) -> list[Technician]:
    """Everybody on a customer's roster, in the order they were added."""
    statement = select(Technician).where(Technician.customer_id == customer_id, Technician.state != Active.ENDED)
    return list(session.exec(statement.order_by(col(Technician.created_at), col(Technician.id))).all())


def of(session: Session, *, technician_id: UUID, customer_id: int) -> Technician:
    """Somebody on this customer's roster. Raises NotFoundError."""
    person = session.get(Technician, technician_id)
    if person is None or person.customer_id != customer_id or person.state is Active.ENDED:
        raise NotFoundError
    return person


def refuse_duplicate(session: Session, ring: KeyRing, *, customer: Customer, facts: PersonFacts, but: UUID | None = None) -> None:
    """Raise RefusedInputError where somebody on this roster has the same mail or phone. Other customers' rosters do not matter."""
    for kind, value, field in ((IndexKind.MAIL, facts.mail, "mail"), (IndexKind.PHONE, facts.phone, "phone")):
        if not value:
            continue
        same = vault.find_subjects(session, ring, site_id=customer.site_id, kind=kind, value=value, of=SubjectKind.ROSTER)
        if any(subject.customer_id == customer.id and subject.id != but for subject in same):
            raise RefusedInputError(field, f"{field}_taken")


def _changed(session: Session, person: Technician, type_: EventType, actor: Actor, now: datetime, how: str) -> None:
    events.record(
        session,
        type_,
        site_id=person.site_id,
        now=now,
        actor=actor,
        subject_id=person.subject_id,
        customer_id=person.customer_id,
        detail={"how": how},
    )
