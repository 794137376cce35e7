"""Floors and ceilings are reconciled when the file is read; what cannot be reconciled is refused, never bent (PIPL 19, 47)."""

import pytest

from tests.policy.file.edited import edited, in_field, line_of, policy, problems, within

FLOOR = """
  - id: local-rule
    kind: floor
    period: {period}
    applies: [{field}]
    source: {{zh-CN: 地方规定, en: a local rule}}
"""


def with_floor(period: str, field: str) -> bytes:
    return within(edited(), "bounds:", "\n", FLOOR.format(period=period, field=field))


def codes(data: bytes) -> list[tuple[str, str]]:
    return [(problem.key, problem.code) for problem in problems(data)]


@pytest.mark.clause("0.2", "4.4.a")
def test_a_floor_above_the_published_ceiling_is_refused_and_both_are_named() -> None:
    data = with_floor("P2Y", "staff_account")
    (problem,) = problems(data)
    assert (problem.key, problem.code, problem.line) == ("bounds[0].period", "floor_above_ceiling", line_of(data, "period: P2Y"))
    assert problem.facts == {"bound": "promised", "most": "P1Y1M", "given": "P2Y", "field": "staff_account"}


def test_a_floor_below_the_ceiling_is_taken() -> None:
    assert problems(with_floor("P12M", "staff_account")) == []


def test_a_need_above_the_shortest_necessary_is_refused_unless_a_floor_asks_for_it() -> None:
    data = edited()
    for field in ("name", "organisation", "times", "authoriser", "work_order", "badge", "pass"):
        data = within(data, f"\n  {field}:\n", "need: P6M", "need: P13M")
    assert set(codes(data)) == {
        (f"fields.{field}.need", "need_above_shortest")
        for field in ("name", "organisation", "times", "authoriser", "work_order", "badge", "pass")
    }
    assert codes(within(data, "policy:", "profiles: []", "profiles: [annual_audit]")) == []


def test_a_bound_with_when_holds_under_its_profile_only() -> None:
    six = policy()
    thirteen = policy(("profiles: []", "profiles: [annual_audit]"))
    both = policy(("profiles: []", "profiles: [annual_audit, pci]"))
    assert [bound.id for bound in six.floors("name")] == []
    assert [bound.id for bound in thirteen.floors("name")] == ["annual-audit"]
    assert [bound.id for bound in both.floors("name")] == ["annual-audit", "pci-9-3-4"]


@pytest.mark.clause("4.4.a")
def test_180_days_do_not_do_where_six_months_are_the_floor() -> None:
    """The floor counts: whatever is needed for 180 days is kept six months."""
    data = in_field("system_log", "need: P6M", "need: P180D")
    assert problems(data) == []


def test_what_leads_back_to_the_person_cannot_outlive_the_name_by_a_floor_of_its_own() -> None:
    assert codes(with_floor("P13M", "badge")) == [("fields.badge.need", "not_with_name")]
    assert codes(with_floor("P13M", "document")) == [("fields.document.need", "after_name")]
