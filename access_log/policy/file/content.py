"""What a policy file says, as plain values. Built by building.py; every text stands in each language of the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from access_log.policy.file.problems import Problem
from access_log.policy.period import Period

Texts = Mapping[str, str]
"""A text by language."""


class Basis(StrEnum):
    """On what a purpose stands (PIPL art. 13(1)). `none`: nothing personal is processed for it."""

    CONSENT = "consent"
    CONTRACT = "contract"
    EMPLOYMENT = "employment"
    LEGAL_DUTY = "legal_duty"
    EMERGENCY = "emergency"
    NONE = "none"


class Since(StrEnum):
    """From which moment a period runs."""

    VISIT_END = "visit_end"
    EVENT = "event"
    LAST_USE = "last_use"
    ENDED = "ended"
    SETTLED = "settled"
    CREATED = "created"
    PERIOD_BEGIN = "period_begin"
    REMOVED = "removed"


class Store(StrEnum):
    """How something is kept. `memory`: looked at and dropped, never written anywhere."""

    PLAIN = "plain"
    SEALED = "sealed"
    DIGEST = "digest"
    LOG = "log"
    MEMORY = "memory"


class See(StrEnum):
    """How somebody sees a field. `recorded`: in clear, each look written down with its purpose and shown to the person."""

    CLEAR = "clear"
    RECORDED = "recorded"
    MASKED = "masked"


class Viewer(StrEnum):
    """Who may see fields: the roles of the staff, the two sides, and `own`: the person the data is about."""

    GUARD = "guard"
    REVIEWER = "reviewer"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    CONTACT = "contact"
    OWN = "own"


class Export(StrEnum):
    """Whether a field may leave in a report's file."""

    NO = "no"
    MASKED = "masked"
    CLEAR = "clear"


class After(StrEnum):
    """What happens when the time is over. `de_identify`: what is left leads to nobody without data that is gone."""

    ERASE = "erase"
    DE_IDENTIFY = "de_identify"
    EXPIRE = "expire"


class BoundKind(StrEnum):
    """`floor`: at least so long. `ceiling`: never longer, whatever else holds. `shortest`: no longer, unless a floor asks (PIPL 19)."""

    FLOOR = "floor"
    CEILING = "ceiling"
    SHORTEST = "shortest"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why something is processed. `impact` says what a sensitive one may do to a person, and why it is needed all the same (PIPL 30)."""

    id: str
    texts: Texts
    basis: Basis
    source: Texts
    sensitive: bool
    impact: Texts


@dataclass(frozen=True, slots=True)
class Field:
    """One category of data: how long it is needed, by whom it is seen, what becomes of it."""

    id: str
    texts: Texts
    purposes: tuple[str, ...]
    need: Period
    since: Since
    optional: bool
    store: Store
    see: Mapping[Viewer, See]
    export: Export
    after: After


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit to the periods of some fields. One with `when` holds only under that profile; a floor without it is law."""

    id: str
    kind: BoundKind
    period: Period
    applies: tuple[str, ...]
    source: Texts
    when: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody outside the operator who is given some fields, for one purpose, in one way (PIPL 23)."""

    id: str
    texts: Texts
    contact: Texts
    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    method: Texts
    contract: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data. `region` is where it is stored."""

    name: Texts
    officer: Texts
    contact: Texts
    rights_channel: tuple[str, ...]
    region: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """`answer` and `outer` in working days and as a period from receipt; `change_notice`: how long before a reduction people are told."""

    answer_working_days: int
    outer: Period
    change_notice: Period


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """A whole policy file that agrees with itself and with what the product does."""

    id: str
    version: str
    languages: tuple[str, ...]
    effective: date | None
    supersedes: str
    profiles: tuple[str, ...]
    controller: Controller
    clocks: Clocks
    purposes: Mapping[str, Purpose]
    fields: Mapping[str, Field]
    bounds: tuple[Bound, ...]
    never: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    lines: Mapping[str, int]
    sha256: bytes

    def __repr__(self) -> str:
        return f"<Policy {self.id} {self.version}>"

    def problem(self, path: str, code: str, **facts: object) -> Problem:
        """What is wrong at a key: with its line, or that of what should have held it."""
        line, at = 0, path
        while not line and at:
            line = self.lines.get(at, 0)
            at = max(at.rpartition(".")[0], at.rpartition("[")[0], key=len)
        return Problem(line, path, code, {name: str(fact) for name, fact in facts.items()})

    def floors(self, field_id: str) -> tuple[Bound, ...]:
        """The floors that hold for a field now."""
        return self._bounds(BoundKind.FLOOR, field_id)

    def ceilings(self, field_id: str) -> tuple[Bound, ...]:
        """The ceilings that hold for a field now."""
        return self._bounds(BoundKind.CEILING, field_id)

    def shortest(self, field_id: str) -> tuple[Bound, ...]:
        """The shortest-necessary rules that hold for a field now."""
        return self._bounds(BoundKind.SHORTEST, field_id)

    def _bounds(self, kind: BoundKind, field_id: str) -> tuple[Bound, ...]:
        held = (bound for bound in self.bounds if bound.kind is kind and field_id in bound.applies)
        return tuple(bound for bound in held if not bound.when or bound.when in self.profiles)
