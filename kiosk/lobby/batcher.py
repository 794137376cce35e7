"""Scans that wait at the same moment share one transaction (docs/adr/0014): one commit for all, and one answer each.

A single thread takes whatever is waiting and hands it to the scan service. Where a batch fails, its scans are replayed one by
one, so that a bad one fails alone.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime

from sqlalchemy import Engine

from access_log.db import transaction
from access_log.services.scan_values import ReadScan, ScanAnswer
from access_log.services.scans import record_scans

log = logging.getLogger("kiosk.batcher")
MOST = 64
"""Scans in one transaction. More would make the last one wait for the first ones' statements."""

Waiting = tuple[ReadScan, "Future[ScanAnswer]"]


class Batcher:
    """`await submit(scan)` returns its answer after the commit, or raises what the database raised."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], committed: Callable[[Iterable[ScanAnswer]], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._committed = committed
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.batches = 0
        self.scans = 0

    def start(self) -> None:
        """Begin to work; once."""
        self._thread = threading.Thread(target=self._run, name="scans", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=10)

    async def submit(self, scan: ReadScan) -> ScanAnswer:
        """The answer to one scan, committed."""
        future: Future[ScanAnswer] = Future()
        self._queue.put((scan, future))
        return await asyncio.wrap_future(future)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            stopping = self._take_waiting(batch)
            self._settle(batch)
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

    def _settle(self, batch: list[Waiting]) -> None:
        try:
            answers = self._record([scan for scan, _future in batch])
        except Exception:  # whatever it was, each scan gets its own try and its own error
            log.info("a batch of %d scans is replayed one by one", len(batch))
            for scan, future in batch:
                self._settle_alone(scan, future)
            return
        for (_scan, future), answer in zip(batch, answers, strict=True):
            _answer(future, answer)

    def _settle_alone(self, scan: ReadScan, future: "Future[ScanAnswer]") -> None:
        for last in (False, True):
            try:
                _answer(future, self._record([scan])[0])
                return
            except Exception as error:
                if last and future.set_running_or_notify_cancel():
                    future.set_exception(error)

    def _record(self, scans: list[ReadScan]) -> list[ScanAnswer]:
        with transaction(self._engine) as session:
            answers = record_scans(session, scans, self._clock())
        self.batches += 1
        self.scans += len(scans)
        self._committed(answers)
        return answers


def _answer(future: "Future[ScanAnswer]", answer: ScanAnswer) -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(answer)
