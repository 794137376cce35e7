"""The pages of docs/compliance/ say what the code does: current, whole, and nothing in them that is not there."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import compliance
from tests.clauses import kept

CLAUSES = compliance.clauses()
IDS = [clause["id"] for clause in CLAUSES]


@pytest.mark.parametrize("page", sorted(compliance.PAGES))
def test_each_page_is_current(page: str) -> None:
    written = (compliance.FOLDER / page).read_text(encoding="utf-8")
    assert written == compliance.PAGES[page](), f"write {page} anew: python -m tests.compliance"


def test_all_52_clauses_are_there_once_each_with_a_verdict() -> None:
    assert len(IDS) == len(set(IDS)) == 52
    assert {clause["verdict"] for clause in CLAUSES} <= set(compliance.VERDICTS)


def test_what_is_not_wholly_done_says_why_and_what_is_done_says_how() -> None:
    assert [clause["id"] for clause in CLAUSES if clause["verdict"] != "in" and not clause.get("why")] == []
    assert [clause["id"] for clause in CLAUSES if clause["verdict"] != "outside" and not clause.get("control")] == []


def test_what_is_said_to_be_done_is_shown_by_a_test() -> None:
    marked = compliance.marked()
    assert [clause["id"] for clause in CLAUSES if clause["verdict"] != "outside" and not marked.get(clause["id"])] == []
    assert set(marked) <= set(IDS), "a marker names a clause that is not in clauses.yaml"


def test_all_code_that_is_named_is_there() -> None:
    named = [path for clause in CLAUSES for path in clause.get("code", [])]
    assert [path for path in named if not (compliance.ROOT / path).exists()] == []


def test_results_are_of_tests_that_are_there() -> None:
    marked = {name for tests in compliance.marked().values() for name in tests}
    assert set(compliance.results()) <= marked, "run the marked tests anew: python -m tests.compliance --run"


def test_each_entry_of_a_standard_says_whether_its_text_was_read_and_names_known_clauses() -> None:
    entries = [entry for standard in compliance.standards() for entry in standard["entries"]]
    assert {entry["source"] for entry in entries} <= set(compliance.LOOKED_UP)
    assert {clause for entry in entries for clause in entry["clauses"]} <= set(IDS)


def report(name: str, outcome: str, when: str = "call") -> SimpleNamespace:
    return SimpleNamespace(when=when, outcome=outcome, user_properties=[("clause", name)])


def test_a_failed_test_is_said_and_a_later_run_replaces_only_what_it_ran(tmp_path: Path) -> None:
    path, now = tmp_path / "results.json", datetime(2026, 11, 24, tzinfo=UTC)
    kept(path, {"passed": [report("a", "passed"), report("a", "passed"), report("b", "passed")], "failed": [], "skipped": []}, now)
    kept(path, {"passed": [], "failed": [report("a", "failed"), report("a", "failed", "setup")], "skipped": []}, now.replace(day=25))
    known = json.loads(path.read_text())
    assert (known["a"]["passed"], known["a"]["failed"], known["a"]["on"]) == (0, 2, "2026-11-25")
    assert (known["b"]["passed"], known["b"]["on"]) == (1, "2026-11-24")
    assert compliance.last(["a", "b"], known) == "**2 failed**, 1 passed (2026-11-25)"
    assert compliance.last(["b", "c"], known) == "1 passed, 1 not run yet (2026-11-24)"
    assert compliance.last(["c"], known) == "1 not run yet"
    assert compliance.last([], known) == "–"
