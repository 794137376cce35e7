"""The vault: sealed on the way in, found by keyed digest, gone without a trace when erased."""

import json

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.envelope import commitment
from access_log.crypto.errors import CryptoError
from access_log.crypto.ring import KeyRing, Purpose
from access_log.db import transaction
from access_log.models import AccessEvent, BlindIndex, Customer, Erasure, RecordEntry, StoredSecret, Subject, VaultItem, VaultLabel
from access_log.policy.actors import system
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.services import vault
from access_log.services.events import text
from access_log.services.labels import read_labels
from access_log.services.opening import open_items, open_secret, sealed_of
from tests import sinks
from tests.cast import Cast, as_staff, make_cast
from tests.moments import NOON

NAME, MAIL, PHONE = "张测试", "zhang.ceshi@nimbus.example", "+8613800138000"
LEAKED = "李漏出"
"""Nobody whom the sweep at the end of the suite (tests/canaries) looks for."""
SECRET = b"twenty bytes of seed"


def person(session: Session, ring: KeyRing, cast: Cast, *, name: str = NAME, mail: str = MAIL, phone: str = PHONE) -> Subject:
    site_id = cast.site.id or 0
    subject = vault.new_subject(session, site_id=site_id, kind=SubjectKind.ROSTER, customer_id=cast.nimbus.id, now=NOON)
    vault.register(session, ring, subject=subject, name=name, mail=mail, phone=phone, actor=system(site_id), now=NOON)
    return subject


def find(session: Session, ring: KeyRing, cast: Cast, kind: IndexKind, value: str, **changed: object) -> list[Subject]:
    asked = {"site_id": cast.site.id or 0, "of": SubjectKind.ROSTER} | changed
    return vault.find_subjects(session, ring, kind=kind, value=value, **asked)  # type: ignore[arg-type]


