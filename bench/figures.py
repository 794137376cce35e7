"""How a benchmark says what it found: the command, the machine, medians, ratios, and each figure beside its target."""

import argparse
import os
import platform
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pysqlite3 import dbapi2

from bench.site import DATABASES


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure has to be."""

    limit: float
    at_least: bool = False

    def reached(self, value: float) -> bool:
        """Whether it is."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"target {'>=' if self.at_least else '<='} {self.limit:g}"


def figure(name: str, values: Sequence[float], unit: str = "", target: Target | None = None) -> float:
    """Print the median of some values, all of them where there are several, and the verdict. Returns the median."""
    value = median(values)
    every = f"  ({' '.join(f'{each:.4g}' for each in values)})" if len(values) > 1 else ""
    verdict = f"  {target}: {'reached' if target.reached(value) else 'MISSED'}" if target else ""
    print(f"  {name:<58} {value:>9.4g} {unit:<6}{verdict}{every}", flush=True)
    return value


def pairs(rounds: int, first: Callable[[], float], second: Callable[[], float]) -> list[tuple[float, float]]:
    """Measure two things by turns, so that whatever else the machine does meets both; each round in the other order."""
    found = []
    for number in range(rounds):
        if number % 2:
            later, sooner = second(), first()
            found.append((sooner, later))
        else:
            found.append((first(), second()))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def options(text: str | None, **numbers: int) -> argparse.Namespace:
    """The command line: --database, and --<name> with its default for each number. Prints the command and the machine."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default}")
    chosen = parser.parse_args()
    chosen.databases = DATABASES if chosen.database == "both" else (chosen.database,)
    module = sys.modules["__main__"].__spec__
    print(f"$ python -m {module.name if module else '?'} {shlex.join(sys.argv[1:])}")
    for line in machine():
        print(f"# {line}")
    return chosen


def machine() -> list[str]:
    """What the figures were taken on. The speeds are of this moment: a shared machine is not always the same."""
    return [
        f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, SQLite {dbapi2.sqlite_version}",
        f"one Ed25519 check {_timed(_check()) * 1e6:.0f} us, a thousand turns of a loop {_timed(_turns) * 1e6:.0f} us, "
        f"4 kB written and synced {_synced() * 1e6:.0f} us",
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _timed(act: Callable[[], Any], times: int = 200) -> float:
    """The median of some runs, in seconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return median(took)


def _check() -> Callable[[], None]:
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key(), key.sign(b"a pass")
    return lambda: public.verify(signature, b"a pass")


def _turns() -> None:
    for _ in range(1000):
        pass


def _synced() -> float:
    with tempfile.TemporaryFile() as file:

        def write() -> None:
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fdatasync(file.fileno())

        return _timed(write)
