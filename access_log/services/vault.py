"""The sealing half of the vault: put identity away, look it up by keyed digest, have it erased (erasure.py). Opens nothing."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, select

from access_log.crypto.blind import IndexKind, blind_candidates, blind_index
from access_log.crypto.envelope import Sealed, commitment, seal
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import BlindIndex, StoredSecret, Subject, VaultItem, VaultLabel
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.policy.names import mask_name
from access_log.services import erasure, events
from access_log.services.fences import is_fenced, is_new, refuse_fenced


def new_subject(session: Session, *, site_id: int, kind: SubjectKind, now: datetime, customer_id: int | None = None) -> Subject:
    """An opaque id to seal a person's data under."""
    subject = Subject(site_id=site_id, kind=kind, customer_id=customer_id, created_at=now)
    session.add(subject)
    session.flush()
    is_new(session, subject.id)
    return subject


def register(
    session: Session, ring: KeyRing, *, subject: Subject, name: str, mail: str = "", phone: str = "", actor: Actor, now: datetime
) -> None:
    """Seal a person's name, label and ways to reach them, and record that it was done with a commitment to the name."""
    sealed = seal_item(session, ring, subject=subject, item=Item.NAME, value=name, now=now)
    seal_label(session, ring, subject=subject, label=mask_name(name), now=now)
    if not mail and not phone:
        remove_contact(session, subject=subject, actor=actor, now=now)
    elif not is_fenced(session, ring, subject_id=subject.id, item=Item.CONTACT):  # nobody gives for a person what they took away
        seal_contact(session, ring, subject=subject, mail=mail, phone=phone, now=now)
    proof = commitment(
        ring, sealed, purpose=Purpose.IDENTITY, subject=subject.id, item=Item.NAME.value, field="name", value=name.encode("utf-8")
    )
    events.record(
        session,
        EventType.IDENTITY_REGISTERED,
        site_id=subject.site_id,
        now=now,
        actor=actor,
        subject_id=subject.id,
        customer_id=subject.customer_id,
        detail={"kind": subject.kind.value, "name": events.text(proof)},
    )


def seal_item(session: Session, ring: KeyRing, *, subject: Subject, item: Item, value: str, now: datetime) -> Sealed:
    """Seal one retention class under a fresh item key; an older value and its key are gone afterwards. Raises FencedError."""
    refuse_fenced(session, ring, subject_id=subject.id, item=item)
    sealed = seal(ring, purpose=Purpose.IDENTITY, subject=subject.id, item=item.value, plaintext=value.encode("utf-8"))
    row = VaultItem(subject_id=subject.id, item=item, site_id=subject.site_id, sealed_at=now, **columns_of(sealed))
    session.merge(row)
    session.flush()
    return sealed


def seal_label(session: Session, ring: KeyRing, *, subject: Subject, label: str, now: datetime) -> None:
    """Seal the masked name under the `label` KEK, in the table that reports may read. Raises FencedError."""
    refuse_fenced(session, ring, subject_id=subject.id, item=Item.LABEL)
    sealed = seal(ring, purpose=Purpose.LABEL, subject=subject.id, item=Item.LABEL.value, plaintext=label.encode("utf-8"))
    session.merge(VaultLabel(subject_id=subject.id, site_id=subject.site_id, sealed_at=now, **columns_of(sealed)))
    session.flush()


def seal_contact(session: Session, ring: KeyRing, *, subject: Subject, mail: str, phone: str, now: datetime) -> None:
    """Seal mail and phone as one item and index each by keyed digest."""
    seal_item(session, ring, subject=subject, item=Item.CONTACT, value=contact_text(mail, phone), now=now)
    session.exec(delete(BlindIndex).where(col(BlindIndex.subject_id) == subject.id))
    for kind, text in ((IndexKind.MAIL, mail), (IndexKind.PHONE, phone)):
        if text:
            _index(session, ring, subject=subject, kind=kind, value=text)
    session.flush()


def contact_text(mail: str, phone: str) -> str:
    """Mail and phone as the one text that is sealed."""
    return json.dumps({"mail": mail, "phone": phone}, ensure_ascii=False)


