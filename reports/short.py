"""Transactions of a process that is not the web: short, and followed by a rest, because scans come first (docs/adr/0003)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from access_log.db import transaction

REST = 4
"""A rest is at least so many times as long as the transaction before it."""
LONGEST_REST = 2.0


@contextmanager
def resting(engine: Engine) -> Iterator[Session]:
    """A transaction; on SQLite, where it locks out every other writer, a rest after it."""
    began = time.monotonic()
    with transaction(engine) as session:
        yield session
    if engine.dialect.name == "sqlite":
        time.sleep(min(REST * (time.monotonic() - began), LONGEST_REST))
