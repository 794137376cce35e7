"""A company's own yes: a second contact's, bound to what they saw, with a reason where it is a no."""

import re
from datetime import timedelta

from sqlmodel import select

from access_log.models import OutboxMessage, Template
from access_log.policy.codes import EventType, Refusal, VisitState
from access_log.services import company_approvals, desk
from tests.web.conftest import Browser, Web
from tests.web.portal import all_visits, ask, demand_second_approval, errors, events, picked, set_rights, text, typed, visit_now

EDIT = {"window": "own", "window_from": "2026-11-25T09:00", "window_until": "2026-11-25T17:30", "purpose": "inspect", "work_order": ""}


def seen(browser: Browser) -> list[str]:
    """What the page offers to decide."""
    return re.findall(r'name="visits" value="([^"]*)"', browser.get("/approvals").text)


def test_a_colleagues_requests_are_approved_together(web: Web) -> None:
    made = ask(web, web.as_(web.cast.chen), technicians=[str(web.cast.wei.id), str(web.cast.ana.id)])
    lin = web.as_(web.cast.lin)
    assert '<span class="count">2' in lin.get("/visits").text
    assert "Requests that wait for your approval: 2" in text(lin.get("/"))
    page = lin.get("/approvals")
    assert ("魏*明" in page.text, "魏伟明" in page.text, "陈*" in page.text) == (True, False, True)
    answer = lin.post("/approvals/approve", {"visits": seen(lin)})
    assert "Approved." in lin.follow(answer).text
    assert {visit_now(web, visit.id).state for visit in made} == {VisitState.CUSTOMER_APPROVED}
    assert "Nothing waits for you" in lin.get("/approvals").text
    assert '<span class="count">' not in lin.get("/").text


def test_nobody_vouches_for_a_mask(web: Web) -> None:
    ask(web, web.as_(web.cast.chen))
    lin = web.as_(web.cast.lin)
    assert "魏伟明" in lin.post("/approvals/names").text
    (look,) = events(web, EventType.IDENTITY_REVEALED)
    assert (look.actor_id, look.detail["purpose"]) == (web.cast.lin.id, "customer_roster")
    assert lin.get("/approvals/names").headers["location"] == "/portal/approvals"


def test_a_refusal_needs_a_reason_and_tells_who_asked(web: Web) -> None:
    (visit,) = ask(web, web.as_(web.cast.chen))
    lin = web.as_(web.cast.lin)
    without = lin.post("/approvals/refuse", {"visits": seen(lin)})
    assert (without.status_code, errors(without)) == (422, {"refusal": "Choose a reason."})
    assert len(picked(without, "visits")) == 1
    assert visit_now(web, visit.id).state is VisitState.REQUESTED
    lin.post("/approvals/refuse", {"visits": seen(lin), "refusal": "duplicate"})
    refused = visit_now(web, visit.id)
    assert (refused.state, refused.refusal) == (VisitState.REFUSED, Refusal.DUPLICATE)
    with web.db() as session:
        told = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.VISIT_REFUSED)).one()
        assert told.subject_id == web.cast.chen.subject_id
    assert "Same person and time asked for twice" in text(web.as_(web.cast.chen).get(f"/visits/{visit.id}"))


def test_nothing_chosen_is_said_beside_the_list(web: Web) -> None:
    ask(web, web.as_(web.cast.chen))
    lin = web.as_(web.cast.lin)
    for act in ("approve", "refuse"):
        for sent in ({}, {"visits": "nonsense"}):
            assert errors(lin.post(f"/approvals/{act}", sent))["visits"] == "Choose at least one request."


def test_where_a_second_contact_is_demanded_nobody_approves_their_own(web: Web) -> None:
    demand_second_approval(web)
    lin, chen = web.as_(web.cast.lin), web.as_(web.cast.chen)
    (own,) = ask(web, lin)
    assert own.state is VisitState.REQUESTED
    page = lin.get("/approvals")
    assert (seen(lin), "Asked for by you" in page.text) == ([], True)
    with web.db() as session:
        mark = company_approvals.seen_of(desk.of_visits(session, web.ring, [own.id])[own.id])
    assert lin.post("/approvals/approve", {"visits": mark}).status_code == 403
    assert visit_now(web, own.id).state is VisitState.REQUESTED
    assert 'name="visits"' not in lin.get(f"/visits/{own.id}").text
    set_rights(web, web.cast.chen, "request", "approve")
    assert chen.post("/approvals/approve", {"visits": seen(chen)}).status_code == 303
    assert visit_now(web, own.id).state is VisitState.CUSTOMER_APPROVED


def test_who_changes_a_colleagues_request_has_asked_for_it(web: Web) -> None:
    demand_second_approval(web)
    set_rights(web, web.cast.chen, "request", "approve")
    lin, chen = web.as_(web.cast.lin), web.as_(web.cast.chen)
    (visit,) = ask(web, chen)
    assert lin.post(f"/visits/{visit.id}/edit", EDIT | {"areas": str(web.cast.hall.id)}).status_code == 303
    assert visit_now(web, visit.id).state is VisitState.REQUESTED
    assert seen(lin) == []  # her own hand wrote what would be approved
    assert chen.post("/approvals/approve", {"visits": seen(chen)}).status_code == 303


def test_a_yes_to_what_has_been_changed_meanwhile_does_not_count(web: Web) -> None:
    chen, lin = web.as_(web.cast.chen), web.as_(web.cast.lin)
    (visit,) = ask(web, chen)
    before = seen(lin)
    chen.post(f"/visits/{visit.id}/edit", EDIT | {"areas": str(web.cast.hall.id)})
    answer = lin.post("/approvals/approve", {"visits": before})
    assert (answer.status_code, "has been changed since the page was shown" in text(answer)) == (409, True)
    assert visit_now(web, visit.id).state is VisitState.REQUESTED


def test_of_several_all_are_approved_or_none(web: Web) -> None:
    chen, lin = web.as_(web.cast.chen), web.as_(web.cast.lin)
    made = ask(web, chen, technicians=[str(web.cast.wei.id), str(web.cast.ana.id)])
    both = seen(lin)
    chen.post(f"/visits/{made[1].id}/cancel")
    assert lin.post("/approvals/approve", {"visits": both}).status_code == 409
    assert [visit.state for visit in all_visits(web)] == [VisitState.REQUESTED, VisitState.CANCELLED]


def test_a_request_whose_time_is_over_is_no_longer_approved(web: Web) -> None:
    (visit,) = ask(web, web.as_(web.cast.chen))
    lin = web.as_(web.cast.lin)
    mark = seen(lin)
    web.clock.now += timedelta(hours=13)
    lin = web.as_(web.cast.lin)
    assert "The time of this visit is over." in text(lin.post("/approvals/approve", {"visits": mark}))
    assert visit_now(web, visit.id).state is VisitState.REQUESTED


def test_one_request_is_approved_on_its_own_page(web: Web) -> None:
    (visit,) = ask(web, web.as_(web.cast.chen))
    lin = web.as_(web.cast.lin)
    mark = typed(lin.get(f"/visits/{visit.id}"), "visits")
    assert lin.post("/approvals/approve", {"visits": mark}).status_code == 303
    assert visit_now(web, visit.id).state is VisitState.CUSTOMER_APPROVED
