"""Customers and their contacts: licence checked, names sealed and masked, rights apart, consequences said before they come."""

import re
from typing import Any

import pytest
from sqlmodel import col, select

from access_log.models import AccessEvent, Contact, Customer, OutboxMessage, Template
from access_log.policy.codes import Active, EventType
from access_log.services import accounts, customers
from tests.cast import with_pass
from tests.web.conftest import Web
from tests.web.pages import beside, ticked, typed

LICENCE = "91350100M000100Y43"  # a valid example of GB 32100
CONTACT = {"name": "Ana Lucía Ñúñez", "mail": "ana@nimbus.example", "phone": "+34 91 123 45 67", "language": "en", "may_request": "yes"}


def events(web: Web, kind: EventType) -> list[AccessEvent]:
    with web.db() as session:
        return list(session.exec(select(AccessEvent).where(AccessEvent.type == kind).order_by(col(AccessEvent.id))).all())


def by_admin(web: Web, kind: EventType) -> list[dict[str, Any]]:
    return [event.detail for event in events(web, kind) if event.actor_id == web.cast.admin.id]


def test_a_customer_is_added_with_its_areas(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    form = {"name": " 星海科技 ", "licence": "9135 0100 M000 100Y 43", "areas": [str(web.cast.cage.id)], "second_approval": "yes"}
    page = admin.follow(admin.post("/admin/customers/new", form)).text
    assert LICENCE in page
    assert "Nobody speaks for this customer yet" in page
    with web.db() as session:
        made = session.exec(select(Customer).where(Customer.name == "星海科技")).one()
        assert (made.licence, made.second_approval) == (LICENCE, True)
        assert [area.code for area in customers.areas_of(session, made.id or 0)] == ["C7"]
    assert by_admin(web, EventType.CUSTOMER_CHANGED) == [{"how": "created", "second_approval": True}]


WRONG_CUSTOMERS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "Please fill this in."),
    ({"name": "x" * 121}, "name", "Too long: at most 120 characters."),
    ({"name": "云帆网络"}, "name", "This name is taken already."),
    ({"name": " 云帆网络 "}, "name", "This name is taken already."),
    (
        {"licence": "91350100M000100Y44"},
        "licence",
        "This is not a valid unified social credit code: 18 characters with a right check character.",
    ),
    ({"licence": "1234"}, "licence", "This is not a valid unified social credit code: 18 characters with a right check character."),
    ({"areas": ["x"]}, "areas", "Please enter a whole number."),
    ({"areas": [str(2**63)]}, "areas", f"At most {2**31 - 1}."),
]


