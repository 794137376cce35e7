"""The site's yes and no: one, several, all or none; a reason with every no; rules read aloud before they are in force."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col, select

from access_log.models import AccessEvent, Customer, OutboxMessage, StandingRule, Template, Visit
from access_log.policy.codes import Active, EventType, Purpose, Refusal, VisitState
from access_log.services import visits
from tests.cast import as_contact, requested
from tests.moments import NOON
from tests.web.conftest import Web
from tests.web.pages import beside, hidden, ticked

RULE: dict[str, Any] = {
    "name": "工作日维修",
    "customer": "",
    "purposes": ["repair", "inspect"],
    "max_hours": "9",
    "weekdays": ["0", "1", "2", "3", "4"],
}
CHANGED = "Something on this list has changed since you opened it. Nothing was done. Please look again."


@pytest.fixture
def three(web: Web) -> list[Visit]:
    """Two people in one order, one in another."""
    with web.db() as session:
        together = requested(session, web.ring, web.cast, web.cast.wei, web.cast.ana)
        return together + requested(session, web.ring, web.cast, web.cast.hao, contact=web.cast.rival)


def states(web: Web) -> list[VisitState]:
    with web.db() as session:
        return list(session.exec(select(Visit.state).order_by(col(Visit.created_at), col(Visit.order_id), col(Visit.place))).all())


def boxes(page: Any) -> list[str]:
    """The values of all boxes, ticked or not."""
    return [part.split('"')[0] for part in page.text.split('name="visits" value="')[1:]]


def order_button(page: Any, act: str, people: int) -> str:
    """The value of the button that decides an order of so many people."""
    parts = [part.split('"')[0] for part in page.text.split('name="order" ')[1:] if ("formaction" in part[:80]) is (act == "refuse")]
    values = [part.split('value="')[1].split('"')[0] for part in page.text.split('name="order" ')[1:]]
    assert len(parts) * 2 == len(values)
    return next(value for value in values if len(value.split()) == people)


def test_the_list_shows_what_one_needs_and_no_name(web: Web, three: list[Visit]) -> None:
    page = web.as_(web.cast.admin).get("/admin/approvals").text
    for shown in (
        "魏*明",
        "A. Ñ**",
        "郝*",
        "云帆网络",
        "Kestrel Systems",
        "WO-4711",
        "Repair",
        "林*",
        "K. C**",
        "Hall A1",
        "2026-11-24 11:00",
    ):
        assert shown in page, shown
    for kept in ("魏伟明", "Lucía", "郝好", "林岚"):
        assert kept not in page
    assert page.count("The time has begun already.") == 3


def test_the_navigation_counts_what_waits(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    assert '<span class="count">3<span class="unseen"> waiting</span></span>' in admin.get("/admin/staff").text
    assert "3 visits wait for the site's approval" in " ".join(admin.get("/admin").text.replace("&#39;", "'").split())
    admin.post("/admin/approvals/approve", {"visits": boxes(admin.get("/admin/approvals"))})
    assert '<span class="count">' not in admin.get("/admin/site").text


def test_one_order_is_approved_with_one_press(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    page = admin.get("/admin/approvals")
    answer = admin.post("/admin/approvals/approve", {"order": order_button(page, "approve", 2)})
    assert "Approved." in admin.follow(answer).text
    assert sorted(states(web)) == [VisitState.CUSTOMER_APPROVED, VisitState.PASS_ISSUED, VisitState.PASS_ISSUED]
    with web.db() as session:
        approved = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.VISIT_APPROVED)).all()
        assert sum(event.actor_id == web.cast.admin.id and event.detail == {"side": "operator"} for event in approved) == 2
        assert len(session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.INVITATION)).all()) == 2


def test_several_ticked_ones_are_approved_at_once(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    values = boxes(admin.get("/admin/approvals"))
    assert admin.post("/admin/approvals/approve", {"visits": values[1:]}).status_code == 303
    assert sorted(states(web)) == [VisitState.CUSTOMER_APPROVED, VisitState.PASS_ISSUED, VisitState.PASS_ISSUED]


def test_what_was_edited_meanwhile_is_not_approved_and_the_rest_stays_ticked(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    values = boxes(admin.get("/admin/approvals"))
    with web.db() as session:
        visit = session.get_one(Visit, three[0].id)
        longer = visits.Change([web.cast.hall.id or 0], NOON, NOON + timedelta(days=30), Purpose.TOUR, "")
        visits.edit(session, web.ring, visit=visit, change=longer, contact=as_contact(web.cast.lin), now=NOON)
    answer = admin.post("/admin/approvals/approve", {"visits": values})
    assert answer.status_code == 409
    assert CHANGED in answer.text
    assert set(states(web)) == {VisitState.CUSTOMER_APPROVED}
    stayed = ticked(answer, "visits")
    assert len(stayed) == 2
    assert set(stayed) < set(values)
    assert "2026-12-24 12:00" in answer.text  # what it is now


def test_a_visit_two_administrators_decide_is_decided_once(web: Web, three: list[Visit]) -> None:
    one, other = web.as_(web.cast.admin), web.as_(web.cast.admin)
    values = boxes(one.get("/admin/approvals"))
    assert one.post("/admin/approvals/approve", {"visits": values[:1]}).status_code == 303
    answer = other.post("/admin/approvals/approve", {"visits": values})
    assert answer.status_code == 409
    assert "This visit has been approved already." in answer.text
    assert len([state for state in states(web) if state is VisitState.PASS_ISSUED]) == 1


@pytest.mark.parametrize("act", ["approve", "refuse"])
def test_nothing_chosen_is_said(web: Web, three: list[Visit], act: str) -> None:
    admin = web.as_(web.cast.admin)
    nothing: list[dict[str, Any]] = [{}, {"visits": ["x"]}, {"visits": [f"{uuid4().hex}:short"]}, {"order": "x" * 5000}]
    for sent in nothing:
        answer = admin.post(f"/admin/approvals/{act}", sent)
        assert answer.status_code == 422, sent
        assert "Choose at least one visit." in answer.text, sent
    assert set(states(web)) == {VisitState.CUSTOMER_APPROVED}


def test_more_than_one_can_look_at_are_shown_and_decided_in_parts(web: Web, monkeypatch: pytest.MonkeyPatch, three: list[Visit]) -> None:
    monkeypatch.setattr("access_log.services.operator_approvals.SHOWN", 2)
    page = web.as_(web.cast.admin).get("/admin/approvals")
    assert "The first 2 of 3. The others come up once these are decided." in page.text
    assert len(boxes(page)) == 2
    answer = web.as_(web.cast.admin).post("/admin/approvals/approve", {"visits": [f"{uuid4().hex}:{'0' * 16}" for _one in range(51)]})
    assert answer.status_code == 422
    assert "At most 50 visits at once." in answer.text


def test_a_visit_that_is_not_there_is_not_found(web: Web, three: list[Visit]) -> None:
    answer = web.as_(web.cast.admin).post("/admin/approvals/approve", {"visits": [f"{uuid4().hex}:{'0' * 16}"]})
    assert answer.status_code == 404


def test_a_suspended_customers_visits_can_only_be_refused(web: Web, three: list[Visit]) -> None:
    with web.db() as session:
        session.get_one(Customer, web.cast.kestrel.id).state = Active.SUSPENDED
    admin = web.as_(web.cast.admin)
    page = admin.get("/admin/approvals")
    assert "The customer is suspended or has ended: it can only be refused." in page.text
    theirs = next(value for value in boxes(page) if value.startswith(three[2].id.hex))
    answer = admin.post("/admin/approvals/approve", {"visits": [theirs]})
    assert answer.status_code == 409
    assert "This customer is suspended or has ended: a pass would open nothing." in answer.text


def test_a_refusal_asks_for_its_reason_first(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    page = admin.post("/admin/approvals/refuse", {"order": order_button(admin.get("/admin/approvals"), "refuse", 2)})
    assert page.status_code == 200
    assert "Refuse 2 visits?" in page.text
    chosen = {"visits": hidden(page, "visits"), "step": "reason"}
    again = admin.post("/admin/approvals/refuse", chosen)
    assert (again.status_code, beside(again, "refusal")) == (422, "Choose a reason.")
    assert hidden(again, "visits") == chosen["visits"]
    odd = admin.post("/admin/approvals/refuse", chosen | {"refusal": "because"})
    assert beside(odd, "refusal") == "Please choose one of the list."
    assert set(states(web)) == {VisitState.CUSTOMER_APPROVED}
    done = admin.post("/admin/approvals/refuse", chosen | {"refusal": "maintenance"})
    assert "Refused. The contact has been told." in admin.follow(done).text
    with web.db() as session:
        refused = session.exec(select(Visit).where(Visit.state == VisitState.REFUSED)).all()
        assert {visit.refusal for visit in refused} == {Refusal.MAINTENANCE}
        told = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.VISIT_REFUSED)).all()
        assert {message.subject_id for message in told} == {web.cast.lin.subject_id}
        recorded = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.VISIT_REFUSED)).all()
        assert [event.actor_id for event in recorded] == [web.cast.admin.id] * 2


def test_a_page_that_was_only_sent_leads_back_to_the_list(web: Web) -> None:
    assert web.as_(web.cast.admin).get("/admin/approvals/refuse?lang=en").headers["location"] == "/console/admin/approvals?lang=en"


def test_a_yes_is_withdrawn_with_a_reason(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    assert "Nothing has been decided yet" in admin.get("/admin/approvals/decided").text
    admin.post("/admin/approvals/approve", {"visits": boxes(admin.get("/admin/approvals"))[:1]})
    with web.db() as session:
        visit = session.exec(select(Visit).where(Visit.state == VisitState.PASS_ISSUED)).one()
    place = f"/admin/approvals/decided/{visit.id}"
    assert f'href="/console{place}"' in admin.get("/admin/approvals/decided").text
    assert "Withdraw the approval of" in admin.get(place).text
    assert beside(admin.post(place), "refusal") == "Choose a reason."
    page = admin.follow(admin.post(place, {"refusal": "contract"})).text
    assert "Withdrawn. The pass no longer works" in page
    assert "Not covered by the contract" in page
    assert place not in page
    assert admin.get(place).status_code == 409
    assert admin.post(place, {"refusal": "contract"}).status_code == 409
    assert states(web).count(VisitState.REFUSED) == 1


# Standing rules


def test_a_rule_is_read_aloud_before_it_is_in_force(web: Web, three: list[Visit]) -> None:
    admin = web.as_(web.cast.admin)
    look = admin.post("/admin/rules/new", RULE)
    assert look.status_code == 200
    assert "Visits of every customer for Repair, Inspect, of at most 9 hours, on Monday to Friday only." in look.text
    assert "Visits asked for in the last 30 days: 3. Of these it would have approved: 3." in look.text
    with web.db() as session:
        assert session.exec(select(StandingRule)).all() == []
    sure = {name: hidden(look, name) for name in (*RULE, "sure")}
    page = admin.follow(admin.post("/admin/rules/new", sure)).text
    assert "工作日维修" in page
    assert "The rule is in force." in page
    assert set(states(web)) == {VisitState.CUSTOMER_APPROVED}  # what waits already is not touched
    with web.db() as session:
        made = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.RULE_CHANGED)).one()
        assert made.actor_id == web.cast.admin.id
        (visit,) = requested(session, web.ring, web.cast, hours=2)
        assert visit.state is VisitState.PASS_ISSUED


WRONG_RULES: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "Please fill this in."),
    ({"purposes": []}, "purposes", "Please fill this in."),
    ({"purposes": ["party"]}, "purposes", "Please choose one of the list."),
    ({"weekdays": []}, "weekdays", "Please fill this in."),
    ({"weekdays": ["7"]}, "weekdays", "At most 6."),
    ({"max_hours": "0"}, "max_hours", "At least 1."),
    ({"max_hours": "1e3"}, "max_hours", "Please enter a whole number."),
    ({"customer": "4711"}, "customer", "Please choose one of the list."),
]


def test_what_is_wrong_with_a_rule_stands_beside_it(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    for changes, field, message in WRONG_RULES:
        answer = admin.post("/admin/rules/new", RULE | changes | {"sure": "yes"})
        assert answer.status_code == 422
        assert beside(answer, field) == message, (changes, field)
        assert ticked(answer, "weekdays") == [day for day in (RULE | changes)["weekdays"] if day != "7"]
    with web.db() as session:
        assert session.exec(select(StandingRule)).all() == []


def test_a_retired_rule_approves_nothing_more(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    admin.post("/admin/rules/new", RULE | {"sure": "yes"})
    assert beside(admin.post("/admin/rules/new", RULE), "name") == "This name is taken already."
    with web.db() as session:
        rule = session.exec(select(StandingRule)).one()
    assert "Retire the rule 工作日维修?" in admin.get(f"/admin/rules/{rule.id}/retire").text
    assert "The rule approves nothing any more." in admin.follow(admin.post(f"/admin/rules/{rule.id}/retire")).text
    assert admin.get(f"/admin/rules/{rule.id}/retire").status_code == 404
    with web.db() as session:
        (visit,) = requested(session, web.ring, web.cast, hours=2)
        assert visit.state is VisitState.CUSTOMER_APPROVED
