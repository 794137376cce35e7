"""What a scan comes to (visit.md, outcome codes; clauses 1.1.c3 and 4.1 of the operator's policy).

tests/vectors/decisions.json is the law for every implementation; the properties below hold for facts nobody thought of.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.codes import Active, Direction, EventType, Outcome, VisitState
from access_log.policy.entry import Decision, PassFacts, ScanFacts, decide_scan

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "decisions.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = FILE["vectors"]
BY_A_GUARD = {Outcome.ID_MISMATCH, Outcome.MINOR}
"""What only an identity check can come to: no scan gives these."""


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def facts_of(vector: dict[str, Any]) -> ScanFacts:
    """The usual facts with the vector's changes."""
    facts = FILE["usual"] | vector.get("facts", {})
    known = None if facts["known"] is None else _pass(FILE["usual"]["known"] | vector.get("known", {}))
    return ScanFacts(
        site_id=facts["site_id"],
        area_id=facts["area_id"],
        area_closed=facts["area_closed"],
        direction=Direction(facts["direction"]),
        zone=facts["zone"],
        fault=Outcome(facts["fault"]) if facts["fault"] else None,
        pass_site=facts["pass_site"],
        known=known,
    )


def _pass(known: dict[str, Any]) -> PassFacts:
    return PassFacts(
        valid_from=datetime.fromisoformat(known["valid_from"]),
        valid_until=datetime.fromisoformat(known["valid_until"]),
        revoked=known["revoked"],
        state=VisitState(known["state"]),
        customer=Active(known["customer"]),
        contact=Active(known["contact"]),
        early=timedelta(minutes=known["early_minutes"]),
        overstay=timedelta(minutes=known["overstay_minutes"]),
        notice_read=known["notice_read"],
        areas=frozenset(known["areas"]),
        inside=known["inside"],
        inside_elsewhere=known["inside_elsewhere"],
        checked_at=moment(known["checked_at"]),
        last_outcome=Outcome(known["last_outcome"]) if known["last_outcome"] else None,
        last_at=moment(known["last_at"]),
    )


