"""A contact's own account: language, password, second factor; and who else speaks for the company."""

import base64
import re

from sqlmodel import select

from access_log.crypto.totp import code_at
from access_log.models import Contact, StoredSecret, WebSession
from access_log.policy.codes import EventType
from tests.cast import PASSWORD
from tests.web.conftest import Web
from tests.web.portal import errors, events, picked, set_rights, text

NEW = "a longer sentence than before"


def change(**changes: str) -> dict[str, str]:
    return {"present": PASSWORD, "password": NEW, "password_again": NEW} | changes


def test_the_language_of_messages_is_ones_own_choice(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert picked(lin.get("/my-account"), "language") == ["zh-CN"]
    assert "Saved." in lin.follow(lin.post("/my-account/language", {"language": "en"})).text
    with web.db() as session:
        assert session.get_one(Contact, web.cast.lin.id).language == "en"
    assert lin.post("/my-account/language", {"language": "xx"}).status_code == 422


def test_the_account_page_names_nobody_in_full(web: Web) -> None:
    page = web.as_(web.cast.lin).get("/my-account")
    assert ("林*" in page.text, "林岚" in page.text, "lin@nimbus.example" in page.text) == (True, False, False)


def test_colleagues_are_listed_masked_with_their_rights(web: Web) -> None:
    page = web.as_(web.cast.chen).get("/contacts")
    assert "林* may request may approve may see history" in text(page)
    assert "陈* you may request" in text(page)
    assert "K. C**" not in page.text


def test_a_new_password_signs_out_every_other_browser(web: Web) -> None:
    here, there = web.as_(web.cast.lin), web.as_(web.cast.lin)
    answer = here.post("/password", change())
    assert "Every other browser is signed out." in here.follow(answer).text
    assert there.get("/my-account").headers["location"] == "/portal/sign-in"
    (event,) = events(web, EventType.CONTACT_CHANGED)
    assert event.detail == {"how": "password"}
    fresh = web.browser("portal")
    assert fresh.post("/sign-in", {"name": "lin@nimbus.example", "password": NEW}).status_code == 303
    assert web.browser("portal").post("/sign-in", {"name": "lin@nimbus.example", "password": PASSWORD}).status_code == 422


def test_a_password_that_cannot_be_taken_is_said_beside_its_field(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    cases = [
        (change(present="wrong"), {"present": "The present password is not right."}),
        (change(password="short", password_again="short"), {"password": "Too short: at least 12 characters."}),
        (change(password_again=NEW + "!"), {"password_again": "The two passwords differ."}),
        (change(present=""), {"present": "Please fill this in."}),
    ]
    for sent, wrong in cases:
        answer = lin.post("/password", sent)
        assert (answer.status_code, errors(answer)) == (422, wrong), sent
        assert NEW not in answer.text
    with web.db() as session:
        assert len(session.exec(select(WebSession)).all()) == 1


def test_guessing_the_present_password_is_slowed_down(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for _ in range(5):
        lin.post("/password", change(present="a wrong guess"))
    assert errors(lin.post("/password", change())) == {"present": "Too many tries. Please wait 15 minutes."}


def test_the_console_changes_passwords_by_the_same_page(web: Web) -> None:
    rui = web.as_(web.cast.rui)
    assert "Change the password" in rui.get("/password").text
    assert rui.post("/password", change()).headers["location"] == "/console/"
    (event,) = events(web, EventType.STAFF_CHANGED)
    assert event.actor_id == web.cast.rui.id


def test_a_second_factor_can_be_turned_on_without_being_demanded(web: Web) -> None:
    set_rights(web, web.cast.chen, "request")
    chen = web.as_(web.cast.chen)
    page = chen.get("/my-account")
    assert "With it, a stolen password alone opens nothing." in page.text
    page = chen.get("/second-factor/set-up")
    assert key_of(page.text) == key_of(chen.get("/second-factor/set-up").text), "looking again shows the same"
    assert key_of(page.text) != key_of(web.as_(web.cast.chen).get("/second-factor/set-up").text), "another browser is offered another"
    with web.db() as session:
        assert session.exec(select(StoredSecret)).all() == [], "looking stores nothing"
    wrong = chen.post("/second-factor/set-up", {"code": "000000"})
    assert wrong.status_code == 422
    assert key_of(wrong.text) == key_of(page.text)
    assert not again(web).totp_on
    assert chen.post("/second-factor/set-up", {"code": code_at(key_of(page.text), web.clock.now)}).status_code == 303
    assert again(web).totp_on


def key_of(page: str) -> bytes:
    """The secret that a page spells."""
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert found, page
    return base64.b32decode(found[1].replace(" ", ""))


def again(web: Web) -> Contact:
    with web.db() as session:
        return session.get_one(Contact, web.cast.chen.id)
