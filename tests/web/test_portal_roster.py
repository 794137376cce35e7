"""The roster: a company's own technicians, masked until somebody asks, put right and taken off."""

import re
from typing import Any

from sqlmodel import select

from access_log.models import Technician, VaultItem, Visit
from access_log.policy.codes import Active, EventType, Item, RevealPurpose, VisitState
from access_log.services import identity, roster
from access_log.services.vault import Subject
from tests.cast import as_contact
from tests.web.conftest import Web
from tests.web.portal import ask, errors, events, text, typed


def known(web: Web, subject_id: Any) -> tuple[str, str, str]:
    with web.db() as session:
        person = identity.reveal_one(
            session,
            web.ring,
            subject_id=subject_id,
            items=[Item.NAME, Item.CONTACT],
            purpose=RevealPurpose.OWN_DATA,
            actor=as_contact(web.cast.lin),
            now=web.clock.now,
        )
        return person.name, person.mail, person.phone


def test_the_list_is_masked_and_names_are_a_recorded_choice(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = lin.get("/roster")
    assert ("魏*明" in page.text, "魏伟明" in page.text, "郝*" in page.text) == (True, False, False)
    assert events(web, EventType.IDENTITY_REVEALED) == []
    shown = lin.post("/roster/names", {"page": "1"})
    assert ("魏伟明" in shown.text, "Ana Lucía Ñúñez" in shown.text, "郝好" in shown.text) == (True, True, False)
    looks = events(web, EventType.IDENTITY_REVEALED)
    assert sorted(look.subject_id for look in looks) == sorted([web.cast.wei.subject_id, web.cast.ana.subject_id])
    assert {(look.actor_id, look.detail["purpose"], tuple(look.detail["items"])) for look in looks} == {
        (web.cast.lin.id, "customer_roster", ("name",))
    }


def test_what_came_by_post_has_no_address_of_its_own(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for path in ("/roster/names", "/roster/search"):
        assert lin.get(path).headers["location"] == "/portal/roster"
    assert lin.get(f"/roster/{web.cast.wei.id}/open?lang=en").headers["location"] == f"/portal/roster/{web.cast.wei.id}?lang=en"
    assert events(web, EventType.IDENTITY_REVEALED) == []


def test_a_search_shows_its_hits_alone_and_is_recorded(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    found = lin.post("/roster/search", {"wanted": "伟明"})
    assert ("魏伟明" in found.text, "Ana" in found.text) == (True, False)
    assert len(events(web, EventType.IDENTITY_SEARCHED, actor_id=web.cast.lin.id)) == 1
    assert [look.subject_id for look in events(web, EventType.IDENTITY_REVEALED)] == [web.cast.wei.subject_id]
    assert "Nobody of that name" in lin.post("/roster/search", {"wanted": "郝好"}).text
    assert errors(lin.post("/roster/search", {"wanted": "魏"}))["wanted"].startswith("At least two characters")


def test_a_technician_is_added_with_a_mail_or_a_phone(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    answer = lin.post("/roster/new", {"name": "阿卜杜拉·买买提", "phone": "139 1234 5670", "language": "zh-CN"})
    assert answer.status_code == 303
    with web.db() as session:
        person = next(one for one in session.exec(select(Technician)) if str(one.id) in answer.headers["location"])
    assert known(web, person.subject_id) == ("阿卜杜拉·买买提", "", "+8613912345670")
    assert (person.has_mail, person.customer_id) == (False, web.cast.nimbus.id)
    assert not re.search("139|买买提", answer.headers["location"])
    page = lin.follow(answer)
    assert "阿**·买**" in page.text
    assert "Phone only: you hand the invitation over" in page.text


def test_each_mistake_stands_beside_its_field_and_what_was_typed_stays(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    cases: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"name": "", "mail": "a@b.example"}, {"name": "Please fill this in."}),
        ({"name": "张三"}, {"mail": "Give a mail address or a phone number, so that the pass can be sent."}),
        ({"name": "张三", "mail": "not a mail"}, {"mail": "This is not a mail address."}),
        (
            {"name": "张三", "phone": "12"},
            {"phone": "This is not a phone number. For numbers outside China begin with + and the country code."},
        ),
        ({"name": "张三", "mail": "WEI@nimbus.example"}, {"mail": "Somebody else has this mail address already."}),
        ({"name": "张三", "phone": "139-1234-5678"}, {"phone": "Somebody else has this phone number already."}),
        ({"name": "字" * 121, "mail": "a@b.example"}, {"name": "Too long: at most 120 characters."}),
        ({"name": "字" * 81, "mail": "a@b.example"}, {"name": "Too long."}),
        ({"name": "张\u202e三", "mail": "a@b.example"}, {"name": "This contains characters that cannot be stored. Please type it again."}),
    ]
    for sent, wrong in cases:
        answer = lin.post("/roster/new", sent)
        assert (answer.status_code, errors(answer)) == (422, wrong), sent
        assert typed(answer, "name") == sent["name"].replace("\u202e", "")
        assert typed(answer, "mail") == sent.get("mail", "")
        assert typed(answer, "phone") == sent.get("phone", "")
    with web.db() as session:
        assert len(session.exec(select(Technician)).all()) == 3


def test_another_companys_person_with_the_same_mail_is_no_obstacle(web: Web) -> None:
    answer = web.as_(web.cast.lin).post("/roster/new", {"name": "郝好", "mail": "hao@kestrel.example"})
    assert answer.status_code == 303


def test_an_entry_is_opened_corrected_and_the_visits_to_come_follow(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    opened = lin.post(f"/roster/{web.cast.wei.id}/open")
    assert (typed(opened, "name"), typed(opened, "mail")) == ("魏伟明", "wei@nimbus.example")
    (look,) = events(web, EventType.IDENTITY_REVEALED, subject_id=web.cast.wei.subject_id)
    assert look.detail["items"] == ["name", "contact"]
    sent = {"name": "魏伟铭", "mail": "wei.ming@nimbus.example", "language": "en"}
    answer = lin.post(f"/roster/{web.cast.wei.id}/correct", sent)
    assert answer.headers["location"] == f"/portal/roster/{web.cast.wei.id}"
    assert known(web, web.cast.wei.subject_id) == ("魏伟铭", "wei.ming@nimbus.example", "")
    assert known(web, visit.subject_id) == ("魏伟铭", "wei.ming@nimbus.example", "")
    assert events(web, EventType.IDENTITY_CORRECTED)
    wrong = lin.post(f"/roster/{web.cast.wei.id}/correct", {"name": "魏伟铭", "mail": "nonsense"})
    assert (wrong.status_code, typed(wrong, "mail")) == (422, "nonsense")
    assert known(web, web.cast.wei.subject_id)[1] == "wei.ming@nimbus.example"


def test_somebody_with_a_visit_to_come_is_not_removed_and_the_page_says_why(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    assert "cannot be removed now" in lin.get(f"/roster/{web.cast.wei.id}/remove").text
    refused = lin.post(f"/roster/{web.cast.wei.id}/remove")
    assert refused.status_code == 409
    assert "Cancel it, or wait until it is over; then remove the entry." in text(refused)
    lin.post(f"/visits/{visit.id}/cancel")
    assert "erased at once" in lin.get(f"/roster/{web.cast.wei.id}/remove").text
    assert lin.post(f"/roster/{web.cast.wei.id}/remove").headers["location"] == "/portal/roster"
    with web.db() as session:
        person = session.get_one(Technician, web.cast.wei.id)
        assert person.state is Active.ENDED
        assert session.get_one(Subject, person.subject_id).erased_at is not None
        assert session.exec(select(VaultItem).where(VaultItem.subject_id == person.subject_id)).all() == []
        assert session.get_one(Visit, visit.id).technician_id is None
        assert session.get_one(Visit, visit.id).state is VisitState.CANCELLED
    assert lin.get(f"/roster/{web.cast.wei.id}").status_code == 404
    assert lin.get(f"/visits/{visit.id}").status_code == 200


def test_an_empty_roster_says_what_to_do(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for person in (web.cast.wei, web.cast.ana):
        lin.post(f"/roster/{person.id}/remove")
    assert "Nobody on the roster yet" in lin.get("/roster").text
    assert "Add the technicians you send to the site first." in lin.get("/visits/new").text


def test_a_long_roster_comes_in_pages_and_names_are_shown_for_one_of_them(web: Web) -> None:
    with web.db() as session:
        for number in range(60):
            facts = roster.PersonFacts(f"Person {number:02d}x", f"p{number}@nimbus.example", "")
            roster.add(session, web.ring, customer=web.cast.nimbus, facts=facts, actor=as_contact(web.cast.lin), now=web.clock.now)
    lin = web.as_(web.cast.lin)
    first, second = lin.get("/roster"), lin.get("/roster?page=2")
    assert (first.text.count('href="/portal/roster/'), "Page 1 of 2" in first.text) == (50 + 2, True)  # 50 people, new, import
    assert second.text.count('href="/portal/roster/') == 12 + 2
    assert "Page 2 of 2" in lin.get("/roster?page=999").text
    assert lin.get("/roster?page=nonsense").status_code == 200
    lin.post("/roster/names", {"page": "2"})
    assert len(events(web, EventType.IDENTITY_REVEALED)) == 12
    assert "50 of 62 on the roster." in text(lin.get("/visits/new"))
