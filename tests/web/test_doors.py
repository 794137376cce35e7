"""The doors of the faces: who is not signed in is led to the door, who is finds their own page."""

import pytest

from tests.web.conftest import Web


@pytest.mark.parametrize(("face", "path"), [("console", "/desk"), ("console", "/events")])
def test_who_is_not_signed_in_is_led_to_the_door(web: Web, face: str, path: str) -> None:
    answer = web.browser(face).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{face}/sign-in")


@pytest.mark.clause("4.1.a")
def test_every_answer_carries_the_security_headers(web: Web) -> None:
    answer = web.browser("console").get("/sign-in")
    assert answer.status_code == 200
    assert "require-trusted-types-for 'script'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_guard_lands_on_the_desk(web: Web) -> None:
    answer = web.as_(web.cast.mei).get("/")
    assert answer.headers["location"] == "/console/desk"


def test_a_form_without_the_sessions_token_is_refused(web: Web) -> None:
    mei = web.as_(web.cast.mei)
    mei.csrf = "forged"
    answer = mei.post("/lock")
    assert answer.status_code == 403, answer.headers


@pytest.mark.parametrize("path", ["/checks/魏", "/events/%ff%00", "/" + "x" * 3000])
def test_an_address_that_somebody_made_up_leads_to_the_door_and_is_not_remembered(web: Web, path: str) -> None:
    answer = web.browser("console").get(path)
    assert answer.status_code in (303, 404)
    assert "wanted" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("path", ["/reports/schedules/" + "9" * 20, "/admin/kiosks/" + "9" * 20])
def test_a_number_that_no_row_can_have_leads_nowhere(web: Web, path: str) -> None:
    assert web.as_(web.cast.admin).get(path).status_code == 404
