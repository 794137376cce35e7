"""The benchmark programs run, and what they assert holds. How fast this machine is today is not asked here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import Target, figure, pairs, percentile

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "scans": ["--rounds", "1", "--scans", "64"],
    "ratchet": ["--rounds", "1", "--items", "2000", "--rate", "20", "--seconds", "4"],
    "race": ["--rounds", "1"],
    "start": ["--starts", "1", "--scans", "640"],
    "record": ["--rounds", "1", "--entries", "1000", "--heads", "10"],
}
"""Each at a small part of its size."""


@pytest.mark.fault
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs_and_finds_the_register_right(program: str, database: str, postgres_url: str) -> None:
    command = [sys.executable, "-m", f"bench.{program}", *PROGRAMS[program], "--database", database]
    environment = os.environ | {"ACCESS_LOG_TEST_POSTGRES_URL": postgres_url}
    ran = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"$ python -m bench.{program} ")
    assert f"== {database}\n" in ran.stdout
    assert "target " in ran.stdout
    assert "\n  right: " in ran.stdout


def test_a_figure_is_the_median_beside_its_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert figure("a ratio", [3.0, 1.0, 2.0], "", Target(1.5, at_least=True)) == 2.0
    assert figure("a time", [700], "us", Target(600)) == 700
    good, bad = capsys.readouterr().out.splitlines()
    assert good.split() == ["a", "ratio", "2", "target", ">=", "1.5:", "reached", "(3", "1", "2)"]
    assert bad.split() == ["a", "time", "700", "us", "target", "<=", "600:", "MISSED"]


def test_pairs_are_taken_by_turns() -> None:
    order: list[str] = []
    found = pairs(3, lambda: order.append("a") or 1.0, lambda: order.append("b") or 2.0)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == [(1.0, 2.0)] * 3


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile(list(range(100)), 0.99) == 99
    assert percentile([5.0], 0.5) == 5.0
