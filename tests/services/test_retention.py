"""What a visitor was shown as deleted on a day is gone that day: not before, and never while they are on site."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import AccessEvent, BlindIndex, VaultItem, VaultLabel, Visit
from access_log.policy.codes import EventType, Item, VisitState
from access_log.policy.periods import add_months
from access_log.services import retention
from access_log.sweeping import sweep
from tests.cast import Cast, make_cast
from tests.moments import NOON
from tests.services.test_checks import at_the_door, attest
from tests.services.test_scans import scan

LEFT = NOON + timedelta(hours=2)
SECOND = timedelta(seconds=1)


@pytest.fixture
def left(session: Session, ring: KeyRing, cast: Cast) -> Visit:
    """Wei was admitted and left at two."""
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    session.flush()
    scan(session, ring, cast, visit, nonce="out", minutes=120)
    session.refresh(visit)
    assert visit.left_at == LEFT
    return visit


def items(session: Session, visit: Visit) -> set[Item]:
    return set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all())


def erase(session: Session, cast: Cast, now: datetime) -> int:
    return retention.erase_due(session, site=cast.site, now=now)


@pytest.mark.clause("4.4.b", "1.4.d")
def test_each_item_goes_on_its_day_and_not_a_second_before(session: Session, cast: Cast, left: Visit) -> None:
    name_due = add_months(LEFT, 6, "Asia/Shanghai")
    for due, kept in (
        (LEFT + timedelta(hours=24), {Item.NAME, Item.DOCUMENT}),
        (LEFT + timedelta(days=30), {Item.NAME}),
        (name_due, set()),
    ):
        before = items(session, left)
        assert erase(session, cast, due - SECOND) == 0
        assert items(session, left) == before
        assert erase(session, cast, due) == 1
        assert items(session, left) == kept


@pytest.mark.clause("4.4.b")
def test_with_the_name_goes_the_label_and_the_way_back_to_the_roster(session: Session, cast: Cast, left: Visit) -> None:
    erase(session, cast, LEFT + timedelta(days=400))
    assert session.get(VaultLabel, left.subject_id) is None
    assert session.exec(select(BlindIndex).where(BlindIndex.subject_id == left.subject_id)).all() == []
    assert left.technician_id is None
    assert left.erased_at is not None
    assert left.left_at == LEFT


def test_whoever_is_on_site_is_not_due(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    session.flush()
    assert erase(session, cast, NOON + timedelta(days=900)) == 0
    assert Item.NAME in items(session, visit)


def test_each_erasure_stands_in_the_record_with_its_reason(session: Session, cast: Cast, left: Visit) -> None:
    for days in (2, 31, 400):
        erase(session, cast, LEFT + timedelta(days=days))
    found = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_ERASED).order_by("id")).all()
    assert [event.detail.get("item", "all") for event in found] == ["contact", "document", "all"]
    assert {event.detail["reason"] for event in found} == {"due"}


@pytest.mark.clause("1.3", "4.4.b")
def test_the_worker_sweeps_and_closes_visits_nobody_came_to(engine: Engine, ring: KeyRing) -> None:
    from tests.cast import with_pass

    with transaction(engine) as session:
        (visit,) = with_pass(session, ring, make_cast(session, ring))
    assert sweep(engine, lambda: NOON + timedelta(days=1)) == 1
    assert sweep(engine, lambda: NOON + timedelta(days=400)) >= 1
    with transaction(engine) as session:
        assert session.get_one(Visit, visit.id).state is VisitState.NO_SHOW
        assert items(session, visit) == set()
