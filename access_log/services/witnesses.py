"""Kiosks as witnesses: each keeps the newest head, demands that the next one begins with it, and signs what it saw (docs/record.md).

Whoever sets the record back or rewrites it has to do so at every kiosk, too, within the minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.crypto.checkpoint import COSIGNATURE, LogKeys, Note, NoteError, Verifier
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Kiosk, RecordCosignature, RecordWitness
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, EventType
from access_log.services import events, record_tree
from access_log.services.record_tree import Consistency

KEPT_EVERY = timedelta(minutes=10)
SILENT_AFTER = timedelta(minutes=3)
"""A kiosk asks every 45 seconds."""
DISPUTED_AGAIN = timedelta(hours=1)
FAULTS = frozenset({"unreadable", "another_record", "not_signed", "rolled_back", "rewritten"})


def name_of(keys: LogKeys, kiosk: Kiosk) -> str:
    """The name under which a kiosk signs."""
    return f"{keys.origin}/kiosk/{kiosk.id}"


def shown(session: Session, *, old: int) -> Consistency | None:
    """The newest head, and the proof that it begins with the record of `old` entries. Without a proof where it does not reach that far."""
    newest = record_tree.head(session)
    if newest is None:
        return None
    if old > newest.size:
        return Consistency(old, newest.size, [], newest.note)
    return record_tree.consistency(session, old=old)


def cosigned(session: Session, keys: LogKeys, *, kiosk: Kiosk, key: bytes, text: str, now: datetime) -> None:
    """Take a head with a kiosk's signature under it.

    The first key of an enrolment stays its key, and it only goes on: ConflictError("another_key"), ConflictError("older_head").
    Raises RefusedInputError for a signature that is none.
    """
    note, size = _checked(keys, Verifier(name_of(keys, kiosk), key, COSIGNATURE), text)
    witness = session.get(RecordWitness, kiosk.id, with_for_update=True)
    if witness is None or (kiosk.enrolled_at is not None and witness.since < kiosk.enrolled_at):
        witness = session.merge(RecordWitness(kiosk_id=kiosk.id or 0, site_id=kiosk.site_id, public_key=key, since=now))
    if witness.public_key not in (key, b""):  # empty where it disputed before it ever signed
        raise ConflictError("another_key")
    if size < witness.size:
        raise ConflictError("older_head")
    witness.public_key, witness.size, witness.note, witness.seen_at = key, size, note, now
    witness.disputed_at, witness.disputed = None, ""
    session.add(witness)
    session.flush()
    newest = select(RecordCosignature.at).where(RecordCosignature.kiosk_id == kiosk.id).order_by(col(RecordCosignature.id).desc()).limit(1)
    last = session.exec(newest).first()
    if last is None or now - last >= KEPT_EVERY:
        session.add(RecordCosignature(site_id=kiosk.site_id, kiosk_id=kiosk.id or 0, size=size, note=note, at=now))


def _checked(keys: LogKeys, verifier: Verifier, text: str) -> tuple[str, int]:
    """The whole note and its size, once both signatures are good: ours under the head, the kiosk's beside it."""
    try:
        note = Note.parse(text)
        signed = keys.recognise(str(Note(note.text, note.lines[:2])))
    except NoteError:
        raise RefusedInputError("note", "invalid") from None
    if len(note.lines) != 3 or note.signed_by(verifier) is None:
        raise RefusedInputError("note", "invalid")
    return text, signed.head.size


def disputed(session: Session, *, kiosk: Kiosk, fault: str, now: datetime) -> None:
    """A kiosk says that the record no longer fits what it has seen: shown at once, recorded at most once an hour."""
    if fault not in FAULTS:
        raise RefusedInputError("fault", "enum")
    witness = session.get(RecordWitness, kiosk.id, with_for_update=True)
    if witness is None:
        witness = RecordWitness(kiosk_id=kiosk.id or 0, site_id=kiosk.site_id, public_key=b"", since=now)
    known = witness.disputed == fault and witness.disputed_at is not None and now - witness.disputed_at < DISPUTED_AGAIN
    if known:
        return
    witness.disputed_at, witness.disputed = now, fault
    session.add(witness)
    session.flush()
    detail = {"kiosk": kiosk.id, "fault": fault, "size": witness.size}
    actor = Actor(ActorKind.KIOSK, kiosk.id, kiosk.site_id)
    events.record(session, EventType.RECORD_DISPUTED, site_id=kiosk.site_id, now=now, actor=actor, door_id=kiosk.door_id, detail=detail)


@dataclass(frozen=True, slots=True)
class Watching:
    """A kiosk in service and what it has witnessed. `state`: watching, silent, disputes, never."""

    kiosk: Kiosk
    witness: RecordWitness | None
    state: str


def listed(session: Session, *, site_id: int, now: datetime) -> Sequence[Watching]:
    """Every enrolled kiosk of a site."""
    statement = (
        select(Kiosk, RecordWitness)
        .outerjoin(RecordWitness, col(RecordWitness.kiosk_id) == col(Kiosk.id))
        .where(Kiosk.site_id == site_id, col(Kiosk.credential_digest).is_not(None), col(Kiosk.revoked_at).is_(None))
        .order_by(col(Kiosk.code))
    )
    return [Watching(kiosk, witness, _state(witness, now)) for kiosk, witness in session.exec(statement)]


def _state(witness: RecordWitness | None, now: datetime) -> str:
    if witness is not None and witness.disputed:
        return "disputes"
    if witness is None or witness.seen_at is None:
        return "never"
    return "watching" if now - witness.seen_at <= SILENT_AFTER else "silent"