def test_what_is_wrong_with_a_customer_stands_beside_it(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    for changes, field, message in WRONG_CUSTOMERS:
        answer = admin.post("/admin/customers/new", {"name": "星海科技", "licence": LICENCE, "second_approval": "yes"} | changes)
        assert answer.status_code == 422
        assert beside(answer, field) == message, (changes, field)
        assert ticked(answer, "second_approval") == ["yes"]
        assert typed(answer, "licence") == changes.get("licence", LICENCE)
    assert by_admin(web, EventType.CUSTOMER_CHANGED) == []


def test_a_licence_belongs_to_one_customer(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert admin.post("/admin/customers/new", {"name": "星海科技", "licence": LICENCE}).status_code == 303
    answer = admin.post(f"/admin/customers/{web.cast.nimbus.id}/edit", {"name": "云帆网络", "licence": LICENCE.lower()})
    assert beside(answer, "licence") == "There is one already."


def test_a_refused_change_leaves_everything_as_it_was(web: Web) -> None:
    """The page still says whose customer it is, and the areas are not taken away by half a change."""
    admin = web.as_(web.cast.admin)
    answer = admin.post(f"/admin/customers/{web.cast.nimbus.id}/edit", {"name": "Kestrel Systems", "areas": [str(web.cast.cage.id)]})
    assert (answer.status_code, beside(answer, "name")) == (422, "This name is taken already.")
    assert "<h1>云帆网络</h1>" in answer.text
    with web.db() as session:
        assert session.get_one(Customer, web.cast.nimbus.id).name == "云帆网络"
        assert [area.code for area in customers.areas_of(session, web.cast.nimbus.id or 0)] == ["A1"]


@pytest.mark.clause("3.2.b")
def test_suspending_says_what_it_stops_and_then_stops_it(web: Web) -> None:
    with web.db() as session:
        with_pass(session, web.ring, web.cast, web.cast.wei, web.cast.ana)
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}"
    page = admin.get(f"{place}/suspend").text
    assert "Suspend 云帆网络?" in page
    assert re.search(r"<dt>Passes this is about</dt><dd>2</dd>", page)
    assert admin.post(f"{place}/suspend").status_code == 303
    with web.db() as session:
        assert session.get_one(Customer, web.cast.nimbus.id).state is Active.SUSPENDED
    assert "Active again." in admin.follow(admin.post(f"{place}/resume")).text
    assert admin.post(f"{place}/end").status_code == 303
    assert [detail["how"] for detail in by_admin(web, EventType.CUSTOMER_CHANGED)] == ["suspended", "active", "ended"]
    assert web.as_(web.cast.lin).get("/").status_code == 303  # signed out


def test_a_customers_page_shows_no_name_and_counts_the_roster(web: Web) -> None:
    page = web.as_(web.cast.admin).get(f"/admin/customers/{web.cast.nimbus.id}").text
    assert "林*" in page
    for hidden in ("林岚", "陈晨", "魏伟明", "lin@nimbus.example", "wei@nimbus.example"):
        assert hidden not in page
    assert re.search(r"<dt>People</dt><dd>2</dd><dt>With a mail address</dt><dd>1</dd>", page)
    assert events(web, EventType.IDENTITY_REVEALED) == []


# Contacts


@pytest.mark.clause("1.1.a", "1.1.b")
def test_a_contact_is_sealed_and_invited(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    answer = admin.post(f"/admin/customers/{web.cast.nimbus.id}/contacts/new", CONTACT | {"may_report": "yes"})
    page = admin.follow(answer).text
    assert "An invitation has been sent." in page
    assert "A. Ñ**" in page
    assert "Lucía" not in page
    with web.db() as session:
        made = session.exec(select(Contact).order_by(col(Contact.id).desc())).first()
        assert made is not None
        assert (made.may_request, made.may_approve, made.may_report, made.language) == (True, False, True, "en")
        queued = session.exec(select(OutboxMessage).where(OutboxMessage.subject_id == made.subject_id)).one()
        assert queued.template is Template.ACCOUNT
    expected = {"how": "created", "request": True, "approve": False, "report": True}
    assert by_admin(web, EventType.CONTACT_CHANGED) == [expected]


WRONG_CONTACTS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "Please fill this in."),
    ({"name": "x" * 81}, "name", "Too long: at most 80 characters."),
    ({"mail": ""}, "mail", "Please fill this in."),
    ({"mail": "not a mail"}, "mail", "This is not a mail address."),
    ({"mail": "LIN@nimbus.example"}, "mail", "Somebody else has this mail address already."),
    ({"phone": "12"}, "phone", "This is not a phone number. For numbers outside China begin with + and the country code."),
    ({"may_request": ""}, "may_request", "Give at least one right. To take all of them away, suspend the contact."),
    ({"language": "fr"}, "language", "Please choose one of the list."),
]


def test_what_is_wrong_with_a_contact_stands_beside_it(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    for changes, field, message in WRONG_CONTACTS:
        answer = admin.post(f"/admin/customers/{web.cast.nimbus.id}/contacts/new", CONTACT | changes)
        assert answer.status_code == 422
        assert beside(answer, field) == message, (changes, field)
        for name in ("name", "mail", "phone"):
            assert typed(answer, name) == (CONTACT | changes)[name]
    assert events(web, EventType.CONTACT_CHANGED) == []


def test_opening_a_name_is_a_recorded_look(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.lin.id}"
    assert "林岚" not in admin.get(place).text
    shown = admin.post(f"{place}/identity")
    assert (typed(shown, "name"), typed(shown, "mail")) == ("林岚", "lin@nimbus.example")
    (look,) = events(web, EventType.IDENTITY_REVEALED)
    assert (look.subject_id, look.actor_id) == (web.cast.lin.subject_id, web.cast.admin.id)
    assert look.detail == {"purpose": "administration", "items": ["name", "contact"], "role": "administrator"}
    assert admin.get(f"{place}/identity").headers["location"] == f"/console{place}"
    assert len(events(web, EventType.IDENTITY_REVEALED)) == 1


def test_a_corrected_contact_keeps_its_rights(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.lin.id}"
    corrected = {"name": "林澜", "mail": "lin.lan@nimbus.example", "phone": "13912345678", "language": "zh-CN"}
    assert admin.post(f"{place}/identity/save", corrected).status_code == 303
    shown = admin.post(f"{place}/identity")
    assert [typed(shown, name) for name in ("name", "mail", "phone")] == ["林澜", "lin.lan@nimbus.example", "+8613912345678"]
    with web.db() as session:
        lin = session.get_one(Contact, web.cast.lin.id)
        assert (lin.may_request, lin.may_approve, lin.may_report) == (True, True, True)


def test_a_refused_correction_keeps_what_was_typed_and_opens_nothing(web: Web) -> None:
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.lin.id}"
    answer = web.as_(web.cast.admin).post(f"{place}/identity/save", {"name": "林澜", "mail": "chen@nimbus.example"})
    assert (answer.status_code, beside(answer, "mail")) == (422, "Somebody else has this mail address already.")
    assert typed(answer, "name") == "林澜"
    assert events(web, EventType.IDENTITY_REVEALED) == []


