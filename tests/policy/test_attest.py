"""What a guard's look comes to (clause 1.4.2, identity verification; clause 6, minors)."""

import pytest

from access_log.policy.attest import Look, Verdict, decide_attest
from access_log.policy.codes import EventType, Mismatch, Outcome, VisitState


def test_only_a_match_of_somebody_of_age_admits() -> None:
    assert decide_attest(Look(of_age=True)) == Verdict(Outcome.GRANTED, EventType.ENTRY_GRANTED, VisitState.ADMITTED, admitted=True)


@pytest.mark.parametrize("why", Mismatch)
def test_a_mismatch_is_recorded_and_leaves_the_pass_good(why: Mismatch) -> None:
    verdict = decide_attest(Look(of_age=True, mismatch=why))
    assert verdict == Verdict(Outcome.ID_MISMATCH, EventType.ENTRY_REFUSED, VisitState.PASS_ISSUED)


@pytest.mark.parametrize("why", [None, *Mismatch])
def test_a_minor_is_turned_away_and_erased_whatever_the_document_says_clause_6(why: Mismatch | None) -> None:
    verdict = decide_attest(Look(of_age=False, mismatch=why))
    assert verdict == Verdict(Outcome.MINOR, EventType.MINOR_TURNED_AWAY, VisitState.TURNED_AWAY, erases=True)