def indexed_of(text: bytes) -> dict[IndexKind, str]:
    """Which parts of a contact's text are indexed."""
    held = json.loads(text)
    return {kind: held[kind.value] for kind in (IndexKind.MAIL, IndexKind.PHONE) if held.get(kind.value)}


def _index(session: Session, ring: KeyRing, *, subject: Subject, kind: IndexKind, value: str) -> None:
    version, _key = ring.kek(Purpose.INDEX)
    digest = blind_index(ring, site_id=subject.site_id, kind=kind, value=value)
    row = BlindIndex(site_id=subject.site_id, kind=kind.value, value=digest, suite=ring.suite, kek_version=version, subject_id=subject.id)
    session.add(row)


def find_subjects(session: Session, ring: KeyRing, *, site_id: int, kind: IndexKind, value: str, of: SubjectKind) -> list[Subject]:
    """Subjects of one kind whose mail or phone is exactly `value`. Opens nothing: keyed digests are compared."""
    found = _subjects_found(session, ring, site_id, kind, value, of)
    newer = None if found else renewed(session, ring)
    return found if newer is None else _subjects_found(session, newer, site_id, kind, value, of)


def renewed(session: Session, ring: KeyRing) -> KeyRing | None:
    """The ring as it is now, where index values are under a KEK that this view of it is too old for; None where it is not."""
    moved = select(BlindIndex.id).where(BlindIndex.kek_version > ring.newest(Purpose.INDEX)).limit(1)
    return ring.renew() if ring.renew is not None and session.exec(moved).first() is not None else None


def _subjects_found(session: Session, ring: KeyRing, site_id: int, kind: IndexKind, value: str, of: SubjectKind) -> list[Subject]:
    candidates = blind_candidates(ring, site_id=site_id, kind=kind, value=value)
    statement = (
        select(Subject)
        .join(BlindIndex, col(BlindIndex.subject_id) == col(Subject.id))
        .where(BlindIndex.site_id == site_id, BlindIndex.kind == kind.value, col(BlindIndex.value).in_(candidates), Subject.kind == of)
    )
    return list(session.exec(statement).all())


def keep_secret(session: Session, ring: KeyRing, *, subject_id: UUID, site_id: int, secret: bytes) -> None:
    """Seal a second-factor secret. Raises FencedError."""
    refuse_fenced(session, ring, subject_id=subject_id, item=Item.SECRET)
    sealed = seal(ring, purpose=Purpose.IDENTITY, subject=subject_id, item=Item.SECRET.value, plaintext=secret)
    session.merge(StoredSecret(subject_id=subject_id, site_id=site_id, **columns_of(sealed)))
    session.flush()


def forget_secret(session: Session, *, subject_id: UUID) -> None:
    """Destroy a second-factor secret."""
    session.exec(delete(StoredSecret).where(col(StoredSecret.subject_id) == subject_id))


def remove_contact(session: Session, *, subject: Subject, actor: Actor, now: datetime) -> None:
    """Erase mail and phone where there are any, at the wish of somebody who may give them again."""
    if session.get(VaultItem, (subject.id, Item.CONTACT)) is not None:
        target = erasure.Target(subject.id, Item.CONTACT, fence=False)
        erasure.erase(session, [target], reason="removed", actor=actor, now=now)


def erase_item(session: Session, *, subject: Subject, item: Item, reason: str, actor: Actor, now: datetime) -> None:
    """Erase one retention class: its wrapped key, its ciphertext, and its index values where it has any."""
    erasure.erase(session, [erasure.Target(subject.id, item)], reason=reason, actor=actor, now=now)


def erase_subject(session: Session, *, subject: Subject, reason: str, actor: Actor, now: datetime) -> None:
    """Erase everything that says who a subject is. The events stay and say that it was done, and why (`reason`: a code)."""
    erasure.erase(session, [erasure.Target(subject.id)], reason=reason, actor=actor, now=now)


def columns_of(sealed: Sealed) -> dict[str, Any]:
    """An envelope as the columns of a row."""
    return {
        "suite": sealed.suite,
        "kek_version": sealed.kek_version,
        "wrapped_key": sealed.wrapped_key,
        "ciphertext": sealed.ciphertext,
    }
