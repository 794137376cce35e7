"""The supervisor keeps its children running, gives up on what cannot run, and leaves nothing behind."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from access_log import supervisor
from access_log.said import NOT_STARTED
from access_log.supervisor import Child, Supervisor


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The signals as pytest had them."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def child(code: str, name: str = "web") -> Child:
    return Child(name, [sys.executable, "-S", "-c", code])


def supervised(*children: Child, seconds: float | None = None, number: int = signal.SIGTERM) -> tuple[int, float]:
    """(exit status, seconds) of a supervisor that is told to stop after some seconds, or never."""
    asked = threading.Timer(seconds, os.kill, (os.getpid(), number)) if seconds is not None else None
    if asked:
        asked.start()
    began = time.monotonic()
    try:
        return Supervisor(list(children), dict(os.environ)).run(), time.monotonic() - began
    finally:
        if asked:
            asked.cancel()


SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_it_stops_its_children_and_ends_well(number: int) -> None:
    web, reports = child(SLEEP), child(SLEEP, "reports")
    status, seconds = supervised(web, reports, seconds=0.3, number=number)
    assert status == 0
    assert seconds < 5
    assert [one.process.returncode for one in (web, reports) if one.process] == [-signal.SIGTERM, -signal.SIGTERM]


def test_started_by_nohup_it_survives_the_end_of_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    web = child(SLEEP)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGHUP)).start()
    status, seconds = supervised(web, seconds=1)
    assert status == 0
    assert seconds >= 0.9


def test_a_child_that_does_not_listen_is_killed_when_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.3)
    web = child(STUBBORN)
    assert supervised(web, seconds=1)[0] == 0
    assert web.process is not None
    assert web.process.returncode == -signal.SIGKILL


def test_a_child_that_dies_once_is_started_again(tmp_path: Path) -> None:
    once = tmp_path / "once"
    web = child(f"import pathlib, time; p = pathlib.Path({str(once)!r}); seen = p.exists(); p.touch(); seen and time.sleep(60)")
    assert supervised(web, seconds=2.5)[0] == 0
    assert web.failures == 1
    assert web.process is not None
    assert web.process.returncode == -signal.SIGTERM, "the second one was still running"


def test_a_child_that_keeps_dying_ends_everything(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "MOST_FAILURES", 2)
    reports = child(SLEEP, "reports")
    assert supervised(child("raise SystemExit(7)"), reports)[0] == 1
    assert reports.process is not None
    assert reports.process.returncode == -signal.SIGTERM
    assert capfd.readouterr().err.splitlines() == ["web ended with status 7"] * 2 + ["web cannot be kept running; stopping"]


def test_a_child_that_says_it_cannot_start_is_not_started_again(capfd: pytest.CaptureFixture[str]) -> None:
    status, seconds = supervised(child(f"raise SystemExit({NOT_STARTED})"))
    assert status == 1
    assert seconds < 3
    assert capfd.readouterr().err.splitlines() == [f"web ended with status {NOT_STARTED}", "web cannot be kept running; stopping"]


def test_a_child_ends_with_a_supervisor_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe closes when its only writing end goes; a child of a child does not hold it open."""
    reading, writing = os.pipe()
    listening = Child(
        "web", [sys.executable, "-c", f"from access_log.supervisor import end_with_supervisor as e; e(); print(1, flush=True); {SLEEP}"]
    )
    listening.start(dict(os.environ), reading)
    os.close(reading)
    assert listening.process is not None
    running = psutil.Process(listening.process.pid)
    time.sleep(0.3)
    assert running.is_running()
    os.close(writing)
    assert listening.process.wait(timeout=20) == -signal.SIGTERM


def test_without_a_supervisor_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.active_count()
    monkeypatch.delenv(supervisor.LIFELINE, raising=False)
    supervisor.end_with_supervisor()
    assert threading.active_count() == before
