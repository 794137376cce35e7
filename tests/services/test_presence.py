"""Entries and exits by hand: a reason, how it is known, and no invented time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import AccessEvent, OutboxMessage, Presence, Template, VaultItem, Visit
from access_log.policy.codes import Active, DocumentType, EventType, HowKnown, Item, ManualReason, Outcome, VisitState
from access_log.services import badges, by_hand, notices
from access_log.services.by_hand import Seen, Written
from tests.cast import Cast, as_staff, requested, with_pass
from tests.moments import NOON

EARLIER = NOON - timedelta(minutes=40)
SEEN = Seen(DocumentType.PASSPORT)


def enter(session: Session, ring: KeyRing, cast: Cast, visit: Visit, *, at: datetime = EARLIER, seen: Seen = SEEN, area: int = 0) -> None:
    written = Written(ManualReason.KIOSK_DOWN, HowKnown.GUARD_SAW, at)
    by_hand.enter(
        session, ring, visit=visit, area_id=area or cast.hall.id or 0, written=written, seen=seen, guard=as_staff(cast.mei), now=NOON
    )


def leave(session: Session, cast: Cast, visit: Visit, *, at: datetime = NOON, known: HowKnown = HowKnown.GUARD_SAW) -> None:
    by_hand.leave(session, visit=visit, written=Written(ManualReason.FORGOT_TO_SCAN, known, at), guard=as_staff(cast.mei), now=NOON)


def the_event(session: Session, kind: EventType) -> AccessEvent:
    return session.exec(select(AccessEvent).where(AccessEvent.type == kind)).one()


@pytest.mark.clause("1.1.c1")
def test_an_entry_by_hand_says_when_why_how_it_is_known_and_by_whom(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit)
    made = session.exec(select(Presence)).one()
    assert (made.entered_at, made.entered_known, made.person_id) == (EARLIER, HowKnown.GUARD_SAW, cast.wei.id)
    assert visit.state is VisitState.ADMITTED
    event = the_event(session, EventType.ENTRY_GRANTED)
    assert (event.at, event.known, event.actor_id) == (NOON, HowKnown.GUARD_SAW, cast.mei.id)
    assert event.detail == {"reason": "kiosk_down", "at": EARLIER.isoformat()}


@pytest.mark.parametrize(("away", "code"), [(timedelta(minutes=2), "in_the_future"), (-timedelta(hours=25), "too_long_ago")])
def test_a_time_nobody_can_have_seen_is_refused(session: Session, ring: KeyRing, cast: Cast, away: timedelta, code: str) -> None:
    (visit,) = with_pass(session, ring, cast)
    with pytest.raises(RefusedInputError, match=code):
        enter(session, ring, cast, visit, at=NOON + away)
    assert session.exec(select(Presence)).all() == []


def test_nobody_enters_by_hand_without_approval_or_twice(session: Session, ring: KeyRing, cast: Cast) -> None:
    (asked,) = requested(session, ring, cast, cast.ana)
    with pytest.raises(ConflictError, match="visit_is_customer_approved"):
        enter(session, ring, cast, asked)
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit)
    with pytest.raises(ConflictError, match="visit_is_admitted"):
        enter(session, ring, cast, visit)


@pytest.mark.clause("1.1.c1")
def test_an_exit_by_hand_closes_the_presence_and_forgets_who_it_was(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit)
    leave(session, cast, visit)
    closed = session.exec(select(Presence)).one()
    assert (closed.left_at, closed.left_known, closed.person_id) == (NOON, HowKnown.GUARD_SAW, None)
    assert (visit.state, visit.left_at, visit.left_known) == (VisitState.EXITED, NOON, HowKnown.GUARD_SAW)
    assert the_event(session, EventType.EXIT_RECORDED).outcome is Outcome.EXITED
    assert session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.RECEIPT)).one().visit_id == visit.id


def test_an_exit_is_not_before_its_entry_and_not_without_one(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    with pytest.raises(ConflictError, match="not_inside"):
        leave(session, cast, visit)
    enter(session, ring, cast, visit)
    with pytest.raises(RefusedInputError, match="before_entry"):
        leave(session, cast, visit, at=EARLIER - timedelta(minutes=1))


def test_a_late_exit_is_told_from_one_in_time(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit, at=NOON - timedelta(hours=3))
    visit.window_until = NOON - timedelta(minutes=31)
    leave(session, cast, visit)
    assert the_event(session, EventType.EXIT_RECORDED).outcome is Outcome.OVERSTAY_EXIT


def test_closing_with_an_unknown_time_invents_none(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit)
    leave(session, cast, visit, at=EARLIER, known=HowKnown.UNKNOWN)
    assert (visit.state, visit.left_known) == (VisitState.CLOSED_UNKNOWN, HowKnown.UNKNOWN)
    closed = the_event(session, EventType.EXIT_CLOSED_UNKNOWN)
    assert (closed.actor_id, closed.detail) == (cast.mei.id, {"reason": "forgot_to_scan"})
    assert session.exec(select(AccessEvent).where(col(AccessEvent.type) == EventType.EXIT_RECORDED)).all() == []


def test_a_badge_comes_back_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    with pytest.raises(ConflictError, match="no_badge_out"):
        badges.take_back(session, visit=visit, guard=as_staff(cast.mei), now=NOON)
    visit.badge = "V07"
    badges.take_back(session, visit=visit, guard=as_staff(cast.mei), now=NOON)
    assert visit.badge_returned_at == NOON
    assert the_event(session, EventType.BADGE_RETURNED).detail == {"badge": "V07"}
    with pytest.raises(ConflictError, match="no_badge_out"):
        badges.take_back(session, visit=visit, guard=as_staff(cast.mei), now=NOON)


def test_an_entry_by_hand_keeps_what_a_check_keeps(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit, seen=Seen(DocumentType.PASSPORT, badge="V07"))
    assert the_event(session, EventType.IDENTITY_ATTESTED).detail["document"] == "passport"
    assert the_event(session, EventType.BADGE_HANDED_OUT).detail == {"badge": "V07"}
    kept = session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id, VaultItem.item == Item.DOCUMENT)).one()
    assert b"passport" not in kept.ciphertext
    assert (visit.badge, visit.checked_at) == ("V07", EARLIER)


def test_nobody_enters_by_hand_who_was_given_no_notice(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    visit.notice_read_at = visit.notice_version = None
    notices.publish_default(session, site_id=cast.site.id or 0, now=NOON)
    with pytest.raises(RefusedInputError, match="notice_needed"):
        enter(session, ring, cast, visit)
    enter(session, ring, cast, visit, seen=Seen(DocumentType.PASSPORT, notice_given=True))
    assert the_event(session, EventType.NOTICE_SHOWN).detail["where"] == "desk"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda cast, visit: setattr(visit, "window_until", EARLIER - timedelta(minutes=1)), Outcome.EXPIRED),
        (lambda cast, visit: setattr(visit, "window_from", EARLIER + timedelta(hours=2, minutes=1)), Outcome.TOO_EARLY),
        (lambda cast, visit: setattr(cast.nimbus, "state", Active.SUSPENDED), Outcome.CUSTOMER_SUSPENDED),
        (lambda cast, visit: setattr(cast.lin, "state", Active.ENDED), Outcome.DORMANT_CONTACT),
        (lambda cast, visit: setattr(cast.hall, "closed", True), Outcome.AREA_CLOSED),
    ],
)
def test_what_the_door_would_have_refused_is_recorded_and_marked(
    session: Session, ring: KeyRing, cast: Cast, spoil: Callable[[Cast, Visit], None], said: Outcome
) -> None:
    (visit,) = with_pass(session, ring, cast)
    spoil(cast, visit)
    session.add_all([visit, cast.nimbus, cast.lin, cast.hall])
    session.flush()
    assert by_hand.against(session, visit=visit, area_id=cast.hall.id or 0, at=EARLIER) is said
    enter(session, ring, cast, visit)
    assert the_event(session, EventType.ENTRY_GRANTED).detail["against"] == said.value


def test_an_entry_by_hand_is_into_an_area_of_the_visit(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    with pytest.raises(RefusedInputError, match="enum"):
        enter(session, ring, cast, visit, area=cast.cage.id or 0)


def test_an_exit_in_the_minute_of_the_entry_is_not_before_it(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, ring, cast, visit, at=EARLIER + timedelta(seconds=40))
    leave(session, cast, visit, at=EARLIER)
    assert session.exec(select(Presence)).one().left_at == EARLIER + timedelta(seconds=40)


def test_a_badge_is_with_one_person_at_a_time(session: Session, ring: KeyRing, cast: Cast) -> None:
    first, second = with_pass(session, ring, cast, cast.wei, cast.ana)
    seen = Seen(DocumentType.PASSPORT, badge="V07")
    enter(session, ring, cast, first, seen=seen)
    with pytest.raises(RefusedInputError, match="badge_out"), session.begin_nested():
        enter(session, ring, cast, second, seen=seen)
    leave(session, cast, first)
    session.expire_all()
    enter(session, ring, cast, second, seen=seen)
    assert first.badge_returned_at == NOON, "what is given again has come back"
