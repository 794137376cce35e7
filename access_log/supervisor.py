"""One command that keeps the web and the reports process running, and stops both when it is stopped.

Each child holds the reading end of a pipe whose only writing end is the supervisor's: when that closes, the supervisor is gone,
however it went, and the child ends as well.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from access_log.said import NOT_STARTED

PATIENCE = 12.0
"""Seconds a process gets to finish what it is doing before it is killed."""
SOON = 5.0
"""A process that dies within this many seconds of its start is broken, not unlucky."""
MOST_FAILURES = 3
LIFELINE = "ACCESS_LOG_LIFELINE"
"""Tells a child the number of its pipe."""


@dataclass
class Child:
    """A process that should be running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    wait_until: float = 0.0

    def start(self, environment: Mapping[str, str], lifeline: int) -> None:
        """Run it in a group of its own, so that Ctrl-C reaches only the supervisor, which then asks politely."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own modules
            self.command, env={**environment, LIFELINE: str(lifeline)}, pass_fds=[lifeline], start_new_session=True
        )

    def died(self) -> bool:
        """Whether it ran and is over."""
        return self.process is not None and self.process.poll() is not None


@dataclass
class Supervisor:
    """Starts its children, starts one again that dies, gives up on one that keeps dying at once."""

    children: list[Child]
    environment: Mapping[str, str]
    stopping: threading.Event = field(default_factory=threading.Event)
    _pipe: tuple[int, int] = field(default_factory=os.pipe, repr=False)

    def run(self) -> int:
        """Until SIGTERM, SIGINT or SIGHUP, or until a child cannot be kept alive. Returns the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP on purpose
                signal.signal(number, self._asked_to_stop)
        for child in self.children:
            child.start(self.environment, self._pipe[0])
        status = 0
        while not self.stopping.wait(0.2):
            if not all(self._kept_alive(child) for child in self.children):
                status = 1
                break
        self._stop_all()
        return status

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _kept_alive(self, child: Child) -> bool:
        now = time.monotonic()
        if child.process is None:
            if now >= child.wait_until:
                child.start(self.environment, self._pipe[0])
            return True
        if not child.died():
            return True
        child.failures = child.failures + 1 if now - child.started < SOON else 1
        code = child.process.returncode
        sys.stderr.write(f"{child.name} ended with status {code}\n")
        if child.failures >= MOST_FAILURES or code == NOT_STARTED:
            sys.stderr.write(f"{child.name} cannot be kept running; stopping\n")
            return False
        child.process, child.wait_until = None, now + child.failures
        return True

    def _stop_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in running:
            try:
                process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def end_with_supervisor() -> None:
    """In a child: end politely when the supervisor is gone, and at once where that takes too long. Without a supervisor nothing happens."""
    number = os.environ.pop(LIFELINE, "")
    if number.isdecimal():
        os.set_inheritable(int(number), False)
        threading.Thread(target=_wait_for_the_end, args=(int(number),), name="lifeline", daemon=True).start()


def _wait_for_the_end(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


def children(only: str | None = None) -> list[Child]:
    """The processes of a site: `web`, `reports`, or both."""
    modules = {"web": "kiosk.serve", "reports": "reports.serve"}
    return [Child(name, [sys.executable, "-m", module]) for name, module in modules.items() if only in (None, name)]
