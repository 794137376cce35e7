"""The rights desk from the visitor's own page: ask, show who one is, be answered. The link alone opens nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from access_log.crypto.codes import proving_code
from access_log.models import BlindIndex, Erasure, OutboxMessage, RightsCode, RightsRequest, SendState, Template, VaultItem, Visit
from access_log.policy.codes import EventType, Item
from access_log.policy.rights import Proof, RequestState, RightsKind
from access_log.sending import send_due
from access_log.services import erasure, roster
from access_log.services.letters import Letter
from access_log.services.roster import PersonFacts
from access_log.sweeping import sweep
from tests.cast import as_contact
from tests.mail.servers import Taker
from tests.web.conftest import Browser, Web
from tests.web.visitors import again, coming, events_of, opened

CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")


def request_of(web: Web, visit: Visit) -> RightsRequest:
    """The newest one."""
    with web.db() as session:
        mine = select(RightsRequest).where(RightsRequest.subject_id == visit.subject_id).order_by(RightsRequest.number.desc())  # type: ignore[attr-defined]
        return session.exec(mine).first()


def ask(web: Web, visit: Visit, browser: Browser, kind: str, **fields: str) -> RightsRequest:
    answer = browser.post(f"/rights/new/{kind}", fields)
    assert answer.status_code == 303, answer.text
    made = request_of(web, visit)
    assert answer.headers["location"] == f"/visit/rights/{made.id}"
    return made


def newest_code(web: Web, visit: Visit) -> str:
    with web.db() as session:
        rows = session.exec(select(RightsCode).where(RightsCode.visit_id == visit.id).order_by(RightsCode.made_at)).all()  # type: ignore[arg-type]
        return proving_code(web.ring, rows[-1].id)


def prove(web: Web, visit: Visit, browser: Browser, made: RightsRequest, code: str = "") -> Any:
    return browser.post(f"/rights/{made.id}/prove", {"code": code or newest_code(web, visit)})


def letters(web: Web) -> list[Letter]:
    sent: list[Letter] = []

    while send_due(web.engine, web.ring, web.settings, Taker(sent), web.clock):
        pass
    return sent


def with_a_code(web: Web) -> list[Letter]:
    return [letter for letter in letters(web) if CODE.search(letter.body)]


def held(web: Web, visit: Visit) -> set[Item]:
    with web.db() as session:
        return set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all())


@pytest.mark.clause("5.a", "8.b")
def test_access_is_asked_for_proved_with_the_code_in_the_mail_and_answered_at_once(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    page = browser.get("/rights/new/access").text
    assert "by the end of 2026-11-26" in page, "two working days after the day it comes"
    made = ask(web, visit, browser, "access")
    assert "Show that it is you" in browser.get(f"/rights/{made.id}").text
    (letter,) = with_a_code(web)
    assert letter.to == "wei@nimbus.example"
    typed = CODE.search(letter.body)[0]
    assert typed.replace("-", "") not in letter.subject
    assert prove(web, visit, browser, made, typed.lower()).status_code == 303
    made = request_of(web, visit)
    assert (made.state, made.proof) == (RequestState.ANSWERED, Proof.CODE)
    told = browser.post(f"/rights/{made.id}/answer").text
    for words in (
        "魏伟明",
        "wei@nimbus.example",
        "WO-4711",
        "云帆网络",
        "On your company",
        "name of the visitor",
        "A message was sent to you",
    ):
        assert words in told
    for words in ("林岚", "lin@nimbus.example", "Administrator"):
        assert words not in told, "nobody else stands in it"


@pytest.mark.clause("5.a")
def test_the_answer_is_a_file_to_read_and_one_for_programs(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "copy")
    letters(web)
    prove(web, visit, browser, made)
    as_json = browser.post(f"/rights/{made.id}/file/json")
    told = as_json.json()
    assert [row["name"] for row in told["identity"]] == ["魏伟明", "魏伟明"]
    assert told["visits"][0]["work_order"] == "WO-4711"
    assert {"at", "who", "staff", "why", "fields"} == set(told["looks"][0])
    as_html = browser.post(f"/rights/{made.id}/file/html")
    assert "魏伟明" in as_html.text
    for answer in (as_json, as_html):
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="request-{made.number}.')
        assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<(script|link|img)|https?://", as_html.text)
    assert len(events_of(web, EventType.ANSWER_FETCHED)) == 2


@pytest.mark.clause("5.a")
def test_a_look_by_a_guard_stands_in_it_with_role_and_number_and_no_name(web: Web) -> None:
    from tests.web.test_visitor_data import arrive

    visit = coming(web)[0]
    arrive(web, visit)
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    prove(web, visit, browser, made)
    looks = browser.post(f"/rights/{made.id}/file/json").json()["looks"]
    guard = next(look for look in looks if look["staff"])
    assert (guard["who"], guard["staff"], guard["why"]) == ("guard", "1001", "identity_check")
    assert "梅梅" not in browser.post(f"/rights/{made.id}/answer").text


@pytest.mark.clause("8.b")
def test_the_link_without_the_code_shows_nothing_and_every_wrong_code_is_recorded(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    wrong = prove(web, visit, browser, made, "AAAAA-AAAAA")
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.text
    for path in ("answer", "file/html", "file/json"):
        shown = browser.post(f"/rights/{made.id}/{path}")
        assert shown.status_code == 409
        assert "魏伟明" not in shown.text
    assert request_of(web, visit).state is RequestState.OPEN
    assert [event.detail["why"] for event in events_of(web, EventType.REQUEST_NOT_VERIFIED)] == ["wrong_code"]


def test_an_answer_stays_shut_to_another_browser_with_the_same_link(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    prove(web, visit, browser, made)
    contact = opened(web, visit)
    assert contact.post(f"/rights/{made.id}/answer").status_code == 409
    web.clock.now += timedelta(minutes=31)
    assert browser.post(f"/rights/{made.id}/answer").status_code == 409, "half an hour after the code the own browser has to ask again"


@pytest.mark.parametrize("later", [timedelta(minutes=30), timedelta(hours=1)])
def test_a_code_is_good_for_half_an_hour_and_once(web: Web, later: timedelta) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    code = newest_code(web, visit)
    web.clock.now += later
    assert prove(web, visit, browser, made, code).status_code == 422
    browser.post(f"/rights/{made.id}/code")
    fresh = newest_code(web, visit)
    assert fresh != code
    assert prove(web, visit, browser, made, fresh).status_code == 303
    assert prove(web, visit, browser, made, fresh).status_code == 422, "used up"


def test_five_wrong_codes_make_the_right_one_void(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    for number in range(5):
        assert prove(web, visit, browser, made, f"0000{number}00000").status_code == 422
    assert prove(web, visit, browser, made).status_code == 422
    assert request_of(web, visit).state is RequestState.OPEN


def test_no_more_than_five_codes_an_hour_fill_somebodys_mailbox(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    answers = [browser.post(f"/rights/{made.id}/code").status_code for _ in range(6)]
    assert answers == [303] * 4 + [409] * 2
    with web.db() as session:
        assert len(session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.RIGHTS_CODE)).all()) == 5


def test_whoever_put_their_own_mail_on_the_page_gets_no_code_there(web: Web) -> None:
    """The link is known to many: an address entered with it proves nothing."""
    visit = coming(web, web.cast.ana)[0]
    browser = opened(web, visit)
    assert browser.post("/data/contact", {"mail": "impostor@evil.example", "phone": ""}).status_code == 303
    web.clock.now += timedelta(minutes=5)
    made = ask(web, visit, browser, "access")
    assert "No mail address is held that a code could go to" in browser.get(f"/rights/{made.id}").text
    assert with_a_code(web) == []


def test_an_address_that_the_customer_has_just_changed_proves_nothing_for_a_week(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        roster.correct(
            session, web.ring, person=session.merge(web.cast.wei), facts=PersonFacts("魏伟明", "lin@nimbus.example", ""),
            actor=as_contact(web.cast.lin), now=web.clock.now,
        )  # fmt: skip
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    assert browser.follow(browser.post(f"/rights/{made.id}/code")).text.count("guard desk") >= 1
    with web.db() as session:
        assert session.exec(select(RightsCode)).all() == []


@pytest.mark.clause("5.c")
def test_deletion_erases_mail_and_phone_and_says_what_stays_until_when_and_why(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    before = browser.get("/rights/new/delete").text
    assert "Mail and phone" in before
    assert "stays until 2027-05-24" in before
    made = ask(web, visit, browser, "delete")
    assert Item.CONTACT in held(web, visit), "not before it is shown who asks"
    prove(web, visit, browser, made)
    assert held(web, visit) == {Item.NAME}
    page = browser.get(f"/rights/{made.id}").text
    for words in ("Erased", "Still held", "until 2027-05-24", "people&#39;s court", "Receipt"):
        assert words in page
    with web.db() as session:
        (receipt,) = session.exec(select(Erasure).where(Erasure.reason == "delete")).all()
        assert session.exec(select(BlindIndex).where(BlindIndex.subject_id == visit.subject_id)).all() == []
    assert str(receipt.id) in page


@pytest.mark.clause("5.d")
def test_consent_to_mail_and_phone_is_withdrawn_in_as_few_steps_and_comes_back_with_nobody(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "withdraw")
    prove(web, visit, browser, made)
    assert held(web, visit) == {Item.NAME}
    assert again(web, visit).state is visit.state, "entry does not depend on it"
    with web.db() as session:
        facts = PersonFacts("魏伟明", "other@nimbus.example", "")
        roster.correct(
            session, web.ring, person=session.merge(web.cast.wei), facts=facts, actor=as_contact(web.cast.lin), now=web.clock.now
        )
    assert held(web, visit) == {Item.NAME}, "the contact's correction does not bring it back"
    assert browser.post("/data/contact", {"mail": "x@nimbus.example", "phone": ""}).status_code == 409


def test_the_same_request_twice_is_one_and_twelve_are_enough(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    first, second = (ask(web, visit, browser, "access") for _ in range(2))
    assert first.id == second.id
    answers = [browser.post("/rights/new/object", {"words": f"reason {number}"}).status_code for number in range(12)]
    assert answers == [303] * 11 + [409]


def test_what_nobody_could_act_on_is_asked_again_and_what_was_typed_is_kept(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    assert browser.post("/rights/new/object", {"words": ""}).status_code == 422
    long = browser.post("/rights/new/object", {"words": "x" * 2001})
    assert long.status_code == 422
    assert "x" * 2001 in long.text
    assert request_of(web, visit) is None


@pytest.mark.parametrize("kind", ["close_account", "nonsense"])
def test_what_a_visitor_cannot_ask_is_not_there(web: Web, kind: str) -> None:
    browser = opened(web, coming(web)[0])
    assert browser.get(f"/rights/new/{kind}").status_code == 404
    assert browser.post(f"/rights/new/{kind}").status_code == 404


def test_somebody_elses_request_is_not_there(web: Web) -> None:
    mine, other = coming(web, web.cast.wei, web.cast.ana)
    made = ask(web, other, opened(web, other), "access")
    browser = opened(web, mine)
    assert browser.get(f"/rights/{made.id}").status_code == 404
    for path in ("prove", "answer", "file/json", "code", "take-back"):
        assert browser.post(f"/rights/{made.id}/{path}", {"code": "AAAAAAAAAA"}).status_code == 404


def test_a_request_is_taken_back_and_stays_so(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    assert browser.post(f"/rights/{made.id}/take-back").status_code == 303
    assert browser.post(f"/rights/{made.id}/take-back").status_code == 409
    prove(web, visit, browser, made)
    assert request_of(web, visit).state is RequestState.TAKEN_BACK


def test_the_rules_are_explained_without_opening_anybody(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "explain")
    prove(web, visit, browser, made)
    told = browser.post(f"/rights/{made.id}/answer").text
    assert "name of the visitor" in told
    assert "魏伟明" not in told


def test_words_and_answers_are_sealed_and_erased_thirty_days_after_the_answer(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    prove(web, visit, browser, made)
    with web.db() as session:
        assert {row.item for row in session.exec(select(VaultItem).where(VaultItem.subject_id == made.paper_id))} == {
            Item.REQUEST,
            Item.ANSWER,
        }
    web.clock.now += timedelta(days=30)
    while sweep(web.engine, web.clock):
        pass
    with web.db() as session:
        assert erasure.left_of_subject(session, made.paper_id) == 0
        assert session.get_one(RightsRequest, made.id).kind is RightsKind.ACCESS, "that it was asked and answered stays"


def test_the_customers_contact_does_not_see_that_anything_was_asked(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    prove(web, visit, browser, ask(web, visit, browser, "access"))
    page = web.as_(web.cast.lin).get(f"/visits/{visit.id}").text
    assert "Code" not in page
    with web.db() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.RIGHTS_CODE)).all()
        assert {row.visit_id for row in rows} == {None}
        assert {row.state for row in rows} == {SendState.WAITING}
