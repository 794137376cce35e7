"""The scan path on both databases: every outcome a door can give, recorded with its entry."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, func, select

from access_log.crypto.record import leaf_hash
from access_log.crypto.ring import KeyRing
from access_log.models import AccessEvent, Kiosk, OutboxMessage, Presence, RecordEntry, RecordPending, Site, Template, Visit
from access_log.policy.codes import Active, Direction, EventType, Outcome, VisitState
from access_log.services import passes, visits
from access_log.services.scan_values import ReadScan, ScanAnswer
from access_log.services.scans import read_code, record_scans
from tests.cast import Cast, as_contact, with_pass
from tests.moments import NOON


def scan(
    session: Session, ring: KeyRing, cast: Cast, visit: Visit, *, nonce: str = "n1", minutes: float = 0, typed: bool = False
) -> ScanAnswer:
    """Show the visit's live pass at the kiosk, some minutes after noon."""
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    text = passes.short_code_of(ring, live) if typed else passes.token_of(ring, live)
    read = read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce=nonce, text=text, typed=typed)
    return record_scans(session, [read], NOON + timedelta(minutes=minutes))[0]


def events(session: Session) -> list[AccessEvent]:
    return list(session.exec(select(AccessEvent).where(col(AccessEvent.kiosk_id).is_not(None)).order_by(col(AccessEvent.id))).all())


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.clause("1.1.c1")
def test_a_good_scan_waits_for_the_guard_and_opens_no_presence(session: Session, ring: KeyRing, cast: Cast, typed: bool) -> None:
    (visit,) = with_pass(session, ring, cast)
    answer = scan(session, ring, cast, visit, typed=typed)
    session.refresh(visit)
    assert answer.outcome is Outcome.ID_PENDING
    assert visit.state is VisitState.ID_PENDING
    assert visit.arrived_at == NOON
    assert session.exec(select(func.count()).select_from(Presence)).one() == 0
    assert [event.type for event in events(session)] == [EventType.ARRIVAL_RECORDED]


