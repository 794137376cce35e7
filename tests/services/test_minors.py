"""Somebody under 18 is found out at the door or later: nothing of them is left within the same transaction, and nobody is named."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import AccessEvent, Erasure, OutboxMessage, RecordEntry, Template, Visit
from access_log.policy.attest import Look
from access_log.policy.codes import Active, DocumentType, EventType, Outcome, VisitState
from access_log.services import checks, erasure, minors
from tests.cast import Cast, as_staff, requested
from tests.moments import NOON
from tests.services.test_checks import at_the_door
from tests.services.test_checks import attest as attested
from tests.services.test_scans import scan

LATER = NOON + timedelta(days=2)


def left_of(session: Session, *visits: Visit) -> int:
    return sum(erasure.left_of_subject(session, visit.subject_id) for visit in visits)


def turned_away(session: Session, ring: KeyRing, cast: Cast, visit: Visit) -> Outcome:
    return checks.attest(
        session, ring, visit_id=visit.id, look=Look(of_age=False), document=DocumentType.RESIDENT_ID, badge="", guard=as_staff(cast.mei),
        now=LATER,
    )  # fmt: skip


def was_inside(session: Session, ring: KeyRing, cast: Cast) -> Visit:
    visit = at_the_door(session, ring, cast)
    attested(session, ring, cast, visit)
    session.flush()
    scan(session, ring, cast, visit, nonce="out", minutes=120)
    session.refresh(visit)
    assert visit.state is VisitState.EXITED
    return visit


@pytest.mark.clause("6.b")
def test_no_at_the_door_erases_the_person_everywhere_on_the_spot(session: Session, ring: KeyRing, cast: Cast) -> None:
    (coming,) = requested(session, ring, cast, cast.wei, now=NOON + timedelta(days=3))
    visit = at_the_door(session, ring, cast)
    assert turned_away(session, ring, cast, visit) is Outcome.MINOR
    for row in (visit, coming):
        session.refresh(row)
        assert (row.state, row.technician_id, row.erased_at) == (VisitState.TURNED_AWAY, None, LATER)
    assert left_of(session, visit, coming) == 0
    assert cast.wei.state is Active.ENDED
    assert erasure.left_of_subject(session, cast.wei.subject_id) == 0
    assert erasure.left_of_subject(session, cast.ana.subject_id) > 0


def test_one_counter_remains_and_leads_to_nobody(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast, cast.wei, now=NOON + timedelta(days=3))
    turned_away(session, ring, cast, at_the_door(session, ring, cast))
    (counted,) = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.MINOR_TURNED_AWAY)).all()
    assert (counted.visit_id, counted.subject_id, counted.customer_id, counted.detail) == (None, None, None, {})


@pytest.mark.clause("6.b")
def test_found_out_after_the_visit_everything_goes_within_the_minute(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = was_inside(session, ring, cast)
    minors.found_out(session, visit=visit, actor=as_staff(cast.mei), now=LATER)
    assert left_of(session, visit) == 0
    assert (visit.state, visit.technician_id, visit.erased_at) == (VisitState.EXITED, None, LATER)
    assert cast.wei.state is Active.ENDED
    receipts = session.exec(select(Erasure).where(Erasure.reason == "minor")).all()
    assert {row.subject_id for row in receipts} == {visit.subject_id, cast.wei.subject_id}
    assert all(row.erased_at - row.ordered_at < timedelta(seconds=60) for row in receipts)


@pytest.mark.clause("6.b")
def test_the_customer_is_told_without_a_name(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = was_inside(session, ring, cast)
    minors.found_out(session, visit=visit, actor=as_staff(cast.mei), now=LATER)
    told = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.VISIT_ENDED)).all()
    assert [row.subject_id for row in told] == [cast.lin.subject_id]
    bodies = b"".join(session.exec(select(RecordEntry.body)).all()).decode()
    assert "魏" not in bodies


def test_who_is_inside_is_seen_out_first(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    attested(session, ring, cast, visit)
    with pytest.raises(ConflictError, match="on_site"):
        minors.found_out(session, visit=visit, actor=as_staff(cast.mei), now=LATER)
    assert left_of(session, visit) > 0


def test_found_out_twice_counts_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = was_inside(session, ring, cast)
    for _time in range(2):
        minors.found_out(session, visit=visit, actor=as_staff(cast.mei), now=LATER)
    assert len(session.exec(select(AccessEvent).where(AccessEvent.type == EventType.MINOR_TURNED_AWAY)).all()) == 1
