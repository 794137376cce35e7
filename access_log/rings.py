"""The ring of a running process: read again when another one has changed it."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field, replace

from access_log.crypto.errors import CryptoError
from access_log.crypto.ring import KeyKind, KeyRing, Purpose
from access_log.crypto.ring_store import RingStore

log = logging.getLogger("access_log.rings")
LONGEST_STALE = 24 * 3600.0
"""Seconds that a process goes on with a ring whose newer one it cannot read. A KEK lives on for days after it was followed by
another, so nothing is ever sealed under one that has been destroyed meanwhile."""
SAID_AGAIN = 60.0

Rings = Callable[[], KeyRing]
"""Where something that runs for long gets its ring from, each time it begins anew."""


@dataclass
class LiveRing:
    """The ring as it is now. Calling it costs a look at the store; the ring is read again only where that has changed."""

    store: RingStore
    only: Collection[Purpose | KeyKind] | None = None
    _ring: KeyRing | None = None
    _seen: Hashable = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _failing_since: float = 0.0
    _said_at: float = 0.0

    def opened(self) -> "LiveRing":
        """Itself, read once. Raises what the store raises."""
        self()
        return self

    def __call__(self) -> KeyRing:
        """The ring. Raises what the store raises: at once where it was never read, after a day where a newer one cannot be."""
        if self._ring is None or self._stamp() != self._seen:
            with self._lock:
                stamp = self._stamp()
                if self._ring is None or stamp != self._seen:
                    self._read(stamp)
        assert self._ring is not None
        return self._ring

    def _stamp(self) -> Hashable:
        try:
            return self.store.stamp()
        except OSError:
            return None

    def _read(self, stamp: Hashable) -> None:
        try:
            ring = self.store.load()
        except CryptoError as error:
            self._put_up_with(error)
            return
        self._ring = replace(ring if self.only is None else ring.subset(self.only), renew=self)
        self._seen, self._failing_since = stamp, 0.0

    def _put_up_with(self, error: CryptoError) -> None:
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if self._ring is None or now - self._failing_since > LONGEST_STALE:
            raise error
        if now - self._said_at > SAID_AGAIN:
            self._said_at = now
            log.error("the key ring was changed and cannot be read (%s); going on with the one before, for a day at most", error)


def fixed(ring: KeyRing) -> Rings:
    """A ring that is what it is."""
    return lambda: ring
