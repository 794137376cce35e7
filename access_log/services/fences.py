"""The erasure fence: "no key" never means "make one". What was erased once is sealed again by nobody, not by mistake and not in a race."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.ledger import ledger_key, tombstones
from access_log.crypto.ring import KeyRing
from access_log.errors import FencedError
from access_log.models import Subject, Tombstone
from access_log.policy.codes import Item

NEW = "new_subjects"


def is_new(session: Session, subject_id: UUID) -> None:
    """This transaction made the subject: nobody else knows its random id, so it cannot have been erased."""
    session.info.setdefault(NEW, set()).add(subject_id)


def no_longer_new(session: Session, subjects: Iterable[UUID]) -> None:
    """They were erased meanwhile."""
    session.info.get(NEW, set()).difference_update(subjects)


def refuse_fenced(session: Session, ring: KeyRing, *, subject_id: UUID, item: Item) -> None:
    """Raise FencedError where the subject or this item of it was erased. Locks the subject, so that an erasure under way comes first."""
    if is_fenced(session, ring, subject_id=subject_id, item=item):
        raise FencedError


def is_fenced(session: Session, ring: KeyRing, *, subject_id: UUID, item: Item) -> bool:
    """Whether nothing may be sealed there any more. Locks the subject, as above."""
    if subject_id in session.info.get(NEW, ()):
        return False
    locked = select(Subject.erased_at).where(Subject.id == subject_id).with_for_update(read=True)
    erased_at = session.exec(locked).first()
    stones = tombstones(ledger_key(ring), subject_id, item.value)
    found = select(Tombstone.digest).where(col(Tombstone.digest).in_(stones)).limit(1)
    return erased_at is not None or session.exec(found).first() is not None
