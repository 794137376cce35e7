"""Staff: one person, one role; the last administrator stays; whoever lost their phone starts over; names are sealed."""

from typing import Any

import pytest
from sqlmodel import col, select

from access_log.models import AccessEvent, OutboxMessage, Staff, Template
from access_log.policy.codes import Active, EventType, Role
from access_log.services import accounts
from tests.cast import hashed
from tests.web.conftest import Web
from tests.web.pages import beside, ticked, typed

NEW = {"number": "1002", "name": "郝好", "mail": "hao@operator.example", "role": "guard", "language": "zh-CN"}
PROTECTED = "This is the last administrator. Add another one first."


def changes(web: Web) -> list[dict[str, Any]]:
    with web.db() as session:
        found = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.STAFF_CHANGED).order_by(col(AccessEvent.id))).all()
        assert {event.actor_id for event in found} <= {web.cast.admin.id}
        return [event.detail for event in found]


def by_number(web: Web, number: str) -> Staff:
    with web.db() as session:
        return session.exec(select(Staff).where(Staff.number == number)).one()  # type: ignore[no-any-return]


def another_administrator(web: Web) -> None:
    """Who can sign in."""
    with web.db() as session:
        xu = session.get_one(Staff, web.cast.rui.id)
        xu.role, xu.password_hash = Role.ADMINISTRATOR, hashed("correct horse battery staple")


def test_a_guard_is_added_sealed_and_invited(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    page = admin.follow(admin.post("/admin/staff/new", NEW)).text
    assert "郝*" in page
    assert "郝好" not in page
    made = by_number(web, "1002")
    with web.db() as session:
        queued = session.exec(select(OutboxMessage).where(OutboxMessage.subject_id == made.subject_id)).one()
        assert queued.template is Template.ACCOUNT
        link = accounts.invitation_of(web.ring, made)
    assert web.browser("console").get(f"/account/{link}").status_code == 200
    assert changes(web) == [{"how": "created", "role": "guard"}]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"number": "1001"}, "number", "This number is taken already."),
    ({"number": ""}, "number", "Please fill this in."),
    ({"number": "1" * 17}, "number", "Too long: at most 16 characters."),
    ({"mail": "staff1001@operator.example"}, "mail", "Somebody else has this mail address already."),
    ({"mail": "@"}, "mail", "This is not a mail address."),
    ({"name": "\u200b"}, "name", "This contains characters that cannot be stored. Please type it again."),
    ({"role": "root"}, "role", "Please choose one of the list."),
]


