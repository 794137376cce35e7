"""Which clauses of the operator's policy the tests show: `pytest -m clause --clauses-to FILE` keeps each marked test's result.

A test names its clauses by `@pytest.mark.clause("4.4.a")`. The pages in docs/compliance/ are written from that by tests/compliance.py.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

OUTCOMES = ("passed", "failed", "skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Only who asks for it writes: an ordinary run leaves the pages as they are."""
    parser.addoption("--clauses-to", default="", metavar="FILE", help="keep the results of the tests that show clauses in this file")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send the test's own name along with its report: a worker's reports know no markers."""
    for item in items:
        if item.get_closest_marker("clause") is not None:
            item.user_properties.append(("clause", f"{item.nodeid.partition('[')[0]}"))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Put this run's results into the file, beside those of tests that did not run now."""
    path = config.getoption("--clauses-to")
    if path:
        kept(Path(path), {outcome: terminalreporter.stats.get(outcome, []) for outcome in OUTCOMES}, datetime.now(UTC))


def kept(path: Path, reports: dict[str, list[Any]], now: datetime) -> None:
    """Count each test's outcomes, whatever its parameters; what ran now replaces what was known of it."""
    counted: dict[str, dict[str, Any]] = defaultdict(lambda: dict.fromkeys(OUTCOMES, 0) | {"on": f"{now:%Y-%m-%d}"})
    for outcome, found in reports.items():
        for name in (name for report in found for name in _names(report)):
            counted[name][outcome] += 1
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(known | counted, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _names(report: Any) -> list[str]:
    """The test of a report, once: of the part that ran it, or of a set-up that failed or skipped."""
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        return [value for name, value in report.user_properties if name == "clause"]
    return []
