"""Calls from the kiosk: they ring once and are answered once."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from access_log.errors import NotFoundError
from access_log.models import AccessEvent, GuardCall
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, EventType, Outcome, Role
from access_log.services import calls
from tests.cast import Cast, as_staff
from tests.moments import NOON


def ring_the_bell(session: Session, cast: Cast, nonce: str = "c1") -> GuardCall:
    return calls.call(session, kiosk=cast.kiosk, nonce=nonce, visit_id=None, outcome=Outcome.WRONG_AREA, now=NOON)


def of_type(session: Session, kind: EventType) -> list[AccessEvent]:
    return list(session.exec(select(AccessEvent).where(AccessEvent.type == kind)).all())


def test_the_same_request_twice_rings_once(session: Session, cast: Cast) -> None:
    assert ring_the_bell(session, cast).id == ring_the_bell(session, cast).id
    (event,) = of_type(session, EventType.GUARD_CALLED)
    assert (event.door_id, event.detail) == (cast.door.id, {"outcome": "wrong_area"})
    assert ring_the_bell(session, cast, "c2").id != ring_the_bell(session, cast).id


def test_the_first_answer_counts_and_says_how_long_it_took(session: Session, cast: Cast) -> None:
    call = ring_the_bell(session, cast)
    calls.answer(session, call_id=call.id or 0, guard=as_staff(cast.mei), now=NOON + timedelta(seconds=40))
    calls.answer(session, call_id=call.id or 0, guard=as_staff(cast.rui), now=NOON + timedelta(seconds=90))
    assert (call.answered_at, call.answered_by) == (NOON + timedelta(seconds=40), cast.mei.id)
    (event,) = of_type(session, EventType.GUARD_ANSWERED)
    assert event.detail == {"seconds": 40}


def test_another_sites_guard_finds_no_call(session: Session, cast: Cast) -> None:
    call = ring_the_bell(session, cast)
    stranger = Actor(ActorKind.STAFF, 99, cast.mei.site_id + 1, role=Role.GUARD)
    for call_id in (call.id or 0, 10_000):
        with pytest.raises(NotFoundError):
            calls.answer(session, call_id=call_id, guard=stranger, now=NOON)
