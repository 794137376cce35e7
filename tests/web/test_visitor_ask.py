"""Without a link: a code to the address that is held opens the own page; whoever is not held gets the same answers."""

import re
from datetime import timedelta
from uuid import uuid4

from sqlmodel import select

from access_log.crypto.codes import proving_code
from access_log.models import OutboxMessage, RightsCode, Template
from access_log.policy.codes import EventType
from tests.web.conftest import Browser, Web
from tests.web.test_visitor_rights import letters
from tests.web.visitors import coming, events_of, token_in


def asked_for(web: Web, browser: Browser, mail: str) -> str:
    """What the page hides in its form."""
    page = browser.post("/ask", {"mail": mail})
    assert page.status_code == 200
    return re.search(r'name="asked" value="([0-9a-f-]{36})"', page.text)[1]


def sent(web: Web) -> list[OutboxMessage]:
    with web.db() as session:
        return list(session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.RIGHTS_CODE)).all())


def code_of(web: Web, asked: str) -> str:
    with web.db() as session:
        rows = session.exec(select(RightsCode)).all()
        return proving_code(web.ring, next(row.id for row in rows if str(row.id) == asked))


def without_tokens(page: str) -> str:
    return re.sub(r'value="[0-9a-f-]{36}"', "", page)


def test_a_person_who_lost_the_link_opens_their_own_page_with_a_code(web: Web) -> None:
    visit = coming(web)[0]
    browser = web.browser("visitor")
    assert "/visit/ask" in browser.get("/").text
    asked = asked_for(web, browser, "WEI@nimbus.example ")
    (message,) = sent(web)
    assert message.visit_id is None
    assert [letter.to for letter in letters(web) if code_of(web, asked)[:5] in letter.body] == ["wei@nimbus.example"]
    answer = browser.post("/ask/code", {"asked": asked, "code": code_of(web, asked)})
    assert answer.headers["location"] == "/visit/rights"
    browser.csrf = token_in(browser.follow(answer))
    made = browser.post("/rights/new/access").headers["location"].removeprefix("/visit")
    assert "魏伟明" in browser.post(f"{made}/answer").text, "verified already: no second code"
    assert visit.id


def test_strangers_see_the_same_page_whether_anybody_is_held_or_not(web: Web) -> None:
    coming(web)
    pages = []
    for mail in ("wei@nimbus.example", "nobody@nowhere.example"):
        browser = web.browser("visitor")
        page = browser.post("/ask", {"mail": mail})
        pages.append((page.status_code, without_tokens(page.text).replace(mail, "")))
    assert pages[0] == pages[1]
    assert len(sent(web)) == 1
    assert [event.detail["why"] for event in events_of(web, EventType.REQUEST_NOT_VERIFIED)] == ["unknown_address"]


def test_twenty_wrong_codes_do_not_say_that_somebody_is_held(web: Web) -> None:
    """Only who has the link is sent to the desk: here that answer would be given of people who are held, and of nobody else."""
    coming(web)
    answers = set()
    for _ in range(5):
        browser = web.browser("visitor")
        for mail in ("wei@nimbus.example", "nobody@nowhere.example"):
            web.clock.now += timedelta(minutes=16)
            asked = asked_for(web, browser, mail)
            answers |= {without_tokens(browser.post("/ask/code", {"asked": asked, "code": "AAAAAAAAAA"}).text) for _ in range(5)}
    assert {event.detail["why"] for event in events_of(web, EventType.REQUEST_NOT_VERIFIED)} >= {"too_many", "wrong_code"}
    assert len(answers) == 1


def test_a_code_that_was_never_sent_is_wrong_like_any_other(web: Web) -> None:
    coming(web)
    browser = web.browser("visitor")
    stranger = asked_for(web, browser, "nobody@nowhere.example")
    known = asked_for(web, browser, "wei@nimbus.example")
    tries = [
        (stranger, code_of(web, stranger)), (stranger, "AAAAAAAAAA"), (known, code_of(web, stranger)), (str(uuid4()), code_of(web, known)),
    ]  # fmt: skip
    answers = [browser.post("/ask/code", {"asked": asked, "code": code}) for asked, code in tries]
    assert {answer.status_code for answer in answers} == {422}
    assert len({without_tokens(answer.text) for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


def test_one_network_tries_ten_times_in_a_quarter_of_an_hour(web: Web) -> None:
    coming(web)
    browser = web.browser("visitor")
    answers = [browser.post("/ask", {"mail": f"nobody{number}@nowhere.example"}).status_code for number in range(12)]
    assert answers == [200] * 10 + [422] * 2
    web.clock.now += timedelta(minutes=16)
    assert browser.post("/ask", {"mail": "nobody@nowhere.example"}).status_code == 200


def test_bad_addresses_are_said_to_be_so(web: Web) -> None:
    browser = web.browser("visitor")
    for mail in ("", "魏伟明", "a" * 300 + "@x.example", "x@y\x00.example"):
        assert browser.post("/ask", {"mail": mail}).status_code == 422
    assert browser.post("/ask/code", {"asked": "no-such", "code": "AAAAAAAAAA"}).status_code == 303
