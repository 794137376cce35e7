"""Where a visit stands, for the person who makes it: every state at every time that matters."""

from datetime import timedelta

import pytest

from access_log.policy.codes import VisitState
from access_log.policy.standing import BEFORE_ENTRY, SHOWS_PASS, Standing, Standings, decide_standing
from tests.moments import NOON

OPENS, UNTIL, OVERSTAY = NOON, NOON + timedelta(hours=8), timedelta(minutes=30)
SECOND = timedelta(seconds=1)


def standing(state: VisitState, at: timedelta = timedelta(hours=1), *, authorised: bool = True) -> Standing:
    facts = Standings(state=state, opens_at=OPENS, until=UNTIL, overstay=OVERSTAY, authorised=authorised)
    return decide_standing(facts, NOON + at)


@pytest.mark.parametrize(
    ("state", "at", "expected"),
    [
        (VisitState.REQUESTED, timedelta(), Standing.WAITING),
        (VisitState.CUSTOMER_APPROVED, timedelta(), Standing.WAITING),
        (VisitState.REQUESTED, timedelta(hours=9), Standing.MISSED),
        (VisitState.REFUSED, timedelta(), Standing.REFUSED),
        (VisitState.PASS_ISSUED, -SECOND, Standing.TOO_EARLY),
        (VisitState.PASS_ISSUED, timedelta(), Standing.READY),
        (VisitState.PASS_ISSUED, timedelta(hours=8), Standing.READY),
        (VisitState.PASS_ISSUED, timedelta(hours=8) + SECOND, Standing.MISSED),
        (VisitState.ID_PENDING, timedelta(hours=1), Standing.AT_DOOR),
        (VisitState.ADMITTED, timedelta(hours=8, minutes=30), Standing.ON_SITE),
        (VisitState.ADMITTED, timedelta(hours=8, minutes=30) + SECOND, Standing.OVERSTAY),
        (VisitState.EXITED, timedelta(hours=8), Standing.MAY_RETURN),
        (VisitState.EXITED, timedelta(hours=8) + SECOND, Standing.LEFT),
        (VisitState.CLOSED_UNKNOWN, timedelta(), Standing.CLOSED),
        (VisitState.NO_SHOW, timedelta(), Standing.MISSED),
        (VisitState.CANCELLED, timedelta(), Standing.CANCELLED),
        (VisitState.TURNED_AWAY, timedelta(), Standing.CANCELLED),
    ],
)
def test_a_visit_stands_where_its_state_and_the_clock_say(state: VisitState, at: timedelta, expected: Standing) -> None:
    assert standing(state, at) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (VisitState.PASS_ISSUED, Standing.SUSPENDED),
        (VisitState.EXITED, Standing.LEFT),
        (VisitState.ADMITTED, Standing.ON_SITE),
        (VisitState.ID_PENDING, Standing.AT_DOOR),
    ],
)
def test_without_authority_nobody_enters_again_but_everybody_may_leave(state: VisitState, expected: Standing) -> None:
    assert standing(state, authorised=False) is expected


@pytest.mark.parametrize("state", VisitState)
@pytest.mark.parametrize("hours", [-3, 1, 9])
def test_every_state_has_a_standing_at_every_time(state: VisitState, hours: int) -> None:
    assert standing(state, timedelta(hours=hours)) in Standing


def test_whoever_is_inside_always_has_their_pass_to_leave_with() -> None:
    assert {Standing.ON_SITE, Standing.OVERSTAY} <= SHOWS_PASS
    assert not {Standing.ON_SITE, Standing.OVERSTAY} & BEFORE_ENTRY
