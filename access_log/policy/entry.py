"""What a scan comes to. One pure function: the same facts give the same answer on the server and, later, on the kiosk.

Serves clauses 1.1.c3 (who entered the machine room, when) and 4.1 (access control) of the operator's policy.
The vectors in tests/vectors/decisions.json are shared with every other implementation of this decision.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access_log.policy.codes import Active, Direction, EventType, Outcome, VisitState

REPEAT_WITHIN = timedelta(seconds=10)
"""A code held before the camera is read again and again; within this time the answer stays the same and nothing changes."""

BEFORE_PASS = frozenset({VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.REFUSED})


@dataclass(frozen=True, slots=True)
class PassFacts:
    """The pass as the register knows it, with its visit, customer and contact. Times are aware UTC."""

    valid_from: datetime
    valid_until: datetime
    revoked: bool
    state: VisitState
    customer: Active
    contact: Active
    early: timedelta
    overstay: timedelta
    notice_read: bool
    areas: frozenset[int]
    inside: bool = False
    inside_elsewhere: bool = False
    checked_at: datetime | None = None
    last_outcome: Outcome | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """Where the scan took place and what was read. `fault` is what the code itself is wrong in, if anything."""

    site_id: int
    area_id: int
    area_closed: bool
    direction: Direction
    zone: str
    fault: Outcome | None
    pass_site: int | None
    known: PassFacts | None


@dataclass(frozen=True, slots=True)
class Decision:
    """`event` is recorded in any case; `state` is the visit's new state or None; `closes` ends the presence, `opens` begins one."""

    outcome: Outcome
    event: EventType
    direction: Direction
    state: VisitState | None = None
    opens: bool = False
    closes: bool = False


def decide_scan(facts: ScanFacts, now: datetime) -> Decision:
    """Decide one scan at `now` (aware UTC). An exit is never refused; a refusal is an outcome, not an exception."""
    known = facts.known
    way = Direction.OUT if facts.direction is Direction.OUT else Direction.IN
    if facts.fault is not None:
        return _refuse(facts.fault, way)
    if facts.pass_site != facts.site_id:
        return _refuse(Outcome.WRONG_SITE, way)
    if known is None:
        return _refuse(Outcome.UNKNOWN_PASS, way)
    if _is_repeat(known, now):
        return _repeat(known)
    if known.inside and facts.direction is not Direction.IN:
        return _leave(known, now)
    if facts.direction is Direction.OUT:
        return _refuse(Outcome.EXIT_WHILE_OUTSIDE, way)
    if known.inside:
        return _refuse(Outcome.ALREADY_INSIDE)
    return _enter(facts, known, now)


def _is_repeat(known: PassFacts, now: datetime) -> bool:
    settled = known.last_outcome in (Outcome.EXITED, Outcome.OVERSTAY_EXIT, Outcome.GRANTED)
    return settled and known.last_at is not None and timedelta(0) <= now - known.last_at < REPEAT_WITHIN


def _repeat(known: PassFacts) -> Decision:
    outcome = known.last_outcome or Outcome.ID_PENDING
    direction = Direction.IN if outcome in (Outcome.GRANTED, Outcome.ID_PENDING) else Direction.OUT
    return Decision(outcome, EventType.SCAN_REPEATED, direction)


def _leave(known: PassFacts, now: datetime) -> Decision:
    late = now > known.valid_until + known.overstay
    outcome = Outcome.OVERSTAY_EXIT if late else Outcome.EXITED
    return Decision(outcome, EventType.EXIT_RECORDED, Direction.OUT, VisitState.EXITED, closes=True)


def _enter(facts: ScanFacts, known: PassFacts, now: datetime) -> Decision:
    reason = _standing(known) or _place_and_time(facts, known, now) or _person(known)
    if reason is not None:
        return _refuse(reason)
    if known.state is VisitState.ID_PENDING:
        return Decision(Outcome.ID_PENDING, EventType.SCAN_REPEATED, Direction.IN)
    if _checked_today(known, facts.zone, now):
        return Decision(Outcome.GRANTED, EventType.ENTRY_GRANTED, Direction.IN, VisitState.ADMITTED, opens=True)
    return Decision(Outcome.ID_PENDING, EventType.ARRIVAL_RECORDED, Direction.IN, VisitState.ID_PENDING)


def _standing(known: PassFacts) -> Outcome | None:
    """Is there still an authority behind this pass? (visit.md: customer ended or contact dismissed, passes dead at once)"""
    if known.state is VisitState.CANCELLED:
        return Outcome.VISIT_CANCELLED
    if known.revoked or known.state is VisitState.TURNED_AWAY:
        return Outcome.REVOKED
    if known.state in BEFORE_PASS:
        return Outcome.NOT_APPROVED
    if known.customer is not Active.ACTIVE:
        return Outcome.CUSTOMER_SUSPENDED
    if known.contact is not Active.ACTIVE:
        return Outcome.DORMANT_CONTACT
    return None


def _place_and_time(facts: ScanFacts, known: PassFacts, now: datetime) -> Outcome | None:
    if now < known.valid_from - known.early and known.state is not VisitState.ID_PENDING:  # who has arrived is not sent away again
        return Outcome.TOO_EARLY
    if now > known.valid_until or known.state in (VisitState.NO_SHOW, VisitState.CLOSED_UNKNOWN):
        return Outcome.EXPIRED
    if facts.area_id not in known.areas:
        return Outcome.WRONG_AREA
    if facts.area_closed:
        return Outcome.AREA_CLOSED
    return None


def _person(known: PassFacts) -> Outcome | None:
    if known.inside_elsewhere:
        return Outcome.OPEN_VISIT_ELSEWHERE
    if not known.notice_read:
        return Outcome.NO_NOTICE
    return None


def _checked_today(known: PassFacts, zone: str, now: datetime) -> bool:
    """Re-entry within the visit: after an identity check the scan is enough for the rest of the site's day."""
    if known.checked_at is None or known.state is not VisitState.EXITED:
        return False
    local = ZoneInfo(zone)
    return known.checked_at.astimezone(local).date() == now.astimezone(local).date()


def _refuse(outcome: Outcome, direction: Direction = Direction.IN) -> Decision:
    return Decision(outcome, EventType.ENTRY_REFUSED, direction)
