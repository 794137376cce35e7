"""Items that are frozen at the wish of their person: still sealed, shown to nobody but them, and to whoever looks for people in a fire."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.models import RightsRestriction
from access_log.policy.codes import Item, RevealPurpose

SHOWN_FOR = frozenset({RevealPurpose.OWN_DATA, RevealPurpose.RIGHTS_REQUEST, RevealPurpose.EVACUATION})
"""The person themselves, the answer to them, and their life (PIPL art. 13(1)(4))."""
HIDDEN = "•••"
"""What stands for a name that is frozen."""


def frozen(session: Session, subjects: Collection[UUID]) -> set[tuple[UUID, Item]]:
    """Which items of these subjects are frozen."""
    found = select(RightsRestriction.subject_id, RightsRestriction.item).where(col(RightsRestriction.subject_id).in_(subjects))
    return {(subject_id, Item(item)) for subject_id, item in session.exec(found)}
