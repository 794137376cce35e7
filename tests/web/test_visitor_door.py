"""The link in an invitation: previews consume nothing, a press of a button opens the visit, and nobody else's."""

import logging
from datetime import timedelta

import pytest
from sqlmodel import select

from access_log.models import AccessEvent, Erasure, RecordEntry, Site, Visit, WebSession
from access_log.policy.codes import EventType, VisitState
from access_log.services import notices, own_visit, retention, visits
from tests.cast import as_contact
from tests.web.conftest import Web
from tests.web.visitors import WECHAT, again, coming, events_of, link, opened


def rows(web: Web) -> tuple[int, int, int]:
    with web.db() as session:
        return tuple(len(session.exec(select(table)).all()) for table in (AccessEvent, RecordEntry, WebSession))  # type: ignore[return-value]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_a_link_consumes_nothing_and_shows_nobody(web: Web, method: str) -> None:
    visit = coming(web)[0]
    before = rows(web)
    browser = web.browser("visitor")
    for _ in range(3):
        answer = browser.client.request(method, browser.prefix + link(web, visit), headers=browser.headers)
    assert (answer.status_code, rows(web)) == (200, before)
    assert "set-cookie" not in answer.headers
    for secret in ("魏", "wei@", "云帆", "1001", "Hall", "2026"):
        assert secret not in answer.text
    assert opened(web, visit).get("/pass").status_code == 200, "and the link still works"


def test_pressing_the_button_opens_the_visit_under_an_address_without_the_token(web: Web) -> None:
    visit = coming(web)[0]
    browser, path = web.browser("visitor"), link(web, visit)
    answer = browser.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/visit/")
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-visitor=")
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert path[1:] not in str(answer.headers)
    for page in ("/notice", "/pass", "/receipt", "/data", "/pass/picture"):
        shown = browser.get(page)
        assert shown.status_code == 200
        assert path[1:] not in shown.text
        assert shown.headers["cache-control"] == "no-store"


def test_the_token_stands_in_no_log(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    visit = coming(web)[0]
    with caplog.at_level(logging.DEBUG):
        opened(web, visit).get("/pass")
    lines = [record for record in caplog.records if record.name == "kiosk.requests"]
    assert "GET /{token}" in {getattr(record, "route", "") for record in lines}, "the request itself is logged"
    own = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]  # the tests' client
    assert link(web, visit)[1:] not in "\n".join(f"{record.getMessage()} {vars(record)}" for record in own)


def test_it_works_in_the_browser_inside_wechat(web: Web) -> None:
    browser = opened(web, coming(web)[0], **{"user-agent": WECHAT, "accept-language": "zh-CN,zh;q=0.9,en-US;q=0.8"})
    page = browser.get("/pass")
    assert "通行码现在有效" in page.text
    assert "微信内无法打开日历文件" in page.text
    assert browser.post("/notice/minor", {}).status_code == 303, "without Sec-Fetch headers as in older ones"