@pytest.mark.clause("1.1.b")
def test_rights_are_given_and_taken_apart(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.chen.id}"
    page = admin.get(place)
    assert [ticked(page, name) for name in ("may_request", "may_approve", "may_report")] == [["yes"], [], []]
    assert admin.post(f"{place}/rights", {"may_approve": "yes"}).status_code == 303
    with web.db() as session:
        chen = session.get_one(Contact, web.cast.chen.id)
        assert (chen.may_request, chen.may_approve, chen.may_report) == (False, True, False)
    answer = admin.post(f"{place}/rights", {})
    assert (answer.status_code, beside(answer, "may_request")) == (
        422, "Give at least one right. To take all of them away, suspend the contact.",
    )  # fmt: skip


def test_a_contact_is_invited_again_and_the_older_link_is_dead(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    admin.post(f"/admin/customers/{web.cast.nimbus.id}/contacts/new", CONTACT)
    with web.db() as session:
        made = session.exec(select(Contact).order_by(col(Contact.id).desc())).first()
        assert made is not None
        older = accounts.invitation_of(web.ring, made)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{made.id}"
    assert "Invited, not signed in yet" in admin.get(place).text
    assert admin.post(f"{place}/invite").status_code == 303
    stranger = web.browser("portal")
    assert stranger.get(f"/account/{older}").status_code == 404
    with web.db() as session:
        newer = accounts.invitation_of(web.ring, session.get_one(Contact, made.id))
    assert stranger.get(f"/account/{newer}").status_code == 200
    assert [detail["how"] for detail in by_admin(web, EventType.CONTACT_CHANGED)] == ["created", "invited"]


def test_a_lost_phone_voids_the_sign_in(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert lin.get("/").status_code == 200
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.lin.id}"
    assert "Void the sign-in of 林*?" in admin.get(f"{place}/start-over").text
    assert admin.post(f"{place}/start-over").status_code == 303
    assert lin.get("/").status_code == 303
    with web.db() as session:
        row = session.get_one(Contact, web.cast.lin.id)
        assert (row.password_hash, row.totp_on) == (None, False)


@pytest.mark.clause("5.e")
def test_a_contact_who_has_left_is_erased_and_gone(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    with web.db() as session:
        with_pass(session, web.ring, web.cast)
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.lin.id}"
    assert re.search(r"<dt>Passes this is about</dt><dd>1</dd>", admin.get(f"{place}/end").text)
    answer = admin.post(f"{place}/end")
    assert answer.headers["location"] == f"/console/admin/customers/{web.cast.nimbus.id}"
    assert admin.get(place).status_code == 404
    assert admin.post(f"{place}/resume").status_code == 404
    assert "林*" not in admin.get(f"/admin/customers/{web.cast.nimbus.id}").text
    assert lin.get("/").status_code == 303
    erased = events(web, EventType.IDENTITY_ERASED)
    assert [(event.subject_id, event.actor_id) for event in erased] == [(web.cast.lin.subject_id, web.cast.admin.id)]


def test_a_suspended_contact_comes_back(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/customers/{web.cast.nimbus.id}/contacts/{web.cast.chen.id}"
    admin.post(f"{place}/suspend")
    assert admin.post(f"{place}/invite").status_code == 409
    page = admin.post(f"{place}/start-over")
    assert "This account is not active. Take it up again first." in page.text
    admin.post(f"{place}/resume")
    assert [detail["how"] for detail in by_admin(web, EventType.CONTACT_CHANGED)] == ["suspended", "active"]
