"""Tell open consoles that something changed. Carries a site and a topic, never data: the page asks for what it may see."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

HEARTBEAT = 15.0
TOGETHER = 0.1
"""Seconds in which changes are gathered into one event."""
CHANGED = b"event: changed\ndata: 1\n\n"
STILL_HERE = b"event: still-here\ndata: 1\n\n"
EVERY_SITE = 0
"""Instead of a site's number: all of this installation."""


@dataclass(eq=False)
class Listener:
    """One open page."""

    loop: asyncio.AbstractEventLoop
    site_id: int
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """From any thread."""
        self.loop.call_soon_threadsafe(self.changed.set)


class Live:
    """The hub of one process. `relay` takes a change further: to the other web processes, where there are some (kiosk/web/notify.py)."""

    def __init__(self) -> None:
        self.relay: Callable[[int], None] | None = None
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._closing = False

    @property
    def open_pages(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._listeners)

    def publish(self, site_id: int) -> None:
        """Something at the site changed. From any thread, after the commit."""
        self.wake(site_id)
        if self.relay is not None:
            self.relay(site_id)

    def publish_all(self) -> None:
        """As `publish`, for every site of this installation."""
        self.publish(EVERY_SITE)

    def wake(self, site_id: int) -> None:
        """Tell this process's own pages."""
        with self._lock:
            for listener in self._listeners:
                if site_id in (listener.site_id, EVERY_SITE):
                    listener.wake()

    def close(self) -> None:
        """Let every open stream end: the process is stopping."""
        self._closing = True
        self.wake(EVERY_SITE)

    async def stream(self, site_id: int) -> AsyncIterator[bytes]:
        """Server-sent events: `changed` at once and after each change (several within 100 ms become one), `still-here` as heartbeat.

        The first `changed` is the catch-up of whoever was cut off: no list of what was missed is needed, the page looks again.
        """
        listener = Listener(asyncio.get_running_loop(), site_id)
        with self._lock:
            self._listeners.add(listener)
        try:
            yield b"retry: 2000\n" + CHANGED
            while not self._closing:
                try:
                    await asyncio.wait_for(listener.changed.wait(), HEARTBEAT)
                except TimeoutError:
                    yield STILL_HERE
                    continue
                await asyncio.sleep(TOGETHER)
                listener.changed.clear()
                if not self._closing:
                    yield CHANGED
        finally:
            with self._lock:
                self._listeners.discard(listener)
