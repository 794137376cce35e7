"""Which requirements of OWASP ASVS 5.0 the tests show: a table at the end of a run, from the markers `asvs("8.2.1", …)`."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send the ids along with each test's report: only workers know markers."""
    for item in items:
        for marker in item.iter_markers("asvs"):
            item.user_properties += [("asvs", id_) for id_ in marker.args]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line a chapter: the requirements, and how many tests passed and failed that show them."""
    shown: dict[str, list[bool]] = defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for id_ in ids_of(report):
                shown[id_].append(outcome == "passed")
    if shown:
        terminalreporter.section(f"ASVS 5.0: {len(shown)} requirements shown by tests")
        for line in table(shown):
            terminalreporter.write_line(line)


def ids_of(report: Any) -> list[str]:
    """The ids of a test's report, once a test: only of the part that ran it."""
    return (
        [value.removeprefix("V") for name, value in getattr(report, "user_properties", []) if name == "asvs"]
        if report.when == "call"
        else []
    )


def table(shown: dict[str, list[bool]]) -> Iterator[str]:
    """`V2: 2.3.3 (4) …`; a requirement with a failed test is marked."""
    chapters: dict[int, list[str]] = defaultdict(list)
    for id_ in sorted(shown, key=lambda id_: [int(part) for part in id_.split(".")]):
        chapters[int(id_.split(".")[0])].append(f"{id_} ({len(shown[id_])}){'' if all(shown[id_]) else ' FAILED'}")
    for chapter, ids in sorted(chapters.items()):
        yield f"V{chapter}: " + ", ".join(ids)
