"""Taking turns at the desk: two fields to hand over, a lock after ten minutes, and no way to guess a PIN."""

from datetime import timedelta

import pytest
from sqlmodel import select

from access_log.models import Staff, WebSession
from access_log.policy.codes import EventType, Role
from tests.cast import PIN, Maker, hashed
from tests.moments import NOON
from tests.web.conftest import Browser, Web
from tests.web.desk import by_staff, of_type, page, value_of


@pytest.fixture
def desk(web: Web) -> Browser:
    """Mei has opened the desk with both factors."""
    return web.as_(web.cast.mei)


def another_guard(web: Web, number: str = "1002", role: Role = Role.GUARD) -> Staff:
    with web.db() as session:
        return Maker(session, web.ring, web.cast.mei.site_id, NOON).staff(number, "换班", role)


def take_over(browser: Browser, number: str, pin: str = PIN):  # type: ignore[no-untyped-def]
    answer = browser.post("/switch", {"number": number, "pin": pin})
    if answer.status_code == 303:
        browser.csrf = value_of(browser.follow(answer).text, "csrf")
    return answer


def sessions(web: Web) -> list[WebSession]:
    with web.db() as session:
        return list(session.exec(select(WebSession)).all())


def test_a_guard_takes_over_with_number_and_pin_and_acts_under_their_own_name(web: Web, desk: Browser) -> None:
    other = another_guard(web)
    (before,) = sessions(web)
    assert 'name="number"' in page(desk, "/switch")
    answer = take_over(desk, "1002")
    assert answer.headers["location"] == "/console/desk"
    assert "<b>1002</b> Guard" in page(desk, "/desk")
    (after,) = sessions(web)
    assert (after.actor_id, after.digest != before.digest, after.csrf != before.csrf) == (other.id, True, True)
    assert after.expires_at == before.expires_at, "a PIN lengthens no sign-in"
    assert [(event.actor_id, event.detail) for event in of_type(web, EventType.SIGN_IN_SUCCEEDED)] == [(other.id, {"how": "pin"})]


def test_a_locked_desk_shows_nothing_and_opens_for_the_pin_alone(web: Web, desk: Browser) -> None:
    assert desk.post("/lock").headers["location"] == "/console/switch"
    assert desk.get("/desk").headers["location"] == "/console/switch"
    html = page(desk, "/switch")
    assert ("The desk is locked" in html, value_of(html, "number")) == (True, "1001")
    assert "Desk <kbd>" not in html
    assert take_over(desk, "1001").status_code == 303
    assert "<b>1001</b>" in page(desk, "/desk")


def test_somebody_else_may_open_a_locked_desk(web: Web, desk: Browser) -> None:
    another_guard(web)
    desk.post("/lock")
    assert value_of(page(desk, "/switch?other=yes"), "number") == ""
    assert take_over(desk, "1002").status_code == 303


def test_ten_minutes_unused_lock_the_desk_and_refreshing_itself_is_no_use(web: Web, desk: Browser) -> None:
    page(desk, "/desk")
    for minute in range(1, 11):
        web.clock.now = NOON + timedelta(minutes=minute)
        assert desk.get("/desk", headers={"X-Refresh": "1"}).status_code == 200
    web.clock.now = NOON + timedelta(minutes=10, seconds=1)
    assert desk.get("/desk", headers={"X-Refresh": "1"}).headers["location"] == "/console/switch"


def test_who_works_on_a_page_keeps_the_desk_open(web: Web, desk: Browser) -> None:
    for minute in range(0, 30, 5):
        web.clock.now = NOON + timedelta(minutes=minute)
        assert desk.get("/awake").status_code == 204
    assert desk.get("/desk").status_code == 200


def test_what_is_pressed_on_a_desk_that_has_locked_itself_is_not_done_and_said(web: Web, desk: Browser) -> None:
    desk.post("/lock")
    answer = desk.post("/find", {"wanted": "魏伟明"})
    assert answer.headers["location"] == "/console/switch"
    assert "What was pressed last has not been done." in desk.follow(answer).text
    assert by_staff(web, EventType.IDENTITY_SEARCHED) == []
    assert "has not been done" not in desk.follow(desk.post("/lock")).text, "locking twice is no trouble"


