"""Queue a message. It is written, addressed and sent later, by the worker; nothing personal stands in the queue."""

from datetime import datetime

from sqlmodel import Session, col, select

from access_log.models import Contact, OutboxMessage, Template, Visit
from access_log.policy.codes import Active


def send(session: Session, *, visit: Visit, template: Template, now: datetime) -> None:
    """Queue a message to the visitor. Without a mail address the worker drops it and says so to the contact."""
    session.add(
        OutboxMessage(
            site_id=visit.site_id,
            template=template,
            subject_id=visit.subject_id,
            visit_id=visit.id,
            language=visit.language,
            due_at=now,
            created_at=now,
        )
    )


def tell_contact(session: Session, *, visit: Visit, template: Template, now: datetime) -> None:
    """Queue a message to the contact who asked for the visit."""
    _to(session, session.get_one(Contact, visit.requested_by), visit=visit, template=template, now=now)


def tell_approvers(session: Session, *, visit: Visit, second_approval: bool, now: datetime) -> None:
    """Queue a message to every contact of the customer who may approve this visit."""
    for contact in approvers(session, visit=visit, second_approval=second_approval):
        _to(session, contact, visit=visit, template=Template.APPROVAL_WAITING, now=now)


def approvers(session: Session, *, visit: Visit, second_approval: bool) -> list[Contact]:
    """The contacts who may approve a visit for the customer; where a second one is demanded, never the one who asked."""
    able = select(Contact).where(
        Contact.customer_id == visit.customer_id, Contact.state == Active.ACTIVE, col(Contact.may_approve).is_(True)
    )
    if second_approval:
        able = able.where(Contact.id != visit.requested_by)
    return list(session.exec(able.order_by(col(Contact.id))).all())


def _to(session: Session, contact: Contact, *, visit: Visit, template: Template, now: datetime) -> None:
    session.add(
        OutboxMessage(
            site_id=visit.site_id,
            template=template,
            subject_id=contact.subject_id,
            visit_id=visit.id,
            language=contact.language,
            due_at=now,
            created_at=now,
        )
    )
