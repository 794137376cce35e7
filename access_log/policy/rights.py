"""The rights desk, decided: what may be asked, who has shown who they are, what is erased now and what is held until when (clause 5).

Values in, decision out. The clock is working_days.py; the acts are services/rights*.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from access_log.policy.codes import Item


class RightsKind(StrEnum):
    """What a person may ask (PIPL art. 44 to 48; clauses 5.a to 5.e)."""

    ACCESS = "access"
    COPY = "copy"
    CORRECT = "correct"
    DELETE = "delete"
    WITHDRAW = "withdraw"
    RESTRICT = "restrict"
    CLOSE_ACCOUNT = "close_account"
    EXPLAIN = "explain"
    OBJECT = "object"


class Channel(StrEnum):
    """How a request came. Letters and group chats are typed in, with the true day of receipt."""

    OWN_PAGE = "own_page"
    PORTAL = "portal"
    DESK = "desk"
    POST = "post"
    GROUP_CHAT = "group_chat"


BY_HAND = (Channel.DESK, Channel.POST, Channel.GROUP_CHAT)
"""Channels that a member of staff types in."""


class Proof(StrEnum):
    """How it was shown that whoever asks is the person: by something that is held already, and nothing new is asked for (clause 8.b)."""

    NONE = "none"
    CODE = "code"
    DESK = "desk"
    ACCOUNT = "account"


class RequestState(StrEnum):
    """`taken_back` by the person who asked."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class Ground(StrEnum):
    """Why something is refused; each text names the way to court (PIPL art. 50)."""

    NOT_VERIFIED = "not_verified"
    NOT_HELD = "not_held"
    OTHER_PERSON = "other_person"
    PERIOD_RUNS = "period_runs"
    ON_HOLD = "on_hold"
    VISIT_RUNS = "visit_runs"
    IS_RIGHT = "is_right"
    NEEDED = "needed"
    VISITS_OPEN = "visits_open"


class PauseReason(StrEnum):
    """What the desk waits for; only what lies with whoever asked stops the clock."""

    VERIFICATION = "verification"
    CLARIFICATION = "clarification"


class Stage(StrEnum):
    """How much of the time is used up, as far as somebody was reminded."""

    FRESH = "fresh"
    HALF = "half"
    URGENT = "urgent"
    LATE = "late"


SHARES = {Stage.HALF: 0.5, Stage.URGENT: 0.8, Stage.LATE: 1.0}
STAGES = tuple(Stage)

OF_VISITOR = (
    RightsKind.ACCESS, RightsKind.COPY, RightsKind.CORRECT, RightsKind.DELETE, RightsKind.WITHDRAW, RightsKind.RESTRICT,
    RightsKind.EXPLAIN, RightsKind.OBJECT,
)  # fmt: skip
OF_CONTACT = (
    RightsKind.ACCESS, RightsKind.COPY, RightsKind.CORRECT, RightsKind.CLOSE_ACCOUNT, RightsKind.EXPLAIN, RightsKind.OBJECT,
)  # fmt: skip
AT_ONCE = frozenset(set(RightsKind) - {RightsKind.CORRECT, RightsKind.RESTRICT, RightsKind.OBJECT})
"""Answered by the register itself as soon as the person is verified; the others wait for the privacy officer."""
GIVES_A_FILE = frozenset({RightsKind.ACCESS, RightsKind.COPY})
NEEDS_WORDS = frozenset({RightsKind.CORRECT, RightsKind.RESTRICT, RightsKind.OBJECT})
"""Nobody can answer these without being told what is meant."""

CODE_GOOD_FOR = timedelta(minutes=30)
TRIES = 5
"""Wrong codes, after which one is void."""
VERIFIED_FOR = timedelta(minutes=30)
"""So long a browser counts as the person's own after a right code."""
FILE_KEPT = timedelta(days=30)
"""An answer waits so long to be fetched; then it and the words of the request are erased."""


def is_fresh(verified_at: datetime | None, now: datetime) -> bool:
    """Whether a code that was right at `verified_at` still counts."""
    return verified_at is not None and timedelta() <= now - verified_at < VERIFIED_FOR


def stage_at(reached: dict[Stage, datetime], now: datetime) -> Stage:
    """The last stage whose moment has come."""
    return max((stage for stage, moment in reached.items() if moment <= now), key=STAGES.index, default=Stage.FRESH)


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One item of a person, and the day it goes by itself. `consent`: it is held because they agreed, and for no other reason.

    `held`: the law orders it kept for a proceeding.
    """

    item: Item
    until: datetime
    consent: bool
    held: bool = False


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands in the way. `held`: the law orders it kept for a proceeding; `visit_runs`: the visit is to come or under way."""

    held: bool = False
    visit_runs: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one item: erased now (`ground` None), or kept until a day and why.

    `waits`: only a hold stands in the way, so the erasure is ordered now and carried out when the hold ends.
    """

    item: Item
    ground: Ground | None
    until: datetime | None = None
    waits: bool = False

    @property
    def erased(self) -> bool:
        """It goes now."""
        return self.ground is None


def decide_deletion(items: Iterable[HeldItem], obstacles: Obstacles, now: datetime) -> list[Fate]:
    """What a wish to be forgotten does to each item (clause 5.c; PIPL art. 47).

    What rests on consent alone goes at once, even during a visit. What a duty or a contract asks for stays to the end of the period that
    was promised, and the answer says so. Under a hold nothing goes.
    """
    return [_fate(item, obstacles, now) for item in items]


def _fate(item: HeldItem, obstacles: Obstacles, now: datetime) -> Fate:
    goes = item.consent or item.until <= now
    if obstacles.held or item.held:
        return Fate(item.item, Ground.ON_HOLD, waits=goes)
    if goes:
        return Fate(item.item, None)
    if obstacles.visit_runs:
        return Fate(item.item, Ground.VISIT_RUNS, item.until)
    return Fate(item.item, Ground.PERIOD_RUNS, item.until)


def decide_withdrawal(items: Iterable[HeldItem], obstacles: Obstacles) -> list[Fate]:
    """What goes with a consent that is taken back: what rests on it, and nothing else (clause 5.d; PIPL art. 15, 16)."""
    agreed = [(item.item, obstacles.held or item.held) for item in items if item.consent]
    return [Fate(item, Ground.ON_HOLD if held else None, waits=held) for item, held in agreed]
