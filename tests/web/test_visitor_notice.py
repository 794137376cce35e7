"""The notice on the visitor's page: read once, bound to its words; a no ends the visit and erases at once."""

import base64
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from access_log.models import BlindIndex, Erasure, Notice, OutboxMessage, Template, VaultItem, VaultLabel, Visit
from access_log.policy.actors import system
from access_log.policy.codes import EventType, HowKnown, VisitState
from access_log.policy.periods import add_months
from access_log.services import notices
from access_log.services.presence import enter
from tests.notice_texts import both
from tests.web.conftest import Web
from tests.web.visitors import again, coming, events_of, link, opened, token_in


def digest(web: Web, language: str = "en") -> str:
    with web.db() as session:
        return notices.current(session, site_id=web.cast.site.id or 0, language=language).sha256.hex()


def nothing_left_of(web: Web, visit: Visit) -> bool:
    with web.db() as session:
        return not any(
            session.exec(select(table).where(table.subject_id == visit.subject_id)).first()  # type: ignore[attr-defined]
            for table in (VaultItem, VaultLabel, BlindIndex)
        )


def erased(web: Web) -> list[UUID]:
    with web.db() as session:
        return list(session.exec(select(Erasure.id)))


@pytest.mark.clause("1.3", "4.4.a")
def test_the_notice_comes_first_with_this_visits_own_dates(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    assert browser.get("/").headers["location"] == "/visit/notice"
    page = browser.get("/notice")
    for date in ("2026-11-25", "2026-12-24", "2027-05-24", "2029-11-24"):
        assert date in page.text, "mail and phone, document, name, times"
    assert add_months(visit.window_until, 6, "Asia/Shanghai").date().isoformat() == "2027-05-24"
    assert "I have read this, continue" in page.text
    assert "checkbox" not in page.text, "nothing is ticked for anybody"
    assert 'href="/visit/pass"' in page.text, "and it is no dead end"


@pytest.mark.clause("0.1", "0.4")
def test_reading_is_recorded_once_with_version_and_digest_of_what_was_shown(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    for _ in range(2):
        assert browser.post("/notice", {"sha256": digest(web)}).headers["location"] == "/visit/pass"
    [event] = events_of(web, EventType.NOTICE_SHOWN)
    assert (event.detail["version"], event.detail["language"], event.detail["where"]) == ("default-1", "en", "home")
    assert base64.b64decode(event.detail["sha256"] + "=").hex() == digest(web)
    assert again(web, visit).notice_read_at == web.clock.now
    assert browser.get("/").headers["location"] == "/visit/pass"
    assert "You confirmed on" in browser.get("/notice").text


def test_what_is_recorded_is_the_language_that_was_shown(web: Web) -> None:
    browser = opened(web, coming(web)[0])
    browser.post("/notice", {"sha256": digest(web, "zh-CN")})
    assert events_of(web, EventType.NOTICE_SHOWN)[0].detail["language"] == "zh-CN"


@pytest.mark.parametrize("sent", [None, "", "0" * 64, "old"])
def test_a_yes_to_other_words_shows_the_words_in_force(web: Web, sent: str | None) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    old = digest(web)
    with web.db() as session:
        texts = both("新版", "New", more_zh="## 要点\n\n新内容", more_en="## In short\n\nNew words")
        at = web.clock.now + timedelta(minutes=1)
        notices.publish(session, site_id=web.cast.site.id or 0, version="2026-12", texts=texts, actor=system(1), now=at)
    answer = browser.post("/notice", {"sha256": old if sent == "old" else sent} if sent is not None else {})
    assert answer.status_code == 409
    assert "A newer version" in answer.text
    assert "New words" in answer.text
    assert again(web, visit).notice_read_at is None
    assert browser.post("/notice", {"sha256": digest(web)}).status_code == 303


@pytest.mark.parametrize("ask_again", [True, False])
def test_a_new_version_is_shown_where_everybody_is_asked_again_and_else_what_was_read(web: Web, ask_again: bool) -> None:
    browser = opened(web, coming(web)[0])
    browser.post("/notice", {"sha256": digest(web)})
    with web.db() as session:
        texts = both("新版", "New", more_en="Words of the new one")
        at = web.clock.now + timedelta(minutes=1)
        notices.publish(session, site_id=1, version="2026-12", texts=texts, actor=system(1), now=at, ask_again=ask_again)
    assert browser.get("/").headers["location"] == ("/visit/notice" if ask_again else "/visit/pass")
    page = browser.get("/notice").text
    assert ("Words of the new one" in page) is ask_again
    assert ("default-1" in page) is not ask_again
    assert ("The privacy notice has changed since you read it" in browser.get("/pass").text) is ask_again


@pytest.mark.parametrize(
    ("ending", "state", "recorded"),
    [
        ("decline", VisitState.CANCELLED, EventType.NOTICE_DECLINED),
        ("minor", VisitState.TURNED_AWAY, EventType.MINOR_TURNED_AWAY),
    ],
)
@pytest.mark.clause("0.4", "5.c")
def test_a_no_asks_once_more_then_ends_the_visit_and_erases_at_once(web: Web, ending: str, state: VisitState, recorded: EventType) -> None:
    visit = coming(web)[0]
    browser, other = opened(web, visit), opened(web, visit)
    asked = browser.get(f"/notice/{ending}")
    assert "cannot be undone" in asked.text
    assert not nothing_left_of(web, visit), "asking does nothing"
    answer = browser.post(f"/notice/{ending}")
    [receipt] = erased(web)
    assert answer.headers["location"] == f"/visit/ended?receipt={receipt}"
    page = browser.follow(answer).text
    assert "has been erased" in page
    assert str(receipt) in page
    assert "From 2026-12-09, no copy made before opens it either." in page, "fourteen days, and the day until the next key"
    assert nothing_left_of(web, visit)
    ended = again(web, visit)
    assert (ended.state, ended.technician_id, ended.erased_at) == (state, None, web.clock.now)
    assert len(events_of(web, recorded)) == 1
    assert browser.get("/pass").status_code == other.get("/pass").status_code == 303, "no device shows it any longer"
    later = web.browser("visitor").get(link(web, visit))
    assert later.status_code == 410
    assert str(receipt) in later.text, "whoever keeps the link finds the receipt again"


@pytest.mark.parametrize("receipt", ["", "0", "x" * 36, "00000000-0000-4000-8000-000000000000", "\x00", "{}"])
def test_a_receipt_of_nothing_shows_no_date(web: Web, receipt: str) -> None:
    page = web.browser("visitor").get("/ended", params={"receipt": receipt})
    assert page.status_code == 200
    assert "Erased on" not in page.text


def test_the_contact_is_told_that_it_ended_in_the_same_words_whatever_the_reason(web: Web) -> None:
    first, second = coming(web, web.cast.wei, web.cast.ana)
    opened(web, first).post("/notice/decline")
    opened(web, second).post("/notice/minor")
    with web.db() as session:
        told = session.exec(select(OutboxMessage).where(OutboxMessage.subject_id == web.cast.lin.subject_id)).all()
    ended = [message.template for message in told if message.template is not Template.VISIT_APPROVED]
    assert ended == [Template.VISIT_ENDED, Template.VISIT_ENDED]


@pytest.mark.clause("6.b")
def test_a_minors_record_leads_to_nobody(web: Web) -> None:
    visit = coming(web)[0]
    opened(web, visit).post("/notice/minor")
    [event] = events_of(web, EventType.MINOR_TURNED_AWAY)
    assert (event.visit_id, event.subject_id, event.customer_id) == (None, None, None)


@pytest.mark.parametrize("ending", ["decline", "minor"])
def test_nobody_disappears_from_inside(web: Web, ending: str) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    with web.db() as session:
        inside = session.get_one(Visit, visit.id)
        enter(session, visit=inside, area_id=web.cast.hall.id or 0, known=HowKnown.GUARD_SAW, at=web.clock.now)
    for answer in (browser.get(f"/notice/{ending}"), browser.post(f"/notice/{ending}")):
        assert answer.status_code == 409
        assert "You are on site already" in answer.text
    assert "I do not agree" not in browser.get("/notice").text
    assert not nothing_left_of(web, visit)


def test_a_no_before_the_approval_counts_as_well(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        row.state = VisitState.REQUESTED
        session.add(row)
    assert opened(web, visit).post("/notice/decline").status_code == 303
    assert nothing_left_of(web, visit)


def test_a_form_without_the_sessions_token_erases_nobody(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    browser.csrf = "forged"
    assert browser.post("/notice/decline").status_code == 403
    assert not nothing_left_of(web, visit)


def test_an_unknown_ending_leads_nowhere(web: Web) -> None:
    browser = opened(web, coming(web)[0])
    assert browser.get("/notice/whatever").status_code == 404
    assert token_in(browser.get("/notice"))


def test_the_text_on_the_page_is_the_published_text(web: Web) -> None:
    browser = opened(web, coming(web)[0], **{"accept-language": "zh-CN"})
    page = browser.get("/notice").text
    with web.db() as session:
        body = session.exec(select(Notice).where(Notice.language == "zh-CN")).one().body
    for line in body.splitlines():
        assert line.lstrip("# ") in page
