"""Queue a message. It is written, addressed and sent later, by the worker; nothing personal stands in the queue."""

from datetime import datetime

from sqlmodel import Session

from access_log.models import Contact, OutboxMessage, Template, Visit


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
    contact = session.get_one(Contact, visit.requested_by)
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
