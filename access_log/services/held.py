"""Is this person, or this item of theirs, under a legal hold? Asked by whatever erases, changes or opens identity; decides nothing else.

A hold freezes from the moment it is set. Once it is confirmed and the visit is over, only the hold officer may open what is held:
until then the visit goes on as any other does (the guard at the door has to see who somebody is).
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped
from sqlmodel import Session, and_, col, or_, select

from access_log.models import HeldSubject, LegalHold, Visit
from access_log.policy.codes import Item, Role, VisitState
from access_log.services.rows import chunks

HOLD_OFFICER = Role.PRIVACY_OFFICER
"""Who alone may open what is held."""
UNDER_WAY = (
    VisitState.REQUESTED,
    VisitState.CUSTOMER_APPROVED,
    VisitState.APPROVED,
    VisitState.PASS_ISSUED,
    VisitState.ID_PENDING,
    VisitState.ADMITTED,
)
_ON = and_(col(HeldSubject.hold_id) == col(LegalHold.id), col(LegalHold.ended_at).is_(None))


def is_held(session: Session, subject_id: UUID, item: Item | None = None) -> bool:
    """Whether a hold forbids to erase or change an item of a subject, or (None) any of it."""
    items = items_held(session, [subject_id]).get(subject_id, frozenset())
    return bool(items) if item is None else item in items


def items_held(session: Session, subjects: Collection[UUID]) -> dict[UUID, frozenset[Item]]:
    """What is held of each of these subjects. Absent: nothing."""
    found: dict[UUID, frozenset[Item]] = {}
    for chunk in chunks(list(subjects)):
        statement = select(HeldSubject.subject_id, LegalHold.holds_document, LegalHold.holds_contact).join(LegalHold, _ON)
        for subject_id, document, contact in session.exec(statement.where(col(HeldSubject.subject_id).in_(chunk))):
            items = {Item.NAME} | ({Item.DOCUMENT} if document else set()) | ({Item.CONTACT} if contact else set())
            found[subject_id] = found.get(subject_id, frozenset()) | items
    return found


def holds_on(subject: Mapped[UUID], item: Item) -> ColumnElement[bool]:
    """As a condition of a statement: a hold forbids to erase this item of the subject in that column."""
    covers = {Item.DOCUMENT: [col(LegalHold.holds_document)], Item.CONTACT: [col(LegalHold.holds_contact)]}.get(item, [])
    return exists().where(_ON, col(HeldSubject.subject_id) == subject, *covers)


def closed_to_others(session: Session, subjects: Collection[UUID]) -> set[UUID]:
    """Those of them whom only the hold officer may open: held by two people's word, and their visit is over."""
    found: set[UUID] = set()
    for chunk in chunks(list(subjects)):
        over = or_(col(Visit.state).not_in(UNDER_WAY), col(Visit.erased_at).is_not(None))
        statement = (
            select(HeldSubject.subject_id)
            .join(LegalHold, _ON)
            .join(Visit, col(Visit.id) == col(HeldSubject.visit_id))
            .where(col(HeldSubject.subject_id).in_(chunk), col(LegalHold.confirmed_at).is_not(None), over)
        )
        found.update(session.exec(statement).all())
    return found
