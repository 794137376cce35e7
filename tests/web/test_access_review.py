"""Agreements, idle accounts and the access review, at the console."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from access_log.models import AccessReview, Staff
from access_log.services import staff
from tests.services.test_checks import at_the_door
from tests.web.conftest import Web


def test_a_guard_without_an_agreement_is_told_who_can_mend_it(web: Web) -> None:
    with web.db() as session:
        visit = at_the_door(session, web.ring, web.cast)
    admin, mei = web.as_(web.cast.admin), web.as_(web.cast.mei)
    assert admin.post(f"/admin/staff/{web.cast.mei.id}/agreement", {"signed_on": ""}).status_code == 303
    answer = mei.post(f"/checks/{visit.id}")
    assert (answer.status_code, "The administrator can enter it." in answer.text) == (409, True)
    assert "None on file" in admin.get(f"/admin/staff/{web.cast.mei.id}").text
    assert "without a confidentiality agreement" in admin.get("/admin").text
    admin.post(f"/admin/staff/{web.cast.mei.id}/agreement", {"signed_on": "2026-11-20"})
    assert "魏伟明" in mei.post(f"/checks/{visit.id}").text
    assert 'value="2026-11-20"' in admin.get(f"/admin/staff/{web.cast.mei.id}").text


@pytest.mark.parametrize(("day", "said"), [("2027-01-01", "still to come"), ("soon", "enter a date"), ("1900-01-01", "cannot be used")])
def test_a_day_that_cannot_be_is_said_beside_its_field(web: Web, day: str, said: str) -> None:
    answer = web.as_(web.cast.admin).post(f"/admin/staff/{web.cast.mei.id}/agreement", {"signed_on": day})
    assert (answer.status_code, said in answer.text, f'value="{day}"' in answer.text) == (422, True, True)


def test_the_review_shows_every_account_masked_and_is_signed_once_seen(web: Web) -> None:
    rui = web.as_(web.cast.rui)
    page = rui.get("/access-review").text
    for shown in ("1001", "9001", "云帆网络", "林*", "To be signed by 2027-02-24."):
        assert shown in page
    assert "林岚" not in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]  # type: ignore[index]
    assert rui.post("/access-review/sign", {"seen": seen, "finding": "followed_up"}).status_code == 422
    answer = rui.follow(rui.post("/access-review/sign", {"seen": seen, "finding": "none"}))
    assert "Review signed." in answer.text
    assert "2001" in answer.text.partition("Signed reviews")[2]


def test_what_changed_meanwhile_is_not_signed(web: Web) -> None:
    xu = web.as_(web.cast.xu)
    seen = re.search(r'name="seen" value="(\w+)"', xu.get("/access-review").text)[1]  # type: ignore[index]
    web.as_(web.cast.admin).post(f"/admin/staff/{web.cast.mei.id}/suspend")
    assert "Please look again, then sign." in xu.post("/access-review/sign", {"seen": seen, "finding": "none"}).text
    with web.db() as session:
        assert session.exec(select(AccessReview)).all() == []


def test_an_overdue_review_is_an_alarm_for_the_administrator_who_cannot_sign_it(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert "access review is overdue" not in admin.get("/admin").text
    web.clock.now += timedelta(days=100)
    admin = web.as_(web.cast.admin)
    assert "access review is overdue" in admin.get("/admin").text
    assert "I have looked at every account" not in admin.get("/access-review").text
    assert admin.post("/access-review/sign", {"seen": "x", "finding": "none"}).status_code == 403


def test_an_idle_account_is_taken_up_again_by_the_administrator(web: Web) -> None:
    with web.db() as session:
        staff.suspend_idle(session, site=web.cast.site, now=web.clock.now + timedelta(days=91))
    web.clock.now += timedelta(days=91)
    admin = web.as_(web.cast.admin)
    assert admin.post(f"/admin/staff/{web.cast.mei.id}/resume").status_code == 303
    with web.db() as session:
        assert staff.suspend_idle(session, site=web.cast.site, now=web.clock.now) == 0
        assert session.get_one(Staff, web.cast.mei.id).state.value == "active"
