"""Many rows by one statement a table, so that a long list does not hold up the doors; events and their record entries among them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from access_log.crypto.record import leaf_hash
from access_log.models import AccessEvent, RecordEntry, RecordPending
from access_log.models.base import table
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType
from access_log.services import events
from access_log.services.events import Fact

AT_ONCE = 500
"""Parameters of one IN list."""
T = TypeVar("T")
_COLUMNS = [column.name for column in table(AccessEvent).columns if column.name != "id"]


def insert_many(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as column → value."""
    if rows:
        session.execute(insert(table(model)), list(rows))


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in pieces short enough for one IN list."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def record_many(session: Session, facts: Sequence[Fact]) -> None:
    """As `events.record`: each fact with its record entry, in this order."""
    store_facts(session, facts, [events.entry_body(fact) for fact in facts])


def store_facts(session: Session, facts: Sequence[Fact], bodies: Sequence[bytes]) -> None:
    """Facts as events, and beside them their record entries with these bodies."""
    if not facts:
        return
    insert_many(session, AccessEvent, [{name: getattr(fact, name) for name in _COLUMNS} for fact in facts])
    entry = table(RecordEntry)
    rows = [{"site_id": fact.site_id, "body": body, "leaf_hash": leaf_hash(body)} for fact, body in zip(facts, bodies, strict=True)]
    made = session.execute(insert(entry).returning(entry.c.id, entry.c.site_id), rows).all()
    insert_many(session, RecordPending, [{"entry_id": id_, "site_id": site_id} for id_, site_id in made])


def fact(
    type_: EventType,
    *,
    actor: Actor,
    now: datetime,
    subject_id: UUID | None = None,
    customer_id: int | None,
    detail: Mapping[str, Any],
) -> Fact:
    """What an actor did, for `record_many`. `detail` takes codes, numbers and opaque ids only."""
    return Fact(actor.site_id, type_, now, actor.kind, actor.id, subject_id, customer_id, detail)
