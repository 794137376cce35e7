"""Codes that go to an address which is held: to whom, and how many."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from access_log.errors import ConflictError
from access_log.models import RightsCode, Template, Visit
from access_log.policy.codes import EventType
from access_log.policy.rights import Proof
from access_log.services import events, rights_messages

MOST_SENT = 5
"""Codes that go to one person within an hour: nobody's mailbox is filled by a stranger."""
WITHIN = timedelta(hours=1)


def send_code(session: Session, *, visit: Visit, now: datetime) -> bool:
    """Send a code to the address that is held. False where none is held that proves anything: then the desk has to help.

    Raises ConflictError("too_many_codes").
    """
    subject_id = rights_messages.known_channel(session, visit=visit, now=now)
    if subject_id is None:
        return False
    if sent_lately(session, visit, now) >= MOST_SENT:
        raise ConflictError("too_many_codes")
    code = RightsCode(site_id=visit.site_id, proof=Proof.CODE, subject_id=visit.subject_id, visit_id=visit.id, made_at=now)
    send(session, visit, code, subject_id, now)
    return True


def has_channel(session: Session, *, visit: Visit, now: datetime) -> bool:
    """Whether a code can be sent at all."""
    return rights_messages.known_channel(session, visit=visit, now=now) is not None


def send(session: Session, visit: Visit, code: RightsCode, to: UUID, now: datetime) -> None:
    """Queue the message with a code, and record that it went out."""
    session.add(code)
    session.flush()
    rights_messages.queue(session, visit.site_id, Template.RIGHTS_CODE, to, str(code.id), visit.language, now)
    events.record(
        session, EventType.REQUEST_CODE_SENT, site_id=visit.site_id, now=now, subject_id=visit.subject_id, customer_id=visit.customer_id,
        detail={"how": code.proof.value},
    )  # fmt: skip


def sent_lately(session: Session, visit: Visit, now: datetime) -> int:
    """How many codes went to a visitor within the last hour."""
    lately = RightsCode.visit_id == visit.id, RightsCode.proof == Proof.CODE, col(RightsCode.made_at) > now - WITHIN
    return session.exec(select(func.count()).select_from(RightsCode).where(*lately)).one()
