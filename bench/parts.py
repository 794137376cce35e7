"""Where the time of a scan goes: each part done by itself in this process; what is left of the web process's time is HTTP."""

import time
from collections.abc import Sequence
from uuid import uuid4

from access_log.db import reading, transaction
from access_log.rings import fixed
from access_log.runtime import utc_now
from access_log.services.scan_values import ReadScan
from access_log.services.scans import read_code, record_scans
from bench.figures import figure
from bench.people import Ready, visits
from bench.site import Site
from kiosk.lobby import answers
from kiosk.web.state import State

BATCHES = 20


def show(of: Site, whole: float, size: int) -> None:
    """Processor time of each part, in microseconds a scan, at batches of `size`; `whole` is what the web process takes for a scan."""
    parts = Parts(of)
    passes = visits(of, size * (BATCHES + 1), inside=True)
    for start in range(0, len(passes), size):
        parts.batch(passes[start : start + size])
        if not start:
            parts.spent = dict.fromkeys(parts.spent, 0.0)  # the first one compiles the statements
    each = {name: seconds / (size * BATCHES) * 1e6 for name, seconds in parts.spent.items()}
    for name, microseconds in each.items():
        figure(f"  of which {name}", [microseconds], "us")
    figure("  the rest: HTTP, waiting for one another, the log", [whole - sum(each.values())], "us")


class Parts:
    """Does a batch of exits part by part, and keeps what each took of this thread's time."""

    def __init__(self, of: Site) -> None:
        self.of = of
        self.state = State(of.engine, fixed(of.ring), of.settings, utc_now)
        self.spent = {"checking the signature": 0.0, "deciding and recording, with the commit": 0.0, "painting the answer": 0.0}

    def batch(self, passes: Sequence[Ready]) -> None:
        """One batch, each scan at a kiosk of its own."""
        marks = [time.thread_time()]
        reads = [self._read(place, ready) for place, ready in enumerate(passes)]
        marks.append(time.thread_time())
        with transaction(self.of.engine) as session:
            given = record_scans(session, reads, utc_now())
        marks.append(time.thread_time())
        with reading(self.of.engine) as session:
            answers.painted(session, self.state, [(scan.kiosk_id, answer) for scan, answer in zip(reads, given, strict=True)])
        marks.append(time.thread_time())
        for name, begin, end in zip(self.spent, marks, marks[1:], strict=False):
            self.spent[name] += end - begin

    def _read(self, place: int, ready: Ready) -> ReadScan:
        kiosk_id = self.of.kiosks[place % len(self.of.kiosks)][0]
        return read_code(self.of.ring, kiosk_id=kiosk_id, nonce=str(uuid4()), text=ready.text, typed=False)
