"""Who brought a list, as others may see it: a staff number, or the masked name of a contact."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.models import Contact, ImportBatch, Staff
from access_log.policy.codes import ActorKind
from access_log.services.labels import read_labels


def makers(session: Session, ring: KeyRing, batches: Sequence[ImportBatch]) -> dict[int, str]:
    """By the number of the list. Empty for a contact who was erased since."""
    staff = [batch.actor_id for batch in batches if batch.actor_kind is ActorKind.STAFF]
    contacts = [batch.actor_id for batch in batches if batch.actor_kind is ActorKind.CONTACT]
    numbers = dict(session.exec(select(Staff.id, Staff.number).where(col(Staff.id).in_(staff))).all())
    subjects = dict(session.exec(select(Contact.id, Contact.subject_id).where(col(Contact.id).in_(contacts))).all())
    labels = read_labels(session, ring, subjects.values())
    named = {id_: labels.get(subject, "") for id_, subject in subjects.items()}
    return {batch.id or 0: (numbers if batch.actor_kind is ActorKind.STAFF else named).get(batch.actor_id, "") for batch in batches}
