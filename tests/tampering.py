"""What somebody with the database's highest rights can do to the record: past triggers and grants, straight to the rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlmodel import Session

from access_log.db import transaction


@contextmanager
def unguarded(engine: Engine) -> Iterator[Session]:
    """A transaction without triggers and foreign keys, as an owner or superuser may have it."""
    if engine.dialect.name == "postgresql":
        with transaction(engine) as session:
            session.execute(text("set local session_replication_role = replica"))
            yield session
        return
    with transaction(engine) as session:
        session.execute(text("pragma defer_foreign_keys = on"))
        kept = session.execute(text("select name, sql from sqlite_master where type = 'trigger'")).all()
        for name, _sql in kept:
            session.execute(text(f"drop trigger {name}"))
        yield session
        for _name, sql in kept:
            session.execute(text(sql))
