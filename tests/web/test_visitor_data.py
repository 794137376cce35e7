"""The person's own data: the receipt lists every look, the own one too; mail and phone can be put right, the name by the contact."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from access_log.models import BlindIndex, OutboxMessage, Technician, Template, VaultItem, Visit
from access_log.policy.attest import Look
from access_log.policy.codes import DocumentType, EventType, HowKnown, Item, RevealPurpose, VisitState
from access_log.sending import send_due
from access_log.services import checks, identity, presence, roster
from access_log.services.letters import Letter
from tests.cast import as_contact, as_staff
from tests.mail.servers import Taker
from tests.web.conftest import Web
from tests.web.visitors import again, coming, events_of, opened


def arrive(web: Web, visit: Visit) -> None:
    """At the door, and looked at by Mei."""
    mei = as_staff(web.cast.mei)
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        row.state, row.arrived_at, row.arrived_kiosk_id = VisitState.ID_PENDING, web.clock.now, web.cast.kiosk.id
        session.add(row)
        session.flush()
        checks.open_check(session, web.ring, visit=row, guard=mei, now=web.clock.now)
        checks.attest(
            session, web.ring, visit_id=visit.id, look=Look(of_age=True), document=DocumentType.PASSPORT, badge="V7", guard=mei,
            now=web.clock.now,
        )  # fmt: skip


def leave(web: Web, visit: Visit) -> None:
    with web.db() as session:
        presence.leave(session, visit=session.get_one(Visit, visit.id), known=HowKnown.SCAN, at=web.clock.now)


def person(web: Web, visit: Visit) -> identity.Person:
    with web.db() as session:
        actor = as_staff(web.cast.pang)
        return identity.reveal_one(
            session, web.ring, subject_id=visit.subject_id, items=[Item.NAME, Item.CONTACT], purpose=RevealPurpose.ADMINISTRATION,
            actor=actor, now=web.clock.now,
        )  # fmt: skip


@pytest.mark.clause("5.a", "4.4.a")
def test_the_receipt_names_what_is_held_and_the_days_it_is_deleted(web: Web) -> None:
    visit = coming(web)[0]
    before = opened(web, visit).get("/receipt").text
    assert "Type of the document shown" not in before, "nobody has looked at one yet"
    assert "Counted from the planned end" in before
    arrive(web, visit)
    web.clock.now += timedelta(minutes=70)
    leave(web, visit)
    after = opened(web, visit).get("/receipt").text
    for words in ("Type of the document shown", "2026-11-25", "2026-12-24", "2027-05-24", "2029-11-24", "Scan at the kiosk", "V7"):
        assert words in after
    assert "give it back" in after
    assert "Counted from the planned end" not in after


def test_what_was_never_given_or_is_gone_is_not_said_to_be_held(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        for row in session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id, VaultItem.item == Item.CONTACT)).all():
            session.delete(row)
    page = opened(web, visit).get("/receipt").text
    assert "Mail and phone" not in page
    assert ">Name<" in page


@pytest.mark.clause("5.a", "2.1.b")
def test_the_receipt_lists_every_look_with_role_and_reason_and_no_name(web: Web) -> None:
    visit = coming(web)[0]
    arrive(web, visit)
    send_due(web.engine, web.ring, web.settings, Taker([]), web.clock)
    with web.db() as session:
        identity.search(session, web.ring, wanted="魏", among=[visit.subject_id], actor=as_staff(web.cast.mei), now=web.clock.now)
    browser = opened(web, visit)
    browser.post("/data")
    page = browser.get("/receipt").text
    for words in (
        "Guard",
        "Identity check at the door",
        "Search by name",
        "The register itself",
        "A message was sent to you",
        "You, on this page",
    ):
        assert words in page
    assert "梅" not in page
    assert "魏" not in page


def test_another_persons_looks_are_not_in_it(web: Web) -> None:
    wei, hers = coming(web, web.cast.wei, web.cast.ana)
    arrive(web, hers)
    assert "Nobody so far." in opened(web, wei).get("/receipt").text


def test_the_name_is_masked_until_asked_for_and_asking_is_recorded(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    assert "魏*明" in browser.get("/data").text
    assert events_of(web, EventType.IDENTITY_REVEALED) == []
    shown = browser.post("/data")
    assert shown.headers["cache-control"] == "no-store"
    assert "魏伟明" in shown.text
    assert "wei@nimbus.example" in shown.text
    [event] = events_of(web, EventType.IDENTITY_REVEALED)
    assert (event.detail["purpose"], event.detail["role"], event.subject_id) == ("own_data", "visitor", visit.subject_id)


@pytest.mark.clause("5.b")
def test_mail_and_phone_are_put_right_for_this_visit(web: Web) -> None:
    visit = coming(web)[0]
    answer = opened(web, visit).post("/data/contact", {"mail": "new@nimbus.example", "phone": "139 8765 4321"})
    assert answer.headers["location"] == "/visit/data"
    now = person(web, visit)
    assert (now.name, now.mail, now.phone) == ("魏伟明", "new@nimbus.example", "+8613987654321")
    [event] = events_of(web, EventType.IDENTITY_CORRECTED)
    assert event.detail == {"items": ["contact"], "kept": True}
    with web.db() as session:
        technician = session.get_one(Technician, web.cast.wei.id)
        on_roster = identity.copy_for_visits(session, web.ring, roster=[technician.subject_id])[technician.subject_id]
    assert on_roster.mail == "wei@nimbus.example", "the roster is the company's"


@pytest.mark.clause("5.d", "1.2")
def test_both_left_empty_are_destroyed(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    browser.post("/data/contact", {"mail": "", "phone": ""})
    with web.db() as session:
        left = session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all()
        assert session.exec(select(BlindIndex).where(BlindIndex.subject_id == visit.subject_id)).all() == []
    assert left == [Item.NAME]
    held, _words, gone = browser.get("/receipt").text.partition("What is deleted already")
    assert "Mail and phone" not in held
    assert "Mail and phone" in gone


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"mail": "not a mail", "phone": ""}, "This is not a mail address."),
        ({"mail": "", "phone": "12"}, "This is not a phone number."),
        ({"mail": "a" * 250 + "@b.cn", "phone": ""}, "Too long"),
        ({"mail": "a\x00b@c.cn", "phone": ""}, "cannot be stored"),
    ],
)
def test_what_cannot_be_right_is_said_beside_the_field_and_nothing_is_changed(web: Web, typed: dict[str, str], words: str) -> None:
    visit = coming(web)[0]
    answer = opened(web, visit).post("/data/contact", typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert typed["phone"] in answer.text
    assert "魏伟明" not in answer.text, "an error is no reason to look again"
    assert person(web, visit).mail == "wei@nimbus.example"


def test_after_the_visit_nothing_can_be_written_any_more(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    arrive(web, visit)
    leave(web, visit)
    assert browser.post("/data/contact", {"mail": "late@nimbus.example"}).status_code == 409
    assert browser.post("/data/name").status_code == 409
    shown = browser.post("/data").text
    assert "wei@nimbus.example" in shown
    assert "<input" not in shown.split("<main")[1].replace('<input type="hidden"', "")


@pytest.mark.clause("5.b")
def test_a_wrong_name_is_the_contacts_to_correct_and_is_right_here_at_once(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    browser.post("/data")
    for _ in range(3):
        assert browser.post("/data/name").headers["location"] == "/visit/data"
    with web.db() as session:
        asked = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.NAME_WRONG)).all()
    assert [message.subject_id for message in asked] == [web.cast.lin.subject_id], "once, not three times"
    assert "The contact has been asked" in browser.post("/data").text
    with web.db() as session:
        facts = roster.PersonFacts("魏玮明", "wei@nimbus.example", "")
        technician = session.get_one(Technician, web.cast.wei.id)
        roster.correct(session, web.ring, person=technician, facts=facts, actor=as_contact(web.cast.lin), now=web.clock.now)
    assert "魏玮明" in browser.post("/data").text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_contacts_letter_about_a_wrong_name_says_what_to_do_and_carries_no_name(web: Web, language: str) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        contact = session.merge(web.cast.lin)
        contact.language = language
    opened(web, visit).post("/data/name")
    letters: list[Letter] = []
    while send_due(web.engine, web.ring, web.settings, Taker(letters), web.clock):
        pass
    [letter] = [
        letter for letter in letters if letter.to == "lin@nimbus.example" and ("name" in letter.subject or "姓名" in letter.subject)
    ]
    assert f"/portal/visits/{visit.id}" in letter.body
    assert "魏" not in letter.subject + letter.body
    assert ("请核对" in letter.subject) is (language == "zh-CN")


def test_nothing_of_the_person_is_in_an_address(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    answers: list[Any] = [
        browser.post("/data/contact", {"mail": "new@nimbus.example"}),
        browser.post("/data/name"),
        browser.get("/data/contact"),
    ]
    assert {answer.headers["location"] for answer in answers} == {"/visit/data"}
    assert again(web, visit).state is VisitState.PASS_ISSUED
