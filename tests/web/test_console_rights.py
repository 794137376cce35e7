"""The privacy officer and the guards at the rights desk: the true day, shown by the person, a ground for each no, never late unseen."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from access_log.models import OutboxMessage, RightsRequest, Staff, Template, VaultItem, Visit, VisitOrder
from access_log.policy.codes import EventType, Item
from access_log.policy.rights import Ground, Proof, RequestState, Stage
from access_log.sweeping import sweep
from tests.moments import NOON
from tests.web.conftest import Browser, Web
from tests.web.test_visitor_rights import CODE, ask, newest_code, opened, prove, request_of
from tests.web.visitors import coming, events_of


def officer(web: Web) -> Browser:
    return web.as_(web.cast.pang)


def typed(**other: str) -> dict[str, str]:
    form = {"kind": "access", "channel": "post", "received": "2026-11-20T09:00", "visit": "1001-1", "words": "请告诉我"}
    return form | {"language": "zh-CN"} | other


def newest(web: Web) -> RightsRequest:
    with web.db() as session:
        return session.exec(select(RightsRequest).order_by(RightsRequest.number.desc())).first()  # type: ignore[attr-defined]


def number_of(web: Web, visit: Visit) -> str:
    with web.db() as session:
        return f"{session.get_one(VisitOrder, visit.order_id).number}-{visit.place}"


@pytest.mark.clause("5.f", "8.a")
def test_a_letter_is_typed_in_with_the_day_it_came_and_due_two_working_days_after_that(web: Web) -> None:
    coming(web)
    answer = officer(web).post("/rights/new", typed())
    assert answer.status_code == 303, answer.text
    made = newest(web)
    assert (made.received_at, made.recorded_at) == (NOON - timedelta(days=4, hours=3), NOON)
    page = officer(web).follow(answer).text
    assert "by the end of 2026-11-24" in page, "received on a Friday: Monday and Tuesday"
    assert "By post" in page
    assert "请告诉我" not in page, "sealed until it is read"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"received": "2026-11-25T09:00"}, "This time is still to come"),
        ({"received": "yesterday"}, "Please enter a date and time"),
        ({"visit": "9999-1"}, "There is no visit with this number"),
        ({"visit": "1001"}, ""),
        ({"kind": "nonsense"}, "Please choose one of the list"),
        ({"kind": "object", "words": ""}, "Please fill this in"),
        ({"channel": "own_page"}, "Please choose one of the list"),
    ],
)
def test_what_cannot_be_typed_in_says_so_beside_its_field_and_keeps_the_rest(web: Web, wrong: dict[str, str], said: str) -> None:
    coming(web)
    answer = officer(web).post("/rights/new", typed(**{"words": "请告诉我"} | wrong))
    if wrong == {"visit": "1001"}:
        assert answer.status_code == 303, "an order with one visit is that visit"
        return
    assert answer.status_code == 422
    assert said in answer.text
    assert newest(web) is None
    if "words" not in wrong:
        assert "请告诉我" in answer.text


def test_the_words_are_read_on_a_press_and_the_person_sees_who_did(web: Web) -> None:
    visit = coming(web)[0]
    officer(web).post("/rights/new", typed())
    made = newest(web)
    shown = officer(web).post(f"/rights/{made.id}/read").text
    assert "请告诉我" in shown
    look = events_of(web, EventType.IDENTITY_REVEALED)[-1]
    assert (look.subject_id, look.detail["purpose"], look.detail["role"]) == (visit.subject_id, "rights_request", "privacy_officer")
    browser = opened(web, visit)
    prove(web, visit, browser, ask(web, visit, browser, "access"))
    page = browser.post(f"/rights/{request_of(web, visit).id}/answer").text
    assert "3001" in page
    assert "庞磅" not in page


def test_the_officer_can_neither_verify_nor_open_an_answer_that_waits_for_its_person(web: Web) -> None:
    visit = coming(web)[0]
    desk = officer(web)
    desk.post("/rights/new", typed(kind="correct"))
    made = newest(web)
    assert desk.post(f"/rights/{made.id}/correct", {"name": "别人"}).status_code == 409
    assert desk.post(f"/rights/{made.id}/grant").status_code == 409
    browser = opened(web, visit)
    own = ask(web, visit, browser, "access")
    prove(web, visit, browser, own)
    refused = desk.post(f"/rights/{own.id}/print")
    assert refused.status_code == 409
    assert "魏伟明" not in refused.text


def test_a_code_from_the_desk_goes_to_the_person_who_types_it_on_their_own_page(web: Web) -> None:
    visit = coming(web)[0]
    officer(web).post("/rights/new", typed())
    made = newest(web)
    assert officer(web).post(f"/rights/{made.id}/code").status_code == 303
    browser = opened(web, visit)
    assert prove(web, visit, browser, made).status_code == 303
    assert (newest(web).state, newest(web).proof) == (RequestState.ANSWERED, Proof.CODE)
    printed = officer(web).post(f"/rights/{made.id}/print").text
    assert "魏伟明" in printed, "it came by post, and goes by post"


@pytest.mark.clause("8.b")
def test_a_guard_compares_the_document_and_hands_over_a_code(web: Web) -> None:
    visit = coming(web, web.cast.ana)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    guard = web.as_(web.cast.mei)
    look = guard.post("/proof", {"number": str(made.number)}).text
    assert "Ana Lucía Ñúñez" in look
    handed = guard.post(f"/proof/{visit.id}", {"verdict": "match"})
    code = CODE.search(handed.text)[0]
    assert request_of(web, visit).state is RequestState.ANSWERED, "shown who asks, and so answered"
    assert browser.post(f"/rights/{made.id}/answer").status_code == 409, "but this browser has not shown anything yet"
    assert prove(web, visit, browser, made, code).status_code == 303
    assert "Ana Lucía Ñúñez" in browser.post(f"/rights/{made.id}/answer").text
    assert request_of(web, visit).proof is Proof.DESK


def test_a_document_of_somebody_else_is_recorded_and_discloses_nothing(web: Web) -> None:
    visit = coming(web)[0]
    ask(web, visit, opened(web, visit), "access")
    guard = web.as_(web.cast.mei)
    assert guard.post("/proof", {"number": number_of(web, visit)}).status_code == 200
    assert guard.post(f"/proof/{visit.id}", {"verdict": "differs"}).status_code == 303
    assert [event.detail["why"] for event in events_of(web, EventType.REQUEST_NOT_VERIFIED)] == ["document"]
    assert request_of(web, visit).state is RequestState.OPEN
    assert guard.post("/proof", {"number": "7777"}).status_code == 422


@pytest.mark.clause("5.c")
def test_a_refusal_names_its_ground_and_the_way_to_court_in_the_persons_language(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "object", words="我反对", item="name")
    assert officer(web).post(f"/rights/{made.id}/refuse", {}).status_code == 422
    assert officer(web).post(f"/rights/{made.id}/refuse", {"ground": "needed"}).status_code == 303
    assert officer(web).post(f"/rights/{made.id}/refuse", {"ground": "needed"}).status_code == 409
    assert request_of(web, visit).ground is Ground.NEEDED
    page = browser.get(f"/rights/{made.id}?lang=zh-CN").text
    assert "法定职责" in page
    assert "人民法院" in page


@pytest.mark.clause("5.b")
def test_a_name_is_corrected_for_a_verified_person_and_the_old_one_is_gone(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "correct", words="魏伟鸣", item="name")
    prove(web, visit, browser, made)
    assert request_of(web, visit).state is RequestState.OPEN, "a person decides"
    with web.db() as session:
        before = session.get_one(VaultItem, (visit.subject_id, Item.NAME)).ciphertext
    assert officer(web).post(f"/rights/{made.id}/correct", {"name": "", "mail": "", "phone": ""}).status_code == 422
    assert officer(web).post(f"/rights/{made.id}/correct", {"name": "魏伟鸣"}).status_code == 303
    assert "魏伟鸣" in browser.post("/data").text
    with web.db() as session:
        assert session.get_one(VaultItem, (visit.subject_id, Item.NAME)).ciphertext != before
    assert events_of(web, EventType.IDENTITY_CORRECTED)[-1].detail == {"items": ["name"], "request": made.number}


def test_a_frozen_name_is_shown_to_nobody_but_its_person(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "restrict", words="请冻结", item="name")
    prove(web, visit, browser, made)
    assert officer(web).post(f"/rights/{made.id}/grant").status_code == 303
    found = web.as_(web.cast.mei).post("/find", {"wanted": number_of(web, visit)}).text
    assert "•••" in found
    assert "魏" not in found
    assert "魏伟明" in browser.post("/data").text


def test_the_clock_stands_still_only_while_the_person_is_waited_for(web: Web) -> None:
    coming(web)
    desk = officer(web)
    desk.post("/rights/new", typed(received="2026-11-24T09:00", visit=""))
    made = newest(web)
    due = made.due_at
    assert desk.post(f"/rights/{made.id}/pause", {"reason": "clarification"}).status_code == 303
    assert desk.post(f"/rights/{made.id}/pause", {"reason": "clarification"}).status_code == 409
    web.clock.now += timedelta(days=3)
    assert desk_sweeps(web) == []
    assert officer(web).post(f"/rights/{made.id}/resume").status_code == 303
    assert newest(web).due_at == due + timedelta(days=4), "two whole working days, and a week-end"


def desk_sweeps(web: Web) -> list[Any]:
    """What the officers were reminded of since the last time."""
    before = len(reminders(web))
    while sweep(web.engine, web.clock):
        pass
    return reminders(web)[before:]


def reminders(web: Web) -> list[OutboxMessage]:
    with web.db() as session:
        return list(session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.RIGHTS_REMINDER)).all())


@pytest.mark.clause("5.f")
def test_officers_are_reminded_at_half_at_four_fifths_and_when_it_is_late_once_each(web: Web) -> None:
    coming(web)
    officer(web).post("/rights/new", typed(received="2026-11-24T09:00"))
    assert desk_sweeps(web) == []
    for hours, stage in ((36, Stage.HALF), (51, Stage.URGENT), (60, Stage.LATE)):
        web.clock.now = NOON + timedelta(hours=hours, minutes=-1) if stage is not Stage.URGENT else web.clock.now
        assert desk_sweeps(web) == [], stage
        web.clock.now = NOON + timedelta(hours=hours)
        assert len(desk_sweeps(web)) == 1, stage
        assert desk_sweeps(web) == [], stage
        assert newest(web).stage is stage
    assert "is nearly or already late" in web.as_(web.cast.admin).get("/admin").text
    assert "Late" in officer(web).get("/rights").text


def test_the_queue_has_the_one_that_is_due_first_in_front_and_masks_its_names(web: Web) -> None:
    coming(web)
    desk = officer(web)
    for received in ("2026-11-23T09:00", "2026-11-20T09:00"):
        desk.post("/rights/new", typed(received=received, kind="object", words="理由"))
    page = desk.get("/rights").text
    assert page.index(">1002<") < page.index(">1001<")
    assert "魏*明" in page
    assert "魏伟明" not in page
    assert re.search(r'class="count">2<', page)


def test_whose_data_a_typed_in_request_is_about_can_be_found_out_later(web: Web) -> None:
    visit = coming(web)[0]
    desk = officer(web)
    desk.post("/rights/new", typed(visit=""))
    made = newest(web)
    assert made.subject_id is None
    assert desk.post(f"/rights/{made.id}/person", {"visit": "no-such"}).status_code == 422
    assert desk.post(f"/rights/{made.id}/person", {"visit": number_of(web, visit)}).status_code == 303
    assert newest(web).subject_id == visit.subject_id
    assert desk.post(f"/rights/{made.id}/person", {"visit": number_of(web, visit)}).status_code == 409


def test_late_is_what_the_calendar_says_and_the_record_says_so(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    ask(web, visit, browser, "object", words="理由")
    made = request_of(web, visit)
    web.clock.now = made.due_at - timedelta(seconds=1)
    officer(web).post(f"/rights/{made.id}/refuse", {"ground": "needed"})
    assert events_of(web, EventType.REQUEST_REFUSED)[-1].detail["in_time"] is True
    assert isinstance(newest(web).settled_at, datetime)
    assert newest_code(web, visit)


def test_an_officer_who_signed_no_agreement_reads_nothing_that_was_asked(web: Web) -> None:
    coming(web)
    officer(web).post("/rights/new", typed())
    path = f"/rights/{newest(web).id}/read"
    assert "请告诉我" in officer(web).post(path).text
    with web.db() as session:
        session.get_one(Staff, web.cast.pang.id).confidentiality_signed_at = None
    refused = officer(web).post(path)
    assert refused.status_code in (403, 409)
    assert "请告诉我" not in refused.text