def expected(vector: dict[str, Any]) -> Decision:
    wanted = vector["expect"]
    state = VisitState(wanted["state"]) if "state" in wanted else None
    return Decision(
        Outcome(wanted["outcome"]),
        EventType(wanted["event"]),
        Direction(wanted["direction"]),
        state,
        opens=wanted.get("opens", False),
        closes=wanted.get("closes", False),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_scan_comes_to_what_the_vector_says(vector: dict[str, Any]) -> None:
    assert decide_scan(facts_of(vector), datetime.fromisoformat(vector["now"])) == expected(vector)


def test_the_vectors_leave_no_outcome_of_a_scan_out() -> None:
    assert len(VECTORS) >= 120
    assert len({vector["name"] for vector in VECTORS}) == len(VECTORS)
    assert {Outcome(vector["expect"]["outcome"]) for vector in VECTORS} == set(Outcome) - BY_A_GUARD
    assert {vector["expect"]["event"] for vector in VECTORS} == {
        "arrival:recorded",
        "entry:granted",
        "entry:refused",
        "exit:recorded",
        "scan:repeated",
    }


def test_every_change_of_a_vector_names_a_fact_there_is_and_changes_it() -> None:
    """A misspelt or idle change would test the usual case and say it tested another."""
    usual = FILE["usual"]
    for vector in VECTORS:
        assert set(vector) <= {"name", "now", "facts", "known", "expect"}, vector["name"]
        assert set(vector["expect"]) <= {"outcome", "event", "direction", "state", "opens", "closes"}, vector["name"]
        for changes, of in ((vector.get("facts", {}), usual), (vector.get("known", {}), usual["known"])):
            assert set(changes) <= set(of), vector["name"]
        assert not (vector.get("known") and vector.get("facts", {}).get("known", 1) is None), vector["name"]
    changed = {name for vector in VECTORS for name in (*vector.get("facts", {}), *vector.get("known", {}))}
    assert changed == (set(usual) - {"area_id"}) | (set(usual["known"])), "every fact decides something"


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
spans = st.sampled_from([timedelta(0), timedelta(minutes=30), timedelta(hours=2)])


@st.composite
def passes(draw: st.DrawFn) -> PassFacts:
    begins = draw(moments)
    outcome = draw(st.none() | st.sampled_from(Outcome))
    return PassFacts(
        valid_from=begins,
        valid_until=begins + draw(st.timedeltas(timedelta(minutes=1), timedelta(days=31))),
        revoked=draw(st.booleans()),
        state=draw(st.sampled_from(VisitState)),
        customer=draw(st.sampled_from(Active)),
        contact=draw(st.sampled_from(Active)),
        early=draw(spans),
        overstay=draw(spans),
        notice_read=draw(st.booleans()),
        areas=draw(st.frozensets(st.integers(1, 3))),
        inside=draw(st.booleans()),
        inside_elsewhere=draw(st.booleans()),
        checked_at=draw(st.none() | moments),
        last_outcome=outcome,
        last_at=draw(moments) if outcome else None,
    )


scans = st.builds(
    ScanFacts,
    site_id=st.integers(1, 2),
    area_id=st.integers(1, 3),
    area_closed=st.booleans(),
    direction=st.sampled_from([Direction.BOTH, Direction.IN, Direction.OUT]),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"]),
    fault=st.none() | st.sampled_from([Outcome.BAD_SIGNATURE, Outcome.NOT_A_PASS, Outcome.KIOSK_UNPAIRED]),
    pass_site=st.none() | st.integers(1, 2),
    known=st.none() | passes(),
)


@given(facts=scans, known=passes(), now=moments)
def test_an_exit_of_somebody_inside_is_never_refused(facts: ScanFacts, known: PassFacts, now: datetime) -> None:
    """Whatever is wrong with the pass, the customer, the area or the time."""
    way_out = Direction.OUT if facts.direction is Direction.IN else facts.direction
    inside = replace(known, inside=True, last_outcome=None, last_at=None)
    decision = decide_scan(replace(facts, fault=None, pass_site=facts.site_id, direction=way_out, known=inside), now)
    assert decision.outcome in (Outcome.EXITED, Outcome.OVERSTAY_EXIT)
    assert (decision.event, decision.state, decision.closes) == (EventType.EXIT_RECORDED, VisitState.EXITED, True)


@given(facts=scans, now=moments)
def test_a_refusal_changes_nothing(facts: ScanFacts, now: datetime) -> None:
    decision = decide_scan(facts, now)
    if decision.event in (EventType.ENTRY_REFUSED, EventType.SCAN_REPEATED):
        assert (decision.state, decision.opens, decision.closes) == (None, False, False)
    else:
        assert decision.state is not None


@given(facts=scans, now=moments)
def test_the_same_facts_give_the_same_answer(facts: ScanFacts, now: datetime) -> None:
    elsewhere = now.astimezone(tz=None)
    assert decide_scan(facts, now) == decide_scan(facts, now) == decide_scan(replace(facts), elsewhere)


@given(facts=scans, now=moments)
def test_a_presence_opens_only_for_somebody_outside_with_everything_in_order(facts: ScanFacts, now: datetime) -> None:
    decision = decide_scan(facts, now)
    if decision.opens:
        known = facts.known
        assert known is not None
        assert not any((known.inside, known.inside_elsewhere, known.revoked, facts.area_closed))
        assert facts.direction is not Direction.OUT
        assert known.notice_read
        assert known.checked_at is not None
        assert facts.area_id in known.areas
        assert known.valid_from - known.early <= now <= known.valid_until
        assert (known.customer, known.contact, facts.pass_site) == (Active.ACTIVE, Active.ACTIVE, facts.site_id)


@given(facts=scans, now=moments)
def test_at_a_kiosk_for_exits_nobody_comes_in(facts: ScanFacts, now: datetime) -> None:
    known = replace(facts.known, last_outcome=None) if facts.known else None
    decision = decide_scan(replace(facts, direction=Direction.OUT, known=known), now)
    assert decision.direction is Direction.OUT
    assert not decision.opens


@given(facts=scans, now=moments)
def test_a_repeated_scan_repeats_an_answer_that_was_given(facts: ScanFacts, now: datetime) -> None:
    decision = decide_scan(facts, now)
    if decision.event is EventType.SCAN_REPEATED:
        known = facts.known
        assert known is not None
        assert decision.outcome is known.last_outcome or known.state is VisitState.ID_PENDING
