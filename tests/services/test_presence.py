"""Entries and exits by hand: a reason, how it is known, and no invented time."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import AccessEvent, OutboxMessage, Presence, Template, Visit
from access_log.policy.codes import EventType, HowKnown, ManualReason, Outcome, VisitState
from access_log.services import presence
from tests.cast import Cast, as_staff, requested, with_pass
from tests.moments import NOON

EARLIER = NOON - timedelta(minutes=40)


def enter(session: Session, cast: Cast, visit: Visit, *, at=EARLIER) -> None:  # type: ignore[no-untyped-def]
    presence.enter_by_hand(
        session, visit=visit, reason=ManualReason.KIOSK_DOWN, known=HowKnown.GUARD_SAW, at=at, guard=as_staff(cast.mei), now=NOON
    )


def leave(session: Session, cast: Cast, visit: Visit, *, at=NOON, known: HowKnown = HowKnown.GUARD_SAW) -> None:  # type: ignore[no-untyped-def]
    presence.leave_by_hand(session, visit=visit, reason=ManualReason.FORGOT_TO_SCAN, known=known, at=at, guard=as_staff(cast.mei), now=NOON)


def the_event(session: Session, kind: EventType) -> AccessEvent:
    return session.exec(select(AccessEvent).where(AccessEvent.type == kind)).one()


def test_an_entry_by_hand_says_when_why_how_it_is_known_and_by_whom(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, cast, visit)
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
        enter(session, cast, visit, at=NOON + away)
    assert session.exec(select(Presence)).all() == []


def test_nobody_enters_by_hand_without_approval_or_twice(session: Session, ring: KeyRing, cast: Cast) -> None:
    (asked,) = requested(session, ring, cast, cast.ana)
    with pytest.raises(ConflictError, match="visit_is_customer_approved"):
        enter(session, cast, asked)
    (visit,) = with_pass(session, ring, cast)
    enter(session, cast, visit)
    with pytest.raises(ConflictError, match="visit_is_admitted"):
        enter(session, cast, visit)


def test_an_exit_by_hand_closes_the_presence_and_forgets_who_it_was(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, cast, visit)
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
    enter(session, cast, visit)
    with pytest.raises(RefusedInputError, match="before_entry"):
        leave(session, cast, visit, at=EARLIER - timedelta(minutes=1))


def test_a_late_exit_is_told_from_one_in_time(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, cast, visit, at=NOON - timedelta(hours=3))
    visit.window_until = NOON - timedelta(minutes=31)
    leave(session, cast, visit)
    assert the_event(session, EventType.EXIT_RECORDED).outcome is Outcome.OVERSTAY_EXIT


def test_closing_with_an_unknown_time_invents_none(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    enter(session, cast, visit)
    leave(session, cast, visit, at=EARLIER, known=HowKnown.UNKNOWN)
    assert (visit.state, visit.left_known) == (VisitState.CLOSED_UNKNOWN, HowKnown.UNKNOWN)
    closed = the_event(session, EventType.EXIT_CLOSED_UNKNOWN)
    assert (closed.actor_id, closed.detail) == (cast.mei.id, {"reason": "forgot_to_scan"})
    assert session.exec(select(AccessEvent).where(col(AccessEvent.type) == EventType.EXIT_RECORDED)).all() == []


def test_a_badge_comes_back_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    with pytest.raises(ConflictError, match="no_badge_out"):
        presence.return_badge(session, visit=visit, guard=as_staff(cast.mei), now=NOON)
    visit.badge = "V07"
    presence.return_badge(session, visit=visit, guard=as_staff(cast.mei), now=NOON)
    assert visit.badge_returned_at == NOON
    assert the_event(session, EventType.BADGE_RETURNED).detail == {"badge": "V07"}
    with pytest.raises(ConflictError, match="no_badge_out"):
        presence.return_badge(session, visit=visit, guard=as_staff(cast.mei), now=NOON)
