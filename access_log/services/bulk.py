"""What vault and events do for one, for many at once: one statement a table, so that a long list does not hold up the doors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, update
from sqlmodel import Session, SQLModel, col, select

from access_log.crypto.blind import IndexKind, blind_candidates, blind_index, normalise
from access_log.crypto.envelope import Sealed, commitment, seal
from access_log.crypto.record import leaf_hash
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import AccessEvent, BlindIndex, RecordEntry, RecordPending, StoredSecret, Subject, VaultItem, VaultLabel
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.policy.names import mask_name
from access_log.services import events, vault
from access_log.services.events import Fact
from access_log.services.scan_rows import table

AT_ONCE = 500
"""Parameters of one IN list."""
T = TypeVar("T")
_COLUMNS = [column.name for column in table(AccessEvent).columns if column.name != "id"]


@dataclass(frozen=True, slots=True, repr=False)
class NewPerson:
    """Somebody to seal, with the opaque id they get."""

    customer_id: int
    name: str
    mail: str
    phone: str
    subject_id: UUID = field(default_factory=uuid4)


def insert_many(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as column → value."""
    if rows:
        session.execute(insert(table(model)), list(rows))


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in pieces short enough for one IN list."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def record_many(session: Session, facts: Sequence[Fact]) -> None:
    """As `events.record`: each fact with its record entry, in this order."""
    insert_many(session, AccessEvent, [{name: getattr(fact, name) for name in _COLUMNS} for fact in facts])
    bodies = [(fact.site_id, events.entry_body(fact)) for fact in facts]
    entry = table(RecordEntry)
    rows = [{"site_id": site_id, "body": body, "leaf_hash": leaf_hash(body)} for site_id, body in bodies]
    if rows:
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


def register_many(session: Session, ring: KeyRing, *, people: Sequence[NewPerson], kind: SubjectKind, actor: Actor, now: datetime) -> None:
    """As `vault.new_subject` and `vault.register`, for many people of one site."""
    where = {"site_id": actor.site_id}
    insert_many(
        session,
        Subject,
        [where | {"id": each.subject_id, "kind": kind, "customer_id": each.customer_id, "created_at": now} for each in people],
    )
    names = [_sealed(ring, each, Purpose.IDENTITY, Item.NAME, each.name) for each in people]
    contacts = [_sealed(ring, each, Purpose.IDENTITY, Item.CONTACT, vault.contact_text(each.mail, each.phone)) for each in people]
    labels = [_sealed(ring, each, Purpose.LABEL, Item.LABEL, mask_name(each.name)) for each in people]
    for item, sealed in ((Item.NAME, names), (Item.CONTACT, contacts)):
        insert_many(session, VaultItem, [_row(each, made, now) | where | {"item": item} for each, made in zip(people, sealed, strict=True)])
    insert_many(session, VaultLabel, [_row(each, made, now) | where for each, made in zip(people, labels, strict=True)])
    insert_many(session, BlindIndex, [where | row for each in people for row in _index(ring, actor.site_id, each)])
    record_many(session, [_registered(ring, each, made, kind, actor, now) for each, made in zip(people, names, strict=True)])


def _sealed(ring: KeyRing, person: NewPerson, purpose: Purpose, item: Item, text: str) -> Sealed:
    return seal(ring, purpose=purpose, subject=person.subject_id, item=item.value, plaintext=text.encode("utf-8"))


def _row(person: NewPerson, sealed: Sealed, now: datetime) -> dict[str, Any]:
    return {"subject_id": person.subject_id, "sealed_at": now, **vault.columns_of(sealed)}


def _index(ring: KeyRing, site_id: int, person: NewPerson) -> Iterator[dict[str, Any]]:
    version, _key = ring.kek(Purpose.INDEX)
    for kind, value in ((IndexKind.MAIL, person.mail), (IndexKind.PHONE, person.phone)):
        if value:
            digest = blind_index(ring, site_id=site_id, kind=kind, value=value)
            yield {"kind": kind.value, "value": digest, "kek_version": version, "subject_id": person.subject_id}


def _registered(ring: KeyRing, person: NewPerson, sealed: Sealed, kind: SubjectKind, actor: Actor, now: datetime) -> Fact:
    name = person.name.encode("utf-8")
    proof = commitment(ring, sealed, purpose=Purpose.IDENTITY, subject=person.subject_id, item=Item.NAME.value, field="name", value=name)
    detail = {"kind": kind.value, "name": events.text(proof)}
    return fact(
        EventType.IDENTITY_REGISTERED,
        actor=actor,
        now=now,
        subject_id=person.subject_id,
        customer_id=person.customer_id,
        detail=detail,
    )


def find_many(
    session: Session, ring: KeyRing, *, site_id: int, kind: IndexKind, values: Sequence[str], of: SubjectKind
) -> dict[str, list[Subject]]:
    """As `vault.find_subjects`, for many values: each that is known, in its normalised spelling, with the subjects that have it."""
    spelt = {normalise(kind, value) for value in values}
    wanted = {digest: value for value in spelt for digest in blind_candidates(ring, site_id=site_id, kind=kind, value=value)}
    found: dict[str, list[Subject]] = {}
    for chunk in chunks(list(wanted)):
        statement = (
            select(BlindIndex.value, Subject)
            .join(Subject, col(BlindIndex.subject_id) == col(Subject.id))
            .where(BlindIndex.site_id == site_id, BlindIndex.kind == kind.value, col(BlindIndex.value).in_(chunk), Subject.kind == of)
        )
        for digest, subject in session.exec(statement):
            found.setdefault(wanted[digest], []).append(subject)
    return found


def erase_many(session: Session, *, subjects: Sequence[UUID], reason: str, actor: Actor, now: datetime) -> None:
    """As `vault.erase_subject`, for many."""
    for chunk in chunks(subjects):
        for model in (VaultItem, VaultLabel, BlindIndex, StoredSecret):
            rows = table(model)
            session.execute(delete(rows).where(rows.c.subject_id.in_(chunk)))
        session.execute(update(Subject).where(col(Subject.id).in_(chunk)).values(erased_at=now))
        erased = session.exec(select(Subject).where(col(Subject.id).in_(chunk))).all()
        record_many(
            session,
            [
                fact(
                    EventType.IDENTITY_ERASED,
                    actor=actor,
                    now=now,
                    subject_id=subject.id,
                    customer_id=subject.customer_id,
                    detail={"kind": subject.kind.value, "reason": reason},
                )
                for subject in erased
            ],
        )