@pytest.mark.clause("2.1.a")
def test_no_table_and_no_file_holds_a_person_in_any_spelling(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        subject = person(session, ring, cast)
        vault.keep_secret(session, ring, subject_id=subject.id, site_id=subject.site_id, secret=SECRET)
    with transaction(engine) as session:
        kept = sinks.rows(session) + sinks.files(engine)
        assert sinks.found_in(kept, NAME, MAIL, PHONE, "13800138000", SECRET.decode(), "张*试", "魏伟明", "lin@nimbus.example") == []
        assert sinks.found_in(kept, "云帆网络", str(subject.id)) == ["云帆网络", str(subject.id)], "what is not sealed is found"


def test_a_leak_would_be_found(engine: Engine, ring: KeyRing) -> None:
    """The positive control of the test above: one row in the clear, in a table and in a file."""
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        session.add(Customer(site_id=cast.site.id or 0, name=f"leak {LEAKED}", created_at=NOON))
        session.add(RecordEntry(site_id=cast.site.id or 0, body=json.dumps({"name": MAIL}).encode("utf-16-le"), leaf_hash=b""))
    with transaction(engine) as session:
        assert sinks.found_in(sinks.rows(session), LEAKED, MAIL) == [LEAKED, MAIL]
    if engine.dialect.name == "sqlite":
        assert sinks.found_in(sinks.files(engine), LEAKED, MAIL) == [LEAKED, MAIL]


def test_what_was_sealed_comes_back_and_the_label_is_all_that_reports_may_read(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = person(session, ring, cast, name="𠮷野㐂·买买提")
    opened = open_items(session, ring, subjects=[subject.id], items=[Item.NAME, Item.CONTACT])
    assert opened[subject.id, Item.NAME] == "𠮷野㐂·买买提"
    assert json.loads(opened[subject.id, Item.CONTACT]) == {"mail": MAIL, "phone": PHONE}
    reports = ring.subset({Purpose.LABEL, Purpose.REPORT})
    assert read_labels(session, reports, [subject.id]) == {subject.id: "𠮷**·买**"}
    with pytest.raises(CryptoError):
        open_items(session, reports, subjects=[subject.id], items=[Item.NAME])


def test_every_write_draws_a_fresh_key(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = person(session, ring, cast)
    (before,) = session.exec(select(VaultItem.wrapped_key).where(VaultItem.subject_id == subject.id, VaultItem.item == Item.NAME)).all()
    vault.seal_item(session, ring, subject=subject, item=Item.NAME, value=NAME, now=NOON)
    (after,) = session.exec(select(VaultItem.wrapped_key).where(VaultItem.subject_id == subject.id, VaultItem.item == Item.NAME)).all()
    assert before != after


def test_a_row_moved_to_another_person_or_item_does_not_open(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Whoever may write to the database cannot put one person's name under another's."""
    one, other = person(session, ring, cast), person(session, ring, cast, mail="", phone="")
    taken = session.get_one(VaultItem, (one.id, Item.NAME))
    for target in (session.get_one(VaultItem, (other.id, Item.NAME)), session.get_one(VaultItem, (one.id, Item.CONTACT))):
        target.wrapped_key, target.ciphertext = taken.wrapped_key, taken.ciphertext
        session.add(target)
        session.flush()
        with pytest.raises(CryptoError):
            open_items(session, ring, subjects=[target.subject_id], items=[target.item])


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (IndexKind.MAIL, MAIL),
        (IndexKind.MAIL, " Zhang.Ceshi@NIMBUS.example "),
        (IndexKind.PHONE, PHONE),
        (IndexKind.PHONE, "+86 138-0013-8000"),
        (IndexKind.PHONE, "＋８６１３８００１３８０００"),
    ],
)
def test_somebody_is_found_by_mail_or_phone_however_it_is_spelt(
    session: Session, ring: KeyRing, cast: Cast, kind: IndexKind, typed: str
) -> None:
    subject = person(session, ring, cast)
    assert [found.id for found in find(session, ring, cast, kind, typed)] == [subject.id]


def test_nobody_is_found_as_something_else_elsewhere_or_by_the_other_number(session: Session, ring: KeyRing, cast: Cast) -> None:
    person(session, ring, cast)
    assert find(session, ring, cast, IndexKind.PHONE, MAIL) == []
    assert find(session, ring, cast, IndexKind.MAIL, "zhang@nimbus.example") == []
    assert find(session, ring, cast, IndexKind.MAIL, MAIL, of=SubjectKind.CONTACT) == []
    assert find(session, ring, cast, IndexKind.MAIL, MAIL, site_id=(cast.site.id or 0) + 1) == []


def test_a_new_mail_is_found_and_the_old_one_no_more(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = person(session, ring, cast)
    vault.register(session, ring, subject=subject, name=NAME, mail="new@nimbus.example", actor=system(subject.site_id), now=NOON)
    assert find(session, ring, cast, IndexKind.MAIL, MAIL) == find(session, ring, cast, IndexKind.PHONE, PHONE) == []
    assert [found.id for found in find(session, ring, cast, IndexKind.MAIL, "new@nimbus.example")] == [subject.id]


def test_whoever_has_no_mail_and_no_phone_any_more_is_reached_no_more(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Correcting somebody to neither must not leave the old address behind."""
    subject = person(session, ring, cast)
    vault.register(session, ring, subject=subject, name=NAME, actor=system(subject.site_id), now=NOON)
    assert find(session, ring, cast, IndexKind.MAIL, MAIL) == []
    assert (subject.id, Item.CONTACT) not in open_items(session, ring, subjects=[subject.id], items=[Item.CONTACT])


@pytest.mark.parametrize("item", [Item.NAME, Item.CONTACT, Item.DOCUMENT])
def test_one_class_expires_without_the_others(session: Session, ring: KeyRing, cast: Cast, item: Item) -> None:
    subject = person(session, ring, cast)
    vault.seal_item(session, ring, subject=subject, item=Item.DOCUMENT, value='{"type": "passport"}', now=NOON)
    vault.erase_item(session, subject=subject, item=item, reason="due", actor=system(subject.site_id), now=NOON)
    left = set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == subject.id)).all())
    assert left == {Item.NAME, Item.CONTACT, Item.DOCUMENT} - {item}
    assert (read_labels(session, ring, [subject.id]) == {}) is (item is Item.NAME)
    assert (find(session, ring, cast, IndexKind.MAIL, MAIL) == []) is (item is Item.CONTACT)


def test_an_erased_person_is_gone_and_the_record_says_that_it_was_done(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = person(session, ring, cast)
    vault.keep_secret(session, ring, subject_id=subject.id, site_id=subject.site_id, secret=SECRET)
    before = len(session.exec(select(VaultItem)).all())
    vault.erase_subject(session, subject=subject, reason="request", actor=as_staff(cast.pang), now=NOON)
    for table in (VaultItem, VaultLabel, BlindIndex, StoredSecret):
        assert session.exec(select(table).where(col(table.subject_id) == subject.id)).all() == []
    assert len(session.exec(select(VaultItem)).all()) == before - 2, "nobody else is touched"
    assert open_secret(session, ring, subject_id=subject.id) is None
    assert subject.erased_at == NOON
    event = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_ERASED)).one()
    receipt = session.exec(select(Erasure).where(Erasure.subject_id == subject.id)).one()
    assert (event.subject_id, event.actor_id) == (subject.id, cast.pang.id)
    assert event.detail == {"kind": "roster", "reason": "request", "receipt": str(receipt.id)}


def test_the_record_proves_who_it_was_while_the_item_lives_and_nothing_afterwards(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = person(session, ring, cast)
    noted = session.exec(select(AccessEvent).where(AccessEvent.subject_id == subject.id)).one()
    sealed = sealed_of(session.get_one(VaultItem, (subject.id, Item.NAME)))

    def proof(name: str) -> str:
        bound = {"purpose": Purpose.IDENTITY, "subject": subject.id, "item": "name", "field": "name"}
        made = commitment(ring, sealed, value=name.encode(), **bound)  # type: ignore[arg-type]
        return text(made)

    assert noted.detail["name"] == proof(NAME)
    assert noted.detail["name"] != proof("张测诗")
    body = session.exec(select(RecordEntry.body).order_by(col(RecordEntry.id).desc())).first()
    assert noted.detail["name"].encode() in (body or b"")
