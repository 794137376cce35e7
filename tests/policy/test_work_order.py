"""A work-order number is kept in the clear: it may name work, never a person."""

import pytest

from access_log.policy.work_order import work_order_problem


@pytest.mark.parametrize(
    "text", ["", "WO-4711", "CHG0012345", "维保-2026-118", "工单 4711", "INC13912345678", "20261124-13912345678", "A/B_7.2#(3)"]
)
def test_numbers_of_work_are_taken(text: str) -> None:
    assert work_order_problem(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("13912345678", "names_a_person"),
        ("工单 139-1234-5678", "names_a_person"),
        ("WO 139 1234 5678", "names_a_person"),
        ("１３９１２３４５６７８", "names_a_person"),
        ("11010519491231002X", "names_a_person"),
        ("魏伟明", "not_a_work_order"),
        ("Ana Lucía", "not_a_work_order"),
        ("wei@nimbus.example 1", "not_a_work_order"),
        ("=1+1", "not_a_work_order"),
        ("1" * 41, "too_long"),
    ],
)
@pytest.mark.clause("1.1.b")
def test_people_are_not(text: str, problem: str) -> None:
    assert work_order_problem(text) == problem
