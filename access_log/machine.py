"""What the machine says about its clock: how long it has run, since which start, and whether a time server leads it."""

import ctypes
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from access_log.policy.trusted_time import Tick

BOOT = Path("/proc/sys/kernel/random/boot_id")
UNSYNCHRONISED = 5
"""What adjtimex answers where nothing has led the clock for a while (TIME_ERROR)."""
TIMEX_BYTES = 512


def tick(clock: Callable[[], datetime]) -> Tick:
    """One look. Time that the machine slept through counts."""
    return Tick(clock(), time.clock_gettime(time.CLOCK_BOOTTIME), boot(), led())


@cache
def boot() -> str:
    """Which start of the machine this is."""
    try:
        return BOOT.read_text(encoding="ascii").strip()[:36]
    except OSError:
        return f"{time.time() - time.clock_gettime(time.CLOCK_BOOTTIME):.0f}"[:36]


def led() -> bool:
    """Whether the kernel says that a time server leads the clock. Asks only, changes nothing."""
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= int(answer) < UNSYNCHRONISED
