"""Tell open pages that something changed: consoles of anything at their site, a portal of its own company's matters alone.

Carries a site and a customer, never data: the page asks for what it may see.
"""

import asyncio
import contextlib
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
OPERATOR, EVERYBODY = 0, -1
"""Instead of a customer's number: a matter of no customer, which consoles alone hear of; and one of all."""


@dataclass(eq=False)
class Listener:
    """One open page; `customer_id` where it is a contact's."""

    loop: asyncio.AbstractEventLoop
    site_id: int
    customer_id: int | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def concerned(self, site_id: int, customer_id: int) -> bool:
        """Whether a change there may show on this page."""
        here = site_id in (self.site_id, EVERY_SITE)
        return here and (self.customer_id is None or customer_id in (self.customer_id, EVERYBODY))

    def wake(self) -> None:
        """From any thread. What was committed stays done: a page whose loop has ended is no error."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.changed.set)


class Live:
    """The hub of one process. `relay` takes a change further: to the other web processes, where there are some (kiosk/web/notify.py)."""

    def __init__(self) -> None:
        self.relay: Callable[[int, int], None] | None = None
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._closing = False

    @property
    def open_pages(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._listeners)

    def publish(self, site_id: int, customer_id: int = OPERATOR) -> None:
        """Something at the site changed, a customer's matter or the operator's. From any thread, after the commit."""
        self.wake(site_id, customer_id)
        if self.relay is not None:
            self.relay(site_id, customer_id)

    def publish_all(self) -> None:
        """As `publish`, for the consoles of every site of this installation."""
        self.publish(EVERY_SITE)

    def wake(self, site_id: int, customer_id: int = OPERATOR) -> None:
        """Tell this process's own pages."""
        with self._lock:
            for listener in self._listeners:
                if listener.concerned(site_id, customer_id):
                    listener.wake()

    def close(self) -> None:
        """Let every open stream end: the process is stopping."""
        self._closing = True
        self.wake(EVERY_SITE, EVERYBODY)

    async def stream(self, site_id: int, customer_id: int | None = None) -> AsyncIterator[bytes]:
        """Server-sent events for a console, or for the pages of a customer's contact.

        `changed` at once and after each change (several within 100 ms become one), `still-here` as heartbeat.

        The first `changed` is the catch-up of whoever was cut off: no list of what was missed is needed, the page looks again.
        """
        listener = Listener(asyncio.get_running_loop(), site_id, customer_id)
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
