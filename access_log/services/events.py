"""Everything that happens is written here: the event people work with and, in the same transaction, its record entry.

The sealer that puts pending entries under signed checkpoints reads `record_pending`; nothing here waits for it.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from access_log.crypto.record import canonical_json, leaf_hash
from access_log.models import AccessEvent, RecordEntry, RecordPending, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import ActorKind, Direction, EventType, HowKnown, Outcome


def record(
    session: Session,
    type_: EventType,
    *,
    site_id: int,
    now: datetime,
    actor: Actor | None = None,
    visit: Visit | None = None,
    subject_id: UUID | None = None,
    customer_id: int | None = None,
    door_id: int | None = None,
    outcome: Outcome | None = None,
    direction: Direction | None = None,
    known: HowKnown | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AccessEvent:
    """Write one event and its record entry, both flushed: if the record cannot be written, the act does not happen.

    `detail` takes codes, numbers and opaque ids only.
    """
    actor = actor or system(site_id)
    event = AccessEvent(
        site_id=site_id,
        type=type_,
        at=now,
        visit_id=visit.id if visit else None,
        subject_id=subject_id or (visit.subject_id if visit else None),
        customer_id=visit.customer_id if visit else customer_id,
        door_id=door_id,
        outcome=outcome,
        direction=direction,
        known=known,
        actor_kind=actor.kind,
        actor_id=actor.id,
        detail=dict(detail or {}),
    )
    session.add(event)
    session.flush()
    body = entry_body(event)
    entry = RecordEntry(site_id=site_id, body=body, leaf_hash=leaf_hash(body))
    session.add(entry)
    session.flush()
    assert entry.id is not None
    session.add(RecordPending(entry_id=entry.id, site_id=site_id))
    session.flush()
    return event


@dataclass(frozen=True, slots=True)
class Fact:
    """An event that is no row yet, for where thousands are written at once: building a row object costs more than storing it."""

    site_id: int
    type: EventType
    at: datetime
    actor_kind: ActorKind
    actor_id: int | None
    subject_id: UUID | None = None
    customer_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    visit_id: UUID | None = None
    door_id: int | None = None
    kiosk_id: int | None = None
    kiosk_seq: int | None = None
    nonce: str | None = None
    pass_digest: bytes | None = None
    outcome: Outcome | None = None
    direction: Direction | None = None
    known: HowKnown | None = None


def entry_body(event: AccessEvent | Fact, *, previous: bytes = b"") -> bytes:
    """Canonical JSON of an event, without identity. 16 random bytes keep its hash from being guessed once the body is pruned."""
    fields: dict[str, Any] = {
        "type": event.type.value,
        "at": event.at.astimezone(UTC).isoformat(),
        "site": event.site_id,
        "customer": event.customer_id,
        "door": event.door_id,
        "kiosk": event.kiosk_id,
        "kiosk_seq": event.kiosk_seq,
        "kiosk_prev": text(previous) if previous else None,
        "visit": str(event.visit_id) if event.visit_id else None,
        "subject": str(event.subject_id) if event.subject_id else None,
        "pass": text(event.pass_digest) if event.pass_digest else None,
        "outcome": event.outcome.value if event.outcome else None,
        "direction": event.direction.value if event.direction else None,
        "known": event.known.value if event.known else None,
        "actor": event.actor_kind.value,
        "actor_id": event.actor_id,
        "detail": event.detail or None,
        "n": text(os.urandom(16)),
    }
    return canonical_json({key: value for key, value in fields.items() if value is not None})


def text(data: bytes) -> str:
    """Bytes as base64 without padding, as everywhere in the record."""
    return base64.b64encode(data).decode().rstrip("=")
