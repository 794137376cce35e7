"""A kiosk is enrolled by a one-use code, and only enrolled kiosks are answered."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from access_log.models import GuardCall, Kiosk
from access_log.policy.codes import EventType
from access_log.services import kiosks
from tests.cast import KIOSK_CREDENTIAL, as_staff
from tests.web.conftest import Web
from tests.web.kiosks import Device, config_of, device, ready, scans, second
from tests.web.visitors import events_of


@pytest.fixture
def kiosk(web: Web) -> Device:
    """The kiosk of the cast, beside the hall's door."""
    return device(web)


def new_code(web: Web) -> str:
    with web.db() as session:
        return kiosks.enrol_code(session, web.ring, kiosk=session.get_one(Kiosk, web.cast.kiosk.id), now=web.clock.now)


def test_a_device_without_a_credential_sees_the_enrolment_and_visitors_are_told_where_to_go(web: Web) -> None:
    page = web.browser("lobby").get("/")
    assert page.status_code == 200
    assert "kiosk-config" not in page.text
    assert "本机尚未启用，请到保安台" in page.text
    assert "Please see the guard" in page.text


def test_a_code_enrols_one_device_and_the_one_before_is_dead(web: Web, kiosk: Device) -> None:
    code = new_code(web)
    browser = web.browser("lobby")
    answer = browser.post("/enrol", {"code": f" {code[:5].lower()}-{code[5:].lower()} "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/lobby/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-lobby=")
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"))
    fresh = Device(browser, config_of(browser.get("/"))["csrf"])
    assert fresh.get("/ping").status_code == 200
    assert kiosk.get("/ping").status_code == 401, "the credential from before"
    assert len(events_of(web, EventType.KIOSK_ENROLLED)) == 1


def test_a_code_works_once(web: Web) -> None:
    code = new_code(web)
    assert web.browser("lobby").post("/enrol", {"code": code}).status_code == 303
    second = web.browser("lobby").post("/enrol", {"code": code})
    assert second.status_code == 422
    assert "not right or no longer valid" in second.text
    assert "set-cookie" not in second.headers


def test_a_code_works_for_half_an_hour(web: Web) -> None:
    code = new_code(web)
    web.clock.now += kiosks.CODE_FOR + timedelta(seconds=1)
    assert web.browser("lobby").post("/enrol", {"code": code}).status_code == 422


@pytest.mark.parametrize("typed", ["", "x", "0000000000", "A" * 64, "A" * 65, "\x00" * 10, "1234567890\n"])
def test_a_wrong_code_is_said_beside_the_field(web: Web, typed: str) -> None:
    answer = web.browser("lobby").post("/enrol", {"code": typed})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def test_guessing_codes_is_slowed_for_everybody_and_a_right_one_does_not_get_through(web: Web) -> None:
    for _ in range(kiosks.MOST):
        web.browser("lobby").post("/enrol", {"code": "0000000000"})
    answer = web.browser("lobby").post("/enrol", {"code": new_code(web)})
    assert answer.status_code == 422
    assert "Too many tries" in answer.text
    web.clock.now += kiosks.WITHIN
    assert web.browser("lobby").post("/enrol", {"code": new_code(web)}).status_code == 303


PATHS = ["/ping", "/call/{nonce}", "/watch/x"]
POSTS: dict[str, dict[str, Any]] = {
    "/scan": {"how": "scanner", "text": "1"},
    "/notice": {"token": "x", "answer": "read"},
    "/call": {},
}


def bodies() -> list[tuple[str, dict[str, Any]]]:
    return [(path, {"nonce": str(uuid4())} | body) for path, body in POSTS.items()]


@pytest.mark.parametrize("credential", [None, "", "forged", "x" * 5000])
def test_only_an_enrolled_device_is_answered(web: Web, credential: str | None) -> None:
    stranger = Device(web.browser("lobby"), "")
    if credential is not None:
        stranger.browser.client.cookies.set("__Host-lobby", credential, domain="testserver.local", path="/")
    answers = [stranger.get(path.format(nonce=uuid4())) for path in PATHS]
    answers += [stranger.post(path, body) for path, body in bodies()]
    assert {answer.status_code for answer in answers} <= {401, 403}
    assert scans(web) == []
    with web.db() as session:
        assert session.exec(select(GuardCall)).all() == []


def test_a_revoked_kiosk_is_not_answered_any_more_and_shows_the_enrolment(web: Web, kiosk: Device) -> None:
    _visit, code = ready(web)
    assert kiosk.get("/ping").status_code == 200
    assert kiosk.verdict("1")["outcome"] == "not_a_pass", "its credential is remembered now"
    with web.db() as session:
        kiosks.revoke(session, kiosk=session.get_one(Kiosk, web.cast.kiosk.id), actor=as_staff(web.cast.admin), now=web.clock.now)
    assert kiosk.get("/ping").status_code == 401
    assert kiosk.scan(code).status_code == 401, "remembered or not"
    assert "kiosk-config" not in kiosk.browser.get("/").text


@pytest.mark.parametrize("token", ["", "forged", "ÿ"])
def test_a_request_without_the_pages_own_token_is_refused(web: Web, kiosk: Device, token: str) -> None:
    kiosk.token = token
    assert {kiosk.post(path, body).status_code for path, body in bodies()} == {403}
    assert scans(web) == []


def test_the_token_of_one_kiosk_is_none_for_another(web: Web, kiosk: Device) -> None:
    other = second(web)
    assert other.verdict("1")["outcome"] == "not_a_pass"
    other.token = kiosk.token
    assert other.scan("1").status_code == 403


def test_another_sites_page_cannot_use_the_kiosk(web: Web, kiosk: Device) -> None:
    answer = kiosk.post("/call", {"nonce": str(uuid4())}, **{"sec-fetch-site": "cross-site", "origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_pulse_tells_the_time_and_that_the_kiosk_is_alive(web: Web, kiosk: Device) -> None:
    web.clock.now += timedelta(minutes=5)
    assert kiosk.get("/ping").json()["now"] == "2026-11-24T04:05:00Z"
    with web.db() as session:
        assert session.get_one(Kiosk, web.cast.kiosk.id).seen_at == web.clock.now


def test_the_page_of_an_enrolled_kiosk_knows_nobody(web: Web, kiosk: Device) -> None:
    ready(web)
    page = kiosk.browser.get("/")
    assert page.headers["cache-control"] == "no-store"
    assert "camera=(self)" in page.headers["permissions-policy"]
    for secret in ("魏", "云帆", "WO-4711", KIOSK_CREDENTIAL):
        assert secret not in page.text
