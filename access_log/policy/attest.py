"""A guard's look at the document (clause 1.4.2, identity verification; minors: clause 6)."""

from dataclasses import dataclass

from access_log.policy.codes import EventType, Mismatch, Outcome, VisitState


@dataclass(frozen=True, slots=True)
class Look:
    """What the guard saw. `mismatch` is None where document and person match; no number is part of it."""

    of_age: bool
    mismatch: Mismatch | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`admitted` opens the presence; `erases` means a minor: stop and erase at once, keep only a counter."""

    outcome: Outcome
    event: EventType
    state: VisitState | None
    admitted: bool = False
    erases: bool = False


def decide_attest(look: Look) -> Verdict:
    """A mismatch is a recorded outcome and burns nothing: the pass stays valid for another try."""
    if not look.of_age:
        return Verdict(Outcome.MINOR, EventType.MINOR_TURNED_AWAY, VisitState.TURNED_AWAY, erases=True)
    if look.mismatch is not None:
        return Verdict(Outcome.ID_MISMATCH, EventType.ENTRY_REFUSED, VisitState.PASS_ISSUED)
    return Verdict(Outcome.GRANTED, EventType.ENTRY_GRANTED, VisitState.ADMITTED, admitted=True)
