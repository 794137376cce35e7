"""Several web processes on one PostgreSQL: each tells the others that something changed, and hears it from them.

Said after the commit, never in it: NOTIFY inside a transaction lets only one of them commit at a time. What is said is the number of a
site and of a customer, so nobody who listens learns more than that something happened.
"""

import logging
import queue
import re
import secrets
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk.web.live import EVERY_SITE, EVERYBODY

log = logging.getLogger("kiosk.notify")
CHANNEL = "access_log_changed"
CHANGE = re.compile(r"([0-9a-f]{8}):(\d{1,10}):(-?\d{1,10})", re.ASCII)
TOGETHER = 0.05
"""Seconds in which changes are gathered into one message for each site and customer."""
LISTENING = 0.5
"""Seconds between two looks at whether to stop."""
AGAIN = 1.0
"""Seconds before a lost connection is tried again."""


class Neighbours:
    """The other web processes. `heard` is called with a site and a customer (kiosk/web/live.py), from a thread of its own."""

    def __init__(self, engine: Engine, heard: Callable[[int, int], None]) -> None:
        self._engine = engine
        self._heard = heard
        self._me = secrets.token_hex(4)
        self._changes: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._tell_all, "tell"), (self._listen_always, "listen"))
        ]
        self.listening = threading.Event()

    def start(self) -> None:
        """Begin to talk; once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads."""
        self._stopping.set()
        self._changes.put(None)
        for thread in self._threads:
            thread.join(timeout=5)

    def tell(self, site_id: int, customer_id: int) -> None:
        """Something changed. Returns at once; a message that is lost costs a page its next heartbeat."""
        self._changes.put((site_id, customer_id))

    def _tell_all(self) -> None:
        while (first := self._changes.get()) is not None:
            self._stopping.wait(TOGETHER)
            changes = {first}
            while not self._changes.empty():
                change = self._changes.get()
                if change is None:
                    return
                changes.add(change)
            self._say(changes)

    def _say(self, changes: set[tuple[int, int]]) -> None:
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for site, customer in sorted(changes):
                    said = {"channel": CHANNEL, "said": f"{self._me}:{site}:{customer}"}
                    connection.execute(text("select pg_notify(:channel, :said)"), said)
        except SQLAlchemyError:
            log.warning("the other web processes could not be told")

    def _listen_always(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, psycopg.Error):
                log.warning("the other web processes cannot be heard; trying again")
            self.listening.clear()
            self._stopping.wait(AGAIN)

    def _listen(self) -> None:
        with self._engine.connect() as borrowed:
            driver = borrowed.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            borrowed.detach()  # held for good: it must not be missing from the pool
            driver.rollback()
            driver.autocommit = True
            driver.execute(f"listen {CHANNEL}")
            self.listening.set()
            self._heard(EVERY_SITE, EVERYBODY)  # whatever was said while nobody listened
            while not self._stopping.is_set():
                for note in driver.notifies(timeout=LISTENING):
                    said = CHANGE.fullmatch(note.payload)
                    if said and said[1] != self._me:
                        self._heard(int(said[2]), int(said[3]))