def test_what_is_wrong_stands_beside_it(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    for changed, field, message in WRONG:
        answer = admin.post("/admin/staff/new", NEW | changed)
        assert answer.status_code == 422
        assert beside(answer, field) == message, (changed, field)
        assert typed(answer, "mail") == (NEW | changed)["mail"]
        assert ticked(answer, "role") == ([] if field == "role" else ["guard"])
    assert changes(web) == []


def test_another_role_ends_the_sessions_of_the_old_one(web: Web) -> None:
    mei = web.as_(web.cast.mei)
    assert mei.get("/desk").status_code == 200
    assert web.as_(web.cast.admin).post(f"/admin/staff/{web.cast.mei.id}", {"role": "auditor"}).status_code == 303
    assert mei.get("/desk").status_code == 303
    assert by_number(web, "1001").role is Role.AUDITOR
    assert changes(web) == [{"how": "auditor", "role": "auditor"}]


def test_roles_that_watch_each_other_are_not_swapped(web: Web) -> None:
    answer = web.as_(web.cast.admin).post(f"/admin/staff/{web.cast.pang.id}", {"role": "auditor"})
    assert answer.status_code == 422
    assert beside(answer, "role") == "Administrator, privacy officer and auditor must be different people: nobody goes from one to another."
    assert by_number(web, "3001").role is Role.PRIVACY_OFFICER


def test_the_last_administrator_keeps_the_role(web: Web) -> None:
    answer = web.as_(web.cast.admin).post(f"/admin/staff/{web.cast.admin.id}", {"role": "reviewer"})
    assert (answer.status_code, beside(answer, "role")) == (422, PROTECTED)
    assert ticked(answer, "role") == ["reviewer"]
    assert by_number(web, "9001").role is Role.ADMINISTRATOR


@pytest.mark.parametrize("act", ["suspend", "end", "start-over"])
def test_the_last_administrator_stays(web: Web, act: str) -> None:
    answer = web.as_(web.cast.admin).post(f"/admin/staff/{web.cast.admin.id}/{act}")
    assert answer.status_code == 409
    assert PROTECTED in answer.text
    row = by_number(web, "9001")
    assert (row.state, row.password_hash is None) == (Active.ACTIVE, False)
    assert changes(web) == []


def test_with_a_second_one_they_may_go(web: Web) -> None:
    another_administrator(web)
    admin = web.as_(web.cast.admin)
    assert admin.post(f"/admin/staff/{web.cast.admin.id}/end").status_code == 303
    assert admin.get("/admin").headers["location"] == "/console/sign-in"


def test_whoever_lost_their_phone_starts_over(web: Web) -> None:
    mei = web.as_(web.cast.mei)
    admin = web.as_(web.cast.admin)
    place = f"/admin/staff/{web.cast.mei.id}"
    assert "Void the sign-in of 1001 梅*?" in admin.get(f"{place}/start-over").text
    page = admin.follow(admin.post(f"{place}/start-over")).text
    assert "The old sign-in is void." in page
    assert "Invited, not signed in yet" in page
    assert mei.get("/desk").status_code == 303
    stranger = web.browser("console")
    assert stranger.post("/sign-in", {"name": "1001", "password": "correct horse battery staple"}).status_code == 422
    assert changes(web) == [{"how": "sign_in_reset", "role": "guard"}]


def test_an_invitation_is_sent_again(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    admin.post("/admin/staff/new", NEW)
    older = accounts.invitation_of(web.ring, by_number(web, "1002"))
    assert admin.post(f"/admin/staff/{by_number(web, '1002').id}/invite").status_code == 303
    assert web.browser("console").get(f"/account/{older}").status_code == 404
    assert [change["how"] for change in changes(web)] == ["created", "invited"]


def test_whoever_has_left_is_erased(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/staff/{web.cast.rui.id}"
    assert admin.post(f"{place}/end").headers["location"] == "/console/admin/staff"
    assert admin.get(place).status_code == 404
    with web.db() as session:
        (erased,) = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_ERASED)).all()
        assert erased.subject_id == web.cast.rui.subject_id


def test_suspended_and_back(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/staff/{web.cast.rui.id}"
    assert "Suspended" in admin.follow(admin.post(f"{place}/suspend")).text
    assert admin.post(f"{place}/invite").status_code == 409
    assert "Active again." in admin.follow(admin.post(f"{place}/resume")).text


def test_opening_and_correcting_a_name_is_recorded(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/staff/{web.cast.mei.id}"
    shown = admin.post(f"{place}/identity")
    assert (typed(shown, "name"), typed(shown, "mail")) == ("梅梅", "staff1001@operator.example")
    with web.db() as session:
        (look,) = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED)).all()
        assert (look.subject_id, look.detail["purpose"]) == (web.cast.mei.subject_id, "administration")
    answer = admin.post(f"{place}/identity/save", {"name": "梅美", "mail": "staff2001@operator.example"})
    assert beside(answer, "mail") == "Somebody else has this mail address already."
    assert admin.post(f"{place}/identity/save", {"name": "梅美", "mail": "mei@operator.example"}).status_code == 303
    assert changes(web) == [{"how": "corrected", "role": "guard"}]
    assert admin.get(f"{place}/identity").headers["location"] == f"/console{place}"
