"""What kiosks tell visitors who leave in one batch: the same as if each had left alone."""

from datetime import timedelta

from sqlmodel import Session, col, delete

from access_log.crypto.ring import KeyRing
from access_log.models import VaultItem
from access_log.policy.codes import Item
from access_log.services.scan_facts import facts_of
from tests.cast import Cast, with_pass
from tests.moments import NOON


def test_who_leaves_in_one_batch_is_told_what_is_held_of_them_and_of_nobody_else(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Two leave at one moment with the same data, a third with less of it, a fourth an hour later."""
    leaving = [with_pass(session, ring, cast)[0] for _ in range(4)]
    for visit, hours in zip(leaving, (0, 0, 0, 1), strict=True):
        visit.left_at = NOON + timedelta(hours=hours)
        session.add(visit)
    session.flush()
    session.execute(delete(VaultItem).where(col(VaultItem.subject_id) == leaving[2].subject_id, col(VaultItem.item) == Item.CONTACT))
    ids = [visit.id for visit in leaving]
    alone = [facts_of(session, [one], exits=[one])[one].held for one in ids]
    together = facts_of(session, ids, exits=ids)
    assert [together[one].held for one in ids] == alone
    first, second, less, later = alone
    assert first == second != later
    assert {row.what for row in first} - {row.what for row in less} == {"contact"}