def test_the_same_guard_goes_on_where_the_lock_came_and_another_begins_at_the_desk(web: Web, desk: Browser) -> None:
    another_guard(web)
    for number, place in (("1001", "/console/find"), ("1002", "/console/desk")):
        desk.post("/lock")
        assert desk.get("/find").headers["location"] == "/console/switch"
        assert take_over(desk, number).headers["location"] == place


def test_the_fifth_wrong_pin_closes_the_desk(web: Web, desk: Browser) -> None:
    for _ in range(4):
        wrong = take_over(desk, "1001", "111222")
        assert (wrong.status_code, "Staff number or PIN is not right." in wrong.text) == (422, True)
        assert "111222" not in wrong.text
    closed = desk.post("/switch", {"number": "1001", "pin": "111222"})
    assert closed.headers["location"] == "/console/sign-in"
    assert "Too many wrong PINs." in desk.follow(closed).text
    assert sessions(web) == []
    assert desk.get("/desk").headers["location"] == "/console/sign-in"
    assert len(of_type(web, EventType.SIGN_IN_REFUSED)) == 5


def test_unlocking_in_between_gives_a_guard_no_new_tries_at_a_colleagues_pin(web: Web, desk: Browser) -> None:
    another_guard(web)
    for _ in range(2):
        for _ in range(2):
            assert take_over(desk, "1002", "111222").status_code == 422
        assert take_over(desk, "1001").status_code == 303
    assert desk.post("/switch", {"number": "1002", "pin": "111222"}).headers["location"] == "/console/sign-in"


@pytest.mark.parametrize("number", ["2001", "9001", "7777", ""])
def test_only_a_guards_pin_opens_a_desk(web: Web, desk: Browser, number: str) -> None:
    assert take_over(desk, number).status_code == 422
    assert "<b>1001</b>" in page(desk, "/desk")


def test_nobody_who_is_no_guard_has_a_pin_or_a_lock(web: Web) -> None:
    rui = web.as_(web.cast.rui)
    assert rui.get("/switch").headers["location"] == "/console/"
    assert rui.post("/switch", {"number": "1001", "pin": PIN}).headers["location"] == "/console/sign-in"
    assert rui.post("/lock").headers["location"] == "/console/sign-in"
    assert rui.get("/pin").status_code == 403
    assert [one.locked_at for one in sessions(web)] == [None]


def test_a_pin_needs_a_desk_opened_with_both_factors(web: Web) -> None:
    browser = web.as_(web.cast.mei)
    with web.db() as session:
        row = session.exec(select(WebSession)).one()
        row.second_factor_at = None
    assert browser.post("/switch", {"number": "1001", "pin": PIN}).headers["location"] == "/console/sign-in"
    assert web.browser("console").post("/switch", {"number": "1001", "pin": PIN}).status_code == 401


def test_a_guard_chooses_a_pin_that_is_kept_as_a_hash(web: Web, desk: Browser) -> None:
    answer = desk.post("/pin", {"pin": "730461", "pin_again": "730461"})
    assert "Your PIN is set." in desk.follow(answer).text
    with web.db() as session:
        kept = session.get_one(Staff, web.cast.mei.id).pin_hash
    assert kept is not None
    assert "730461" not in kept
    assert kept != hashed(PIN, pin=True)
    assert take_over(desk, "1001", "730461").status_code == 303


@pytest.mark.parametrize(
    ("pin", "again", "said"),
    [
        ("730461", "730462", "The two PINs differ."),
        ("123456", "123456", "This PIN is too easy to guess."),
        ("12345", "12345", "A PIN has six digits."),
        ("", "", "Please fill this in."),
    ],
)
def test_a_pin_that_cannot_be_is_refused_and_not_shown_again(web: Web, desk: Browser, pin: str, again: str, said: str) -> None:
    answer = desk.post("/pin", {"pin": pin, "pin_again": again})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert (value_of(answer.text, "pin"), value_of(answer.text, "pin_again")) == ("", "")


def test_whoever_was_cut_off_is_not_sent_to_a_stream_or_a_part_of_a_page(web: Web, desk: Browser) -> None:
    desk.post("/lock")
    streamed = desk.get("/live", headers={"accept": "text/event-stream"})
    part = desk.get("/find", headers={"X-Refresh": "1"})
    assert (streamed.status_code, part.headers["location"]) == (401, "/console/switch")
    assert not [answer for answer in (streamed, part) if "wanted" in answer.headers.get("set-cookie", "")]
