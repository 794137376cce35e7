"""What vault and events do for one, for many at once: one statement a table, so that a long list does not hold up the doors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from access_log.crypto.blind import IndexKind, blind_candidates, blind_index, normalise
from access_log.crypto.envelope import Sealed, commitment, seal
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import BlindIndex, Subject, VaultItem, VaultLabel
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.policy.names import mask_name
from access_log.services import events, vault
from access_log.services.events import Fact
from access_log.services.rows import chunks, fact, insert_many, record_many


@dataclass(frozen=True, slots=True, repr=False)
class NewPerson:
    """Somebody to seal, with the opaque id they get."""

    customer_id: int
    name: str
    mail: str
    phone: str
    subject_id: UUID = field(default_factory=uuid4)


def register_many(session: Session, ring: KeyRing, *, people: Sequence[NewPerson], kind: SubjectKind, actor: Actor, now: datetime) -> None:
    """As `vault.new_subject` and `vault.register`, for many people of one site."""
    where = {"site_id": actor.site_id}
    insert_many(
        session,
        Subject,
        [where | {"id": each.subject_id, "kind": kind, "customer_id": each.customer_id, "created_at": now} for each in people],
    )
    names = [_sealed(ring, each, Purpose.IDENTITY, Item.NAME, each.name) for each in people]
    reachable = [each for each in people if each.mail or each.phone]
    contacts = [_sealed(ring, each, Purpose.IDENTITY, Item.CONTACT, vault.contact_text(each.mail, each.phone)) for each in reachable]
    labels = [_sealed(ring, each, Purpose.LABEL, Item.LABEL, mask_name(each.name)) for each in people]
    for item, whose, sealed in ((Item.NAME, people, names), (Item.CONTACT, reachable, contacts)):
        insert_many(session, VaultItem, [_row(each, made, now) | where | {"item": item} for each, made in zip(whose, sealed, strict=True)])
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
            yield {"kind": kind.value, "value": digest, "suite": ring.suite, "kek_version": version, "subject_id": person.subject_id}


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
    ring = vault.renewed(session, ring) or ring
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
