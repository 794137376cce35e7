"""Where a visit stands for the person who makes it: one code, from its state and the time. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from access_log.policy.codes import VisitState


class Standing(StrEnum):
    """What a technician needs to know when they look at their page."""

    WAITING = "waiting"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    TOO_EARLY = "too_early"
    READY = "ready"
    AT_DOOR = "at_door"
    ON_SITE = "on_site"
    OVERSTAY = "overstay"
    MAY_RETURN = "may_return"
    LEFT = "left"
    CLOSED = "closed"
    MISSED = "missed"
    CANCELLED = "cancelled"


SHOWS_PASS = frozenset({Standing.TOO_EARLY, Standing.READY, Standing.AT_DOOR, Standing.ON_SITE, Standing.OVERSTAY, Standing.MAY_RETURN})
"""The pass still opens something, or registers the exit: that is never refused."""

BEFORE_ENTRY = frozenset({Standing.WAITING, Standing.SUSPENDED, Standing.TOO_EARLY, Standing.READY, Standing.AT_DOOR})
"""The visitor may still say no, and everything is erased."""

_SETTLED = {
    VisitState.REQUESTED: Standing.WAITING,
    VisitState.CUSTOMER_APPROVED: Standing.WAITING,
    VisitState.APPROVED: Standing.WAITING,
    VisitState.REFUSED: Standing.REFUSED,
    VisitState.ID_PENDING: Standing.AT_DOOR,
    VisitState.CLOSED_UNKNOWN: Standing.CLOSED,
    VisitState.NO_SHOW: Standing.MISSED,
    VisitState.CANCELLED: Standing.CANCELLED,
    VisitState.TURNED_AWAY: Standing.CANCELLED,
}
"""States that the clock does not change. Turned away for good means erased; the page then says no more than that it is over."""


@dataclass(frozen=True, slots=True)
class Standings:
    """What the decision rests on. `authorised`: the customer and the contact behind the visit are both active."""

    state: VisitState
    opens_at: datetime
    until: datetime
    overstay: timedelta
    authorised: bool


def decide_standing(facts: Standings, now: datetime) -> Standing:
    """The one code for this moment (aware UTC)."""
    settled = _SETTLED.get(facts.state)
    if settled is Standing.WAITING and now > facts.until:
        return Standing.MISSED
    if settled is not None:
        return settled
    if facts.state is VisitState.ADMITTED:
        return Standing.OVERSTAY if now > facts.until + facts.overstay else Standing.ON_SITE
    if facts.state is VisitState.EXITED:
        return Standing.MAY_RETURN if facts.authorised and now <= facts.until else Standing.LEFT
    return _before_arrival(facts, now)


def _before_arrival(facts: Standings, now: datetime) -> Standing:
    if now > facts.until:
        return Standing.MISSED
    if not facts.authorised:
        return Standing.SUSPENDED
    return Standing.TOO_EARLY if now < facts.opens_at else Standing.READY