@pytest.mark.clause("8.b")
def test_a_wrong_a_mistyped_and_a_replaced_link_get_the_same_words(web: Web) -> None:
    visit = coming(web)[0]
    old = link(web, visit)
    with web.db() as session:
        visits.reissue(session, web.ring, visit=session.get_one(Visit, visit.id), actor=as_contact(web.cast.lin), now=web.clock.now)
    answers = [web.browser("visitor").get(path) for path in (old, old[:-1], "/0123456789abcdefghjkmnpqrs", "/x", "/%00", "/\u8bbf")]
    answers += [web.browser("visitor").post(old)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert web.browser("visitor").get(link(web, visit)).status_code == 200


def test_a_new_pass_closes_what_the_old_link_had_opened(web: Web) -> None:
    visit = coming(web)[0]
    thief = opened(web, visit)
    with web.db() as session:
        visits.reissue(session, web.ring, visit=session.get_one(Visit, visit.id), actor=as_contact(web.cast.lin), now=web.clock.now)
    assert thief.get("/pass").headers["location"] == "/visit/"
    assert "Your visit" in thief.follow(thief.get("/pass")).text


def test_a_link_leads_to_its_own_visit_and_replaces_another(web: Web) -> None:
    wei, hers = coming(web, web.cast.wei, web.cast.ana)
    browser = opened(web, wei)
    assert "1001-1" in browser.get("/pass").text
    assert "1001-2" not in browser.get("/pass").text
    answer = browser.post(link(web, hers))
    assert answer.status_code == 303
    assert "1001-2" in browser.get("/pass").text
    assert "1001-1" not in browser.get("/pass").text
    with web.db() as session:
        assert len(session.exec(select(WebSession).where(WebSession.visit_id == str(wei.id))).all()) == 0, "one visit a browser"


def test_another_sites_page_cannot_press_the_button(web: Web) -> None:
    browser = web.browser("visitor")
    answer = browser.post(link(web, coming(web)[0]), headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"})
    assert answer.status_code == 403


def test_a_session_ends_after_two_hours_without_use_and_the_link_opens_another(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    web.clock.now += timedelta(hours=2, minutes=1)
    assert browser.get("/pass").headers["location"] == "/visit/"
    answer = browser.post("/notice/decline")
    assert answer.status_code == 401
    assert again(web, visit).erased_at is None
    assert opened(web, visit).get("/pass").status_code == 200


def test_closing_it_on_this_device_leaves_nothing_behind(web: Web) -> None:
    browser = opened(web, coming(web)[0])
    answer = browser.post("/sign-out")
    assert answer.headers["location"] == "/visit/"
    with web.db() as session:
        assert session.exec(select(WebSession)).all() == []
    assert browser.get("/receipt").headers["location"] == "/visit/"


def test_an_erased_visits_link_says_so_and_opens_nothing(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        notices.minor(session, visit=row, actor=own_visit.as_visitor(row), now=web.clock.now)
    for answer in (web.browser("visitor").get(link(web, visit)), web.browser("visitor").post(link(web, visit))):
        assert answer.status_code == 410
        assert "has been erased" in answer.text
        assert "set-cookie" not in answer.headers


def test_when_all_periods_are_over_the_link_confirms_it_unasked(web: Web) -> None:
    visit = coming(web)[0]
    browser = web.browser("visitor")
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        row.state = VisitState.NO_SHOW
        session.add(row)
        session.flush()
        site = session.get_one(Site, row.site_id)
        assert retention.erase_due(session, site=site, now=row.window_until + timedelta(days=7)) > 0
        receipts = session.exec(select(Erasure).where(Erasure.subject_id == row.subject_id)).all()
    answer = browser.get(link(web, visit))
    assert answer.status_code == 410
    assert "It was deleted by itself" in answer.text
    assert "company&#39;s contact is told" not in answer.text, "that is about a no before the entry"
    assert all(str(receipt.id) in answer.text for receipt in receipts)
    assert "保存期限届满" in browser.get(link(web, visit), headers={"accept-language": "zh-CN"}).text


def test_a_cancelled_visits_link_explains_itself(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        visits.cancel(session, visit=session.get_one(Visit, visit.id), actor=as_contact(web.cast.lin), now=web.clock.now)
    page = opened(web, visit).get("/pass")
    assert "This visit is cancelled" in page.text
    assert "data:image" not in page.text


def test_opening_the_pass_is_recorded_once_a_device(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    for _ in range(3):
        browser.get("/pass")
    assert [event.visit_id for event in events_of(web, EventType.PASS_VIEWED)] == [visit.id]
    opened(web, visit)
    assert len(events_of(web, EventType.PASS_VIEWED)) == 2


def test_the_chosen_language_is_that_of_the_letters_too(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    answer = browser.post("/language", {"language": "en", "back": "/receipt"})
    assert answer.headers["location"] == "/visit/receipt"
    assert again(web, visit).language == "en"
    browser.headers["accept-language"] = "zh-CN"
    assert "What is held about you" in browser.get("/receipt").text
    for back in ("//evil.example", "https://evil.example/", "/notice/decline", ""):
        assert browser.post("/language", {"language": "zh-CN", "back": back}).headers["location"] == "/visit/pass"
    assert browser.post("/language", {"language": "tlh"}).headers["location"] == "/visit/pass"
    assert again(web, visit).language == "zh-CN"


@pytest.mark.parametrize("path", ["/pass", "/pass/picture", "/pass.png", "/pass.ics", "/notice", "/notice/decline", "/receipt", "/data"])
def test_without_a_link_there_is_only_the_door(web: Web, path: str) -> None:
    answer = web.browser("visitor").get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/visit/")
    assert "open the link in your invitation" in web.browser("visitor").get("/").text
