"""The lanes of the suite keep what they promise: a browser or a fault has the machine to itself."""

import subprocess
import sys
from pathlib import Path

SUITE = """
import os, time
from pathlib import Path
import pytest

def note(what):
    with Path(__file__).with_name("log").open("a") as log:
        log.write(f"{time.monotonic()} {os.environ['PYTEST_XDIST_WORKER']} {what}\\n")

@pytest.mark.parametrize("number", range(4))
def test_ordinary(number):
    note("ordinary"); time.sleep(0.1); note("ordinary")

@pytest.mark.last
def test_last():
    note("last")

@pytest.mark.fault
def test_fault():
    note("fault"); time.sleep(0.1); note("fault")

@pytest.mark.browser
@pytest.mark.parametrize("number", range(2))
def test_browser(number):
    note("browser"); time.sleep(0.1); note("browser")
"""


def test_browser_faults_and_the_last_look_run_after_the_rest_one_at_a_time(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py", "test_c.py"):
        (tmp_path / name).write_text(SUITE)
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['tests.lanes']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser: .\n  fault: .\n  last: .\n")
    here = Path(__file__).resolve().parents[2]
    options = ["-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile", "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    environment = {"PYTHONPATH": str(here), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines()[-1].startswith("24 passed"), done.stdout + done.stderr
    noted = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    kinds = [kind for _at, _worker, kind in sorted(noted, key=lambda line: float(line[0]))]
    assert kinds == ["ordinary"] * 24 + ["browser"] * 12 + ["fault"] * 6 + ["last"] * 3
    assert {worker for _at, worker, kind in noted if kind == "ordinary"} == {"gw0", "gw1"}
    assert len({worker for _at, worker, kind in noted if kind != "ordinary"}) == 1