@pytest.mark.clause("1.1.c1", "4.1.e")
def test_every_scan_leaves_a_record_entry_chained_to_the_kiosk(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    first = session.exec(select(func.count()).select_from(RecordEntry)).one()
    for number in range(3):
        scan(session, ring, cast, visit, nonce=f"n{number}", minutes=number)
    entries = session.exec(select(RecordEntry).order_by(col(RecordEntry.id))).all()[first:]
    assert [event.kiosk_seq for event in events(session)] == [1, 2, 3]
    assert all(entry.leaf_hash == leaf_hash(entry.body) for entry in entries)
    assert b'"kiosk_prev"' not in entries[0].body
    assert all(b'"kiosk_prev"' in entry.body for entry in entries[1:])
    kiosk = session.get_one(Kiosk, cast.kiosk.id, populate_existing=True)
    assert kiosk.last_hash == entries[-1].leaf_hash
    assert session.exec(select(func.count()).select_from(RecordPending)).one() == first + 3


def test_the_same_request_twice_gets_the_same_answer_and_one_event(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    first = scan(session, ring, cast, visit, nonce="same")
    again = scan(session, ring, cast, visit, nonce="same", minutes=1)
    assert (again.outcome, again.at, again.repeated) == (first.outcome, first.at, True)
    assert len(events(session)) == 1


SECOND = 1 / 60
"""In minutes."""


def coming_early(session: Session, ring: KeyRing, cast: Cast) -> tuple[Visit, Site]:
    """A visit whose tolerance begins at noon sharp."""
    site = session.get_one(Site, cast.site.id)
    begins = NOON + timedelta(minutes=site.early_minutes)
    (visit,) = with_pass(session, ring, cast, now=begins + timedelta(hours=1))
    assert visit.window_from == begins
    return visit, site


def test_whoever_comes_early_by_the_tolerance_is_told_the_same_at_every_repetition(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Read again, asked again after a lost answer, with a clock set back by a second, and after the site took its tolerance back."""
    visit, site = coming_early(session, ring, cast)
    first = scan(session, ring, cast, visit, nonce="first")
    answers = [
        scan(session, ring, cast, visit, nonce="first", minutes=1),
        scan(session, ring, cast, visit, nonce="again", minutes=5 * SECOND),
        scan(session, ring, cast, visit, nonce="clock", minutes=-SECOND),
    ]
    site.early_minutes = 0
    session.add(site)
    answers.append(scan(session, ring, cast, visit, nonce="changed", minutes=6 * SECOND))
    assert {(answer.outcome, answer.direction) for answer in (first, *answers)} == {(Outcome.ID_PENDING, Direction.IN)}
    assert (answers[0].at, answers[0].repeated) == (NOON, True)
    assert [event.type for event in events(session)] == [EventType.ARRIVAL_RECORDED, *[EventType.SCAN_REPEATED] * 3]


def test_a_second_too_early_stays_too_early_for_that_request_and_for_no_other(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit, _site = coming_early(session, ring, cast)
    assert scan(session, ring, cast, visit, nonce="early", minutes=-SECOND).outcome is Outcome.TOO_EARLY
    again = scan(session, ring, cast, visit, nonce="early", minutes=10)
    assert (again.outcome, again.at, again.repeated) == (Outcome.TOO_EARLY, NOON - timedelta(seconds=1), True)
    assert scan(session, ring, cast, visit, nonce="now", minutes=10).outcome is Outcome.ID_PENDING


def test_a_checked_visitor_leaves_comes_back_the_same_day_and_leaves(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    visit.checked_at, visit.state = NOON, VisitState.EXITED
    session.add(visit)
    session.flush()
    assert scan(session, ring, cast, visit, nonce="in", minutes=10).outcome is Outcome.GRANTED
    presence = session.exec(select(Presence)).one()
    assert presence.person_id == cast.wei.id
    assert scan(session, ring, cast, visit, nonce="held before the camera", minutes=10.1).outcome is Outcome.GRANTED
    assert scan(session, ring, cast, visit, nonce="out", minutes=30).outcome is Outcome.EXITED
    session.refresh(presence)
    assert presence.left_at == NOON + timedelta(minutes=30)
    assert presence.person_id is None
    receipt = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.RECEIPT)).one()
    assert receipt.visit_id == visit.id


def test_an_exit_is_never_refused_even_with_a_dead_pass_of_a_suspended_customer(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    visit.checked_at, visit.state = NOON, VisitState.EXITED
    cast.nimbus.state = Active.ACTIVE
    session.add(visit)
    session.flush()
    scan(session, ring, cast, visit, nonce="in", minutes=1)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    token = passes.token_of(ring, live)
    passes.revoke(session, visit=visit, actor=as_contact(cast.lin), reason="lost", now=NOON)
    cast.nimbus.state = Active.SUSPENDED
    session.add(cast.nimbus)
    session.flush()
    read = read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce="out", text=token, typed=False)
    late = NOON + timedelta(days=3)
    assert record_scans(session, [read], late)[0].outcome is Outcome.OVERSTAY_EXIT
    assert session.exec(select(Presence)).one().left_at == late


@pytest.mark.clause("1.4.f")
def test_refusals_say_why(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    assert scan(session, ring, cast, visit, nonce="early", minutes=-60 * 4).outcome is Outcome.TOO_EARLY
    assert scan(session, ring, cast, visit, nonce="late", minutes=60 * 9).outcome is Outcome.EXPIRED
    visit.notice_read_at = None
    session.add(visit)
    session.flush()
    assert scan(session, ring, cast, visit, nonce="unread").outcome is Outcome.NO_NOTICE
    cast.hall.closed = True
    session.add(cast.hall)
    session.flush()
    assert scan(session, ring, cast, visit, nonce="closed").outcome is Outcome.AREA_CLOSED
    cast.kiosk.door_id = cast.cage_door.id or 0
    session.add(cast.kiosk)
    session.flush()
    assert scan(session, ring, cast, visit, nonce="elsewhere").outcome is Outcome.WRONG_AREA
    cast.kiosk.direction = Direction.OUT
    session.add(cast.kiosk)
    session.flush()
    assert scan(session, ring, cast, visit, nonce="wrong way").outcome is Outcome.EXIT_WHILE_OUTSIDE
    session.refresh(visit)
    assert visit.state is VisitState.PASS_ISSUED
    assert {event.type for event in events(session)} == {EventType.ENTRY_REFUSED}


@pytest.mark.clause("1.4.f")
def test_a_cancelled_visit_and_a_reissued_pass_open_nothing(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    old = passes.live_pass(session, visit=visit)
    assert old is not None
    token = passes.token_of(ring, old)
    visits.reissue(session, ring, visit=visit, actor=as_contact(cast.lin), now=NOON)
    read = read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce="old", text=token, typed=False)
    assert record_scans(session, [read], NOON)[0].outcome is Outcome.REVOKED
    fresh = passes.live_pass(session, visit=visit)
    assert fresh is not None
    token = passes.token_of(ring, fresh)
    visits.cancel(session, visit=visit, actor=as_contact(cast.lin), now=NOON)
    read = read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce="cancelled", text=token, typed=False)
    assert record_scans(session, [read], NOON)[0].outcome is Outcome.VISIT_CANCELLED


def test_one_person_with_two_visits_is_inside_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    first, second = with_pass(session, ring, cast)[0], with_pass(session, ring, cast, cast.wei, hours=6)[0]
    for visit in (first, second):
        visit.checked_at, visit.state = NOON, VisitState.EXITED
        session.add(visit)
    session.flush()
    reads = []
    for number, visit in enumerate((first, second)):
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        token = passes.token_of(ring, live)
        reads.append(read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce=f"n{number}", text=token, typed=False))
    answers = record_scans(session, reads, NOON)
    assert [answer.outcome for answer in answers] == [Outcome.GRANTED, Outcome.OPEN_VISIT_ELSEWHERE]
    assert session.exec(select(func.count()).select_from(Presence)).one() == 1


def test_who_comes_and_goes_within_one_batch_is_written_in_that_order(session: Session, ring: KeyRing, cast: Cast) -> None:
    """In at one kiosk, out at another beside it, in and out again: four scans that shared a transaction."""
    (visit,) = with_pass(session, ring, cast)
    visit.checked_at, visit.state = NOON, VisitState.EXITED
    kiosks = [cast.kiosk, *(Kiosk(site_id=cast.site.id, door_id=cast.door.id, code=f"K{number}") for number in (2, 3, 4))]
    session.add_all([visit, *kiosks])
    session.flush()
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    reads = [ReadScan(kiosk.id or 0, "n", digest=live.digest, pass_site=live.site_id) for kiosk in kiosks]
    expected = [Outcome.GRANTED, Outcome.EXITED, Outcome.GRANTED, Outcome.EXITED]
    assert [answer.outcome for answer in record_scans(session, reads, NOON)] == expected
    stays = session.exec(select(Presence)).all()
    assert [(stay.left_at, stay.person_id) for stay in stays] == [(NOON, None)] * 2
    session.refresh(visit)
    assert visit.state is VisitState.EXITED


@pytest.mark.parametrize(
    ("text", "typed", "outcome"),
    [
        ("", False, Outcome.NOT_A_PASS),
        ("https://example.org/", False, Outcome.NOT_A_PASS),
        ("0" * 196, False, Outcome.BAD_SIGNATURE),
        ("9" * 196, False, Outcome.NOT_A_PASS),
        ("\x00" * 50, False, Outcome.NOT_A_PASS),
        ("7" * 1_000_000, False, Outcome.NOT_A_PASS),
        ("\udcff", True, Outcome.NOT_A_PASS),
        ("ABCDE-FGHJK", True, Outcome.UNKNOWN_PASS),
    ],
)
@pytest.mark.clause("1.4.f", "4.1.d")
def test_anything_that_is_no_pass_is_a_verdict_and_an_event(
    session: Session, ring: KeyRing, cast: Cast, text: str, typed: bool, outcome: Outcome
) -> None:
    read = read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce="n", text=text, typed=typed)
    assert record_scans(session, [read], NOON)[0].outcome is outcome
    (event,) = events(session)
    assert (event.outcome, event.visit_id, event.subject_id) == (outcome, None, None)


def test_a_revoked_kiosk_answers_nothing_but_that(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    cast.kiosk.revoked_at = NOON
    session.add(cast.kiosk)
    session.flush()
    assert scan(session, ring, cast, visit).outcome is Outcome.KIOSK_UNPAIRED


def test_fifty_scans_share_their_statements(session: Session, ring: KeyRing, cast: Cast) -> None:
    made = with_pass(session, ring, cast, cast.wei, cast.ana)
    reads = []
    for number in range(50):
        live = passes.live_pass(session, visit=made[number % 2])
        assert live is not None
        reads.append(ReadScan(cast.kiosk.id or 0, f"n{number}", digest=live.digest, pass_site=live.site_id))
    answers = record_scans(session, reads, NOON)
    assert {answer.outcome for answer in answers} == {Outcome.ID_PENDING}
    types = [event.type for event in events(session)]
    assert types.count(EventType.ARRIVAL_RECORDED) == 2
    assert types.count(EventType.SCAN_REPEATED) == 48
