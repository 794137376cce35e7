"""Scans that wait at the same moment share one transaction (docs/adr/0014): one commit for all, and one answer each.

A single thread takes whatever is waiting, hands it to the scan service, and paints the answers after the commit. Where a batch fails,
its scans are replayed one by one, so that a bad one fails alone.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from access_log.db import transaction
from access_log.services.scan_values import ReadScan, ScanAnswer
from access_log.services.scans import record_scans

log = logging.getLogger("kiosk.batcher")
MOST = 64
"""Scans in one transaction. More would make the last one wait for the first ones' statements."""

Told = dict[str, Any]
Waiting = tuple[ReadScan, "asyncio.Future[Told]"]
Settled = tuple["asyncio.Future[Told]", Told | Exception]


class Batcher:
    """`await submit(scan)` returns what the kiosk is told, after the commit, or raises what the database raised.

    `tell` is called after each commit, with the scans and their answers, and returns what each kiosk is told.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], tell: Callable[[Sequence[ReadScan], Sequence[ScanAnswer]], list[Told]]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._tell = tell
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work; once."""
        self._thread = threading.Thread(target=self._run, name="scans", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=10)

    async def submit(self, scan: ReadScan) -> Told:
        """What the kiosk is told about one scan, committed."""
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._queue.put((scan, future))
        return await future

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            stopping = self._take_waiting(batch)
            _hand_out(self._settle(batch))
            if stopping:
                return

    def _take_waiting(self, batch: list[Waiting]) -> bool:
        """Add what already waits, without waiting for more. True when told to stop."""
        while len(batch) < MOST:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return False
            if item is None:
                return True
            batch.append(item)
        return False

    def _settle(self, batch: list[Waiting]) -> list[Settled]:
        try:
            told = self._record([scan for scan, _future in batch])
        except Exception:  # whatever it was, each scan gets its own try and its own error
            log.info("a batch of %d scans is replayed one by one", len(batch))
            return [(future, self._alone(scan)) for scan, future in batch]
        return [(future, each) for (_scan, future), each in zip(batch, told, strict=True)]

    def _alone(self, scan: ReadScan) -> Told | Exception:
        try:
            return self._record([scan])[0]
        except Exception:
            try:
                return self._record([scan])[0]
            except Exception as error:
                return error

    def _record(self, scans: list[ReadScan]) -> list[Told]:
        with transaction(self._engine, first=True) as session:
            answers = record_scans(session, scans, self._clock())
        return self._tell(scans, answers)


def _hand_out(settled: Sequence[Settled]) -> None:
    """Wake each event loop once, not once for every answer."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Settled]] = defaultdict(list)
    for future, told in settled:
        by_loop[future.get_loop()].append((future, told))
    for loop, mine in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_answer_all, mine)


def _answer_all(settled: Sequence[Settled]) -> None:
    for future, told in settled:
        if future.done():
            continue  # whoever asked has gone
        if isinstance(told, Exception):
            future.set_exception(told)
        else:
            future.set_result(told)
