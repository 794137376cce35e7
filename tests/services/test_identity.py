"""Identity is opened in one place, and never without a record: who, why, which fields."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import NotFoundError
from access_log.models import AccessEvent, RecordEntry, Subject
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, EventType, Item, RevealPurpose
from access_log.services import identity, vault
from access_log.services.identity import Person
from tests.cast import Cast, as_contact, as_staff, make_cast
from tests.moments import NOON


def looks(session: Session, *types: EventType) -> list[AccessEvent]:
    wanted = types or (EventType.IDENTITY_REVEALED,)
    return list(session.exec(select(AccessEvent).where(col(AccessEvent.type).in_(wanted)).order_by(col(AccessEvent.id))).all())


def reveal(session: Session, ring: KeyRing, cast: Cast, *items: Item) -> Person:
    return identity.reveal_one(
        session,
        ring,
        subject_id=cast.wei.subject_id,
        items=items or (Item.NAME,),
        purpose=RevealPurpose.INCIDENT,
        actor=as_staff(cast.pang),
        now=NOON,
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every plaintext that leaves the vault, as it leaves."""
    seen: list[str] = []
    real = identity.open_items

    def watched(*args: object, **kwargs: object) -> object:
        found = real(*args, **kwargs)  # type: ignore[arg-type]
        seen.extend(found.values())
        return found

    monkeypatch.setattr(identity, "open_items", watched)
    return seen


@pytest.mark.clause("2.1.b", "1.4.g", "4.2.a")
def test_a_look_is_recorded_with_who_why_and_which_fields(session: Session, ring: KeyRing, cast: Cast) -> None:
    assert reveal(session, ring, cast, Item.NAME, Item.CONTACT).mail == "wei@nimbus.example"
    (look,) = looks(session)
    assert (look.subject_id, look.actor_kind, look.actor_id) == (cast.wei.subject_id, ActorKind.STAFF, cast.pang.id)
    assert look.detail == {"purpose": "incident", "items": ["name", "contact"], "role": "privacy_officer"}
    assert str(cast.wei.subject_id).encode() in (session.exec(select(RecordEntry.body).order_by(col(RecordEntry.id).desc())).first() or b"")


@pytest.mark.clause("2.1.b")
def test_only_the_fields_that_were_asked_for_are_opened(session: Session, ring: KeyRing, cast: Cast) -> None:
    person = reveal(session, ring, cast)
    assert (person.name, person.mail, person.phone) == ("魏伟明", "", "")


def test_each_of_several_people_gets_a_look_of_their_own(session: Session, ring: KeyRing, cast: Cast) -> None:
    wanted = [cast.wei.subject_id, cast.ana.subject_id]
    people = identity.reveal(
        session, ring, subjects=wanted, items=[Item.NAME], purpose=RevealPurpose.CUSTOMER_ROSTER, actor=as_contact(cast.lin), now=NOON
    )
    assert {person.name for person in people.values()} == {"魏伟明", "Ana Lucía Ñúñez"}
    assert {look.subject_id for look in looks(session)} == set(wanted)
    assert {look.detail["role"] for look in looks(session)} == {"contact"}


@pytest.mark.parametrize("table", ["access_event", "record_entry", "record_pending"])
@pytest.mark.clause("2.1.b")
def test_no_plaintext_without_a_record(engine: Engine, ring: KeyRing, opened: list[str], table: str) -> None:
    """Take the record away, at whichever of its three tables: nothing is opened, nothing is shown, nothing stays."""
    with transaction(engine) as session:
        cast = make_cast(session, ring)
    with transaction(engine) as session:
        session.execute(text(f"alter table {table} rename to taken_away"))
        with pytest.raises(DBAPIError):
            reveal(session, ring, cast)
        session.rollback()
    assert opened == []
    with transaction(engine) as session:
        assert looks(session) == []
        assert reveal(session, ring, cast).name == "魏伟明"
        assert opened == ["魏伟明"], "with the record in its place the same look works: the test can fail"


def test_no_search_and_no_letter_without_a_record_either(engine: Engine, ring: KeyRing, opened: list[str]) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
    for act in (
        lambda session: identity.search(session, ring, wanted="魏", among=[cast.wei.subject_id], actor=as_staff(cast.mei), now=NOON),
        lambda session: identity.deliver(session, ring, subject_id=cast.wei.subject_id, site_id=cast.wei.site_id, now=NOON),
    ):
        with transaction(engine) as session:
            session.execute(text("alter table record_entry rename to taken_away"))
            with pytest.raises(DBAPIError):
                act(session)
            session.rollback()
    assert opened == []


def test_another_sites_people_are_nobody_and_leave_no_look(session: Session, ring: KeyRing, cast: Cast, opened: list[str]) -> None:
    stranger = Actor(ActorKind.STAFF, cast.pang.id, (cast.site.id or 0) + 1)
    with pytest.raises(NotFoundError):
        identity.reveal_one(
            session, ring, subject_id=cast.wei.subject_id, items=[Item.NAME], purpose=RevealPurpose.INCIDENT, actor=stranger, now=NOON
        )
    assert (opened, looks(session)) == ([], [])


def test_a_search_says_that_it_took_place_and_shows_its_hits_only(session: Session, ring: KeyRing, cast: Cast) -> None:
    among = [cast.wei.subject_id, cast.ana.subject_id]
    hits = identity.search(session, ring, wanted="LUCÍA ñ", among=among, actor=as_staff(cast.mei), now=NOON)
    assert {person.name for person in hits.values()} == {"Ana Lucía Ñúñez"}
    searched, look = looks(session, EventType.IDENTITY_SEARCHED, EventType.IDENTITY_REVEALED)
    assert searched.detail == {"purpose": "search", "among": 2}
    assert look.subject_id == cast.ana.subject_id
    assert "Luc" not in str(searched.detail), "what was typed may be a name"


def test_a_search_without_a_hit_is_recorded_all_the_same(session: Session, ring: KeyRing, cast: Cast) -> None:
    assert identity.search(session, ring, wanted="庞", among=[cast.wei.subject_id], actor=as_staff(cast.mei), now=NOON) == {}
    assert [event.type for event in looks(session, EventType.IDENTITY_SEARCHED, EventType.IDENTITY_REVEALED)] == [
        EventType.IDENTITY_SEARCHED
    ]


@pytest.mark.clause("1.4.d")
def test_a_letter_is_a_look_by_the_product_itself(session: Session, ring: KeyRing, cast: Cast) -> None:
    person = identity.deliver(session, ring, subject_id=cast.wei.subject_id, site_id=cast.wei.site_id, now=NOON)
    assert (person.name, person.mail) == ("魏伟明", "wei@nimbus.example")
    (look,) = looks(session)
    assert (look.actor_kind, look.detail["purpose"]) == (ActorKind.SYSTEM, "deliver")


def test_an_erased_person_opens_to_nothing(session: Session, ring: KeyRing, cast: Cast) -> None:
    subject = session.get_one(Subject, cast.wei.subject_id)
    vault.erase_subject(session, subject=subject, reason="ended", actor=as_staff(cast.pang), now=NOON)
    person = reveal(session, ring, cast, Item.NAME, Item.CONTACT)
    assert (person.name, person.mail, person.phone) == ("", "", "")


def test_an_opened_identity_does_not_print_itself(session: Session, ring: KeyRing, cast: Cast) -> None:
    """A log line or a traceback with it in would hold a name."""
    person = reveal(session, ring, cast, Item.NAME, Item.CONTACT)
    assert not [part for part in ("魏", "wei@") if part in f"{person!r} {person!s}"]
