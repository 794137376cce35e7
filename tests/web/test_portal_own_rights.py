"""A contact's own rights: the account and its password are the proof; nobody's data but their own; the account can be closed."""

import pytest
from sqlmodel import select

from access_log.models import Contact, Erasure, RightsRequest, Technician, Visit
from access_log.policy.codes import Active, VisitState
from access_log.policy.rights import Ground, Proof, RequestState
from access_log.services import erasure
from tests.cast import PASSWORD
from tests.web.conftest import Browser, Web
from tests.web.visitors import coming


def newest(web: Web) -> RightsRequest:
    with web.db() as session:
        return session.exec(select(RightsRequest).order_by(RightsRequest.number.desc())).first()  # type: ignore[attr-defined]


def ask(browser: Browser, kind: str, **fields: str) -> int:
    return browser.post(f"/rights/new/{kind}", {"present": PASSWORD} | fields).status_code


def test_a_contact_sees_all_that_is_held_about_them_and_nobody_else(web: Web) -> None:
    coming(web)
    lin = web.as_(web.cast.lin)
    assert ask(lin, "access") == 303
    made = newest(web)
    assert (made.state, made.proof) == (RequestState.ANSWERED, Proof.ACCOUNT)
    page = lin.post(f"/rights/{made.id}/answer").text
    for words in ("林岚", "lin@nimbus.example", "may approve visits", "Visit requested"):
        assert words in page
    for words in ("魏伟明", "wei@nimbus.example", "陈晨"):
        assert words not in page
    told = lin.post(f"/rights/{made.id}/file/json").json()
    assert told["account"]["visits_requested"] == 1
    assert "林岚" in lin.post(f"/rights/{made.id}/file/html").text


def test_an_open_browser_is_not_its_owner(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert ask(lin, "access", present="something else") == 422
    assert newest(web) is None


def test_somebody_elses_request_is_not_there(web: Web) -> None:
    assert ask(web.as_(web.cast.lin), "access") == 303
    made = newest(web)
    for other in (web.cast.chen, web.cast.rival):
        browser = web.as_(other)
        assert browser.get(f"/rights/{made.id}").status_code == 404
        assert browser.post(f"/rights/{made.id}/answer").status_code == 404
        assert browser.post(f"/rights/{made.id}/file/json").status_code == 404


def test_what_is_not_a_contacts_to_ask_is_not_there(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for kind in ("delete", "withdraw", "restrict", "nonsense"):
        assert lin.get(f"/rights/new/{kind}").status_code == 404
        assert ask(lin, kind) == 404


@pytest.mark.clause("5.e")
def test_an_account_is_closed_and_technicians_stay_with_the_company(web: Web) -> None:
    chen = web.as_(web.cast.chen)
    assert "This cannot be undone" in chen.get("/rights/new/close_account").text
    answer = chen.post("/rights/new/close_account", {"present": PASSWORD})
    assert "Your account is closed" in answer.text
    assert chen.get("/").status_code == 303, "signed out"
    with web.db() as session:
        row = session.get_one(Contact, web.cast.chen.id)
        assert row.state is Active.ENDED
        assert erasure.left_of_subject(session, row.subject_id) == 0
        assert [receipt.subject_id for receipt in session.exec(select(Erasure)).all()] == [row.subject_id]
        assert session.get_one(Technician, web.cast.wei.id).state is Active.ACTIVE


@pytest.mark.clause("5.e")
def test_an_account_with_visits_to_come_stays_until_they_are_over(web: Web) -> None:
    visit = coming(web)[0]
    lin = web.as_(web.cast.lin)
    assert "1 visit that you asked for" in lin.get("/rights/new/close_account").text
    assert ask(lin, "close_account") == 303
    assert newest(web).ground is Ground.VISITS_OPEN
    page = lin.get(f"/rights/{newest(web).id}").text
    assert "people&#39;s court" in page
    with web.db() as session:
        assert session.get_one(Contact, web.cast.lin.id).state is Active.ACTIVE
        row = session.get_one(Visit, visit.id)
        row.state = VisitState.NO_SHOW
        session.add(row)
    assert "Your account is closed" in lin.post("/rights/new/close_account", {"present": PASSWORD}).text
