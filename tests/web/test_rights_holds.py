"""What people ask about their own data while a legal hold keeps it: nothing held goes, they are told why, and it goes with the hold."""

from datetime import date

import pytest
from sqlmodel import select

from access_log.models import DeferredErasure, Erasure, HoldGround, LegalHold, VaultItem, Visit
from access_log.policy.codes import Item
from access_log.policy.rights import Ground, RequestState
from access_log.services import holds, visit_finding
from access_log.services.holds import HoldOrder
from access_log.services.visit_finding import Wanted
from tests.cast import as_staff
from tests.web.conftest import Web
from tests.web.test_visitor_rights import ask, held, prove, request_of
from tests.web.visitors import coming, opened

ON_HOLD = "The law orders that this is kept for a proceeding"


def hold(web: Web, *, contact: bool = True) -> int:
    """Of everybody with this work order, by two people."""
    order = HoldOrder(HoldGround.INVESTIGATION, "2026-114", "市公安局网安支队", date(2026, 12, 31), contact=contact)
    with web.db() as session:
        people = visit_finding.find(session, web.ring, wanted=Wanted("WO-4711"), site=web.cast.site, most=holds.MOST)
        made = holds.set_hold(session, order=order, people=people, actor=as_staff(web.cast.pang), now=web.clock.now)
        holds.confirm(session, hold=made, actor=as_staff(web.cast.xu), now=web.clock.now)
        return made.id or 0


def release(web: Web, hold_id: int) -> None:
    with web.db() as session:
        standing = session.get_one(LegalHold, hold_id)
        holds.ask_release(session, hold=standing, actor=as_staff(web.cast.pang), now=web.clock.now)
        holds.release(session, hold=standing, actor=as_staff(web.cast.xu), now=web.clock.now)


def name_of(web: Web, visit: Visit) -> bytes:
    with web.db() as session:
        return session.get_one(VaultItem, (visit.subject_id, Item.NAME)).ciphertext


@pytest.mark.clause("5.c")
@pytest.mark.parametrize("kind", ["delete", "withdraw"])
def test_what_a_hold_keeps_is_not_erased_and_the_answer_names_the_ground_and_the_way_to_court(web: Web, kind: str) -> None:
    visit = coming(web)[0]
    hold(web)
    browser = opened(web, visit)
    assert ON_HOLD in browser.get(f"/rights/new/{kind}").text, "said before anybody asks"
    made = ask(web, visit, browser, kind)
    prove(web, visit, browser, made)
    assert held(web, visit) == {Item.NAME, Item.CONTACT}
    made = request_of(web, visit)
    assert (made.state, made.ground) == (RequestState.REFUSED, Ground.ON_HOLD)
    page = browser.get(f"/rights/{made.id}").text
    for words in (ON_HOLD, "people&#39;s court", "Still held"):
        assert words in page
    assert "Receipt" not in page


@pytest.mark.clause("5.c", "5.d")
@pytest.mark.parametrize("kind", ["delete", "withdraw"])
def test_what_was_asked_under_a_hold_is_erased_when_the_hold_ends_and_nothing_else_is(web: Web, kind: str) -> None:
    visit = coming(web)[0]
    standing = hold(web)
    browser = opened(web, visit)
    prove(web, visit, browser, ask(web, visit, browser, kind))
    with web.db() as session:
        assert [(row.item, row.reason) for row in session.exec(select(DeferredErasure)).all()] == [(Item.CONTACT, kind)]
    release(web, standing)
    assert held(web, visit) == {Item.NAME}, "the name stays to its day"
    with web.db() as session:
        assert [row.item for row in session.exec(select(Erasure).where(Erasure.reason == kind)).all()] == [Item.CONTACT]


@pytest.mark.clause("5.c")
def test_a_hold_that_leaves_the_mail_free_lets_it_go(web: Web) -> None:
    visit = coming(web)[0]
    hold(web, contact=False)
    browser = opened(web, visit)
    made = ask(web, visit, browser, "delete")
    prove(web, visit, browser, made)
    assert held(web, visit) == {Item.NAME}
    assert request_of(web, visit).state is RequestState.ANSWERED
    page = browser.get(f"/rights/{made.id}").text
    for words in ("Erased", "Receipt", "Still held", ON_HOLD):
        assert words in page


@pytest.mark.clause("5.b")
def test_nobody_puts_right_what_a_hold_keeps_as_it_is(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    made = ask(web, visit, browser, "correct", words="魏伟鸣", item="name")
    prove(web, visit, browser, made)
    before, standing = name_of(web, visit), hold(web)
    officer = web.as_(web.cast.pang)
    answer = officer.post(f"/rights/{made.id}/correct", {"name": "魏伟鸣"})
    assert answer.status_code == 409
    assert "under a legal hold" in answer.text
    assert (name_of(web, visit), request_of(web, visit).state) == (before, RequestState.OPEN)
    release(web, standing)
    assert officer.post(f"/rights/{made.id}/correct", {"name": "魏伟鸣"}).status_code == 303
    assert name_of(web, visit) != before


@pytest.mark.clause("5.a")
def test_a_hold_keeps_nobody_from_their_own_data(web: Web) -> None:
    visit = coming(web)[0]
    hold(web)
    browser = opened(web, visit)
    made = ask(web, visit, browser, "access")
    prove(web, visit, browser, made)
    assert "魏伟明" in browser.post(f"/rights/{made.id}/answer").text
