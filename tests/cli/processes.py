"""The command line as a site runs it: real processes, watched from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
T = TypeVar("T")
CHECKOUT = (sys.executable, "-m", "access_log.cli")


def wait_for(asked: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Ask again until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)
    return found


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Command:
    """A running `access-log …`; what it says goes to a file. `program` and `told` where it is not this checkout's, in this environment."""

    def __init__(
        self, folder: Path, *words: str, program: Sequence[str] = CHECKOUT, told: Mapping[str, str] | None = None, **environment: str
    ) -> None:
        self.file = folder / f"said-{len(list(folder.glob('said-*')))}.txt"
        self.started = time.monotonic()
        with self.file.open("wb") as out:
            self.process = subprocess.Popen(
                [*program, *words],
                cwd=ROOT if program == CHECKOUT else folder, env={**(told or os.environ), **environment},
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        """Everything so far, its children's log as well."""
        return self.file.read_text(encoding="utf-8")

    def ready(self, port: int, seconds: float = 60) -> float:
        """Wait until it serves. Returns how long that took."""
        wait_for(lambda: self.process.poll() is not None or status(port, "/readyz") == 200, "the site", seconds)
        assert self.process.poll() is None, self.said
        return time.monotonic() - self.started

    def children(self, module: str = "") -> list[psutil.Process]:
        """Its children that run a module."""
        return [child for child in psutil.Process(self.process.pid).children() if module in command_line(child)]

    @property
    def worked(self) -> float:
        """Processor seconds of the command itself, which a busy machine does not change much."""
        return float(psutil.Process(self.process.pid).cpu_times().user)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait. Returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def command_line(process: psutil.Process) -> str:
    """What a process was started with; nothing of one that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "(ended)"


@contextmanager
def running(
    folder: Path, *words: str, program: Sequence[str] = CHECKOUT, told: Mapping[str, str] | None = None, **environment: str
) -> Iterator[Command]:
    """A command that is ended, with its children, whatever the test does."""
    command = Command(folder, *words, program=program, told=told, **environment)
    children: list[psutil.Process] = []
    try:
        yield command
    finally:
        if command.process.poll() is None:
            children = command.children()
            command.stop(signal.SIGKILL)
        for child in children:
            if child.is_running():
                child.kill()


def status(port: int, path: str) -> int:
    """What an address answers; 0 where nobody does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0
