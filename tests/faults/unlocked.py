"""The same code without its locks: the control of what races, in tests and in bench/race.py."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlmodel import Session


@contextmanager
def unlocked(engine: Engine) -> Iterator[Session]:
    """A transaction as one would write it without knowing: deferred on SQLite, and nobody waits for anybody."""
    with Session(engine.execution_options(readonly=True), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def nothing_locked() -> Iterator[None]:
    """`select … for update` reads and locks nothing. (Left out where statements become text: some were built long ago.)"""
    kept = PGCompiler.for_update_clause
    PGCompiler.for_update_clause = lambda _self, _select, **_options: ""  # type: ignore[method-assign]
    try:
        yield
    finally:
        PGCompiler.for_update_clause = kept  # type: ignore[method-assign]
