"""A company's visits in its own hands: seen, changed, called off, passes issued again, messages sent again."""

from datetime import timedelta

from sqlmodel import select

from access_log.crypto.codes import token_digest
from access_log.models import OutboxMessage, Pass, SendState, Template
from access_log.policy.codes import EventType, Refusal, RevealPurpose, VisitState
from access_log.services import passes, visit_making, visits
from tests.cast import as_staff, requested, with_pass
from tests.web.conftest import Web
from tests.web.portal import all_visits, approve_for_site, ask, errors, events, picked, text, typed, visit_now
from tests.web.portal import request_form as form_of

EDIT = {"window": "own", "window_from": "2026-11-25T09:00", "window_until": "2026-11-25T17:30", "purpose": "inspect", "work_order": "WO-2"}


def messages(web: Web, template: Template) -> list[OutboxMessage]:
    with web.db() as session:
        return list(session.exec(select(OutboxMessage).where(OutboxMessage.template == template).order_by("id")).all())


def settle(web: Web, state: SendState, error: str = "") -> None:
    """What the worker would have made of every invitation."""
    with web.db() as session:
        for message in session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.INVITATION)).all():
            message.state, message.error, message.sent_at = state, error, web.clock.now if state is SendState.SENT else None
            session.add(message)


def test_the_list_is_filtered_and_paged(web: Web) -> None:
    with web.db() as session:
        for number in range(27):
            requested(session, web.ring, web.cast, web.cast.wei, now=web.clock.now + timedelta(hours=number))
    lin = web.as_(web.cast.lin)
    ask(web, lin, technicians=str(web.cast.ana.id))
    cancelled = all_visits(web)[0]
    lin.post(f"/visits/{cancelled.id}/cancel")
    coming, second, past = lin.get("/visits"), lin.get("/visits?page=2"), lin.get("/visits?scope=past")
    assert (coming.text.count('<td><a href="/portal/visits/'), second.text.count('<td><a href="/portal/visits/')) == (25, 2)
    assert (str(cancelled.id) in coming.text, str(cancelled.id) in past.text) == (False, True)
    assert text(lin.get("/visits?scope=all&number=1028")).count("1028-1") == 1
    assert str(cancelled.id) in lin.get("/visits?scope=all&state=cancelled").text
    assert "No visit fits this filter" in lin.get("/visits?state=refused").text
    for odd in ("state=party", "number=-1", "number=abc", "page=0", "scope=everything", "number=99999999999"):
        assert lin.get(f"/visits?{odd}").status_code == 200, odd
    assert "魏伟明" not in coming.text


def test_a_visits_page_says_who_has_to_act_next_from_request_to_exit(web: Web) -> None:
    chen, lin = web.as_(web.cast.chen), web.as_(web.cast.lin)
    (visit,) = ask(web, chen)

    def page() -> str:
        return text(chen.get(f"/visits/{visit.id}"))

    assert "A contact of your company who may approve has to say yes." in page()
    seen = typed(lin.get("/approvals"), "visits")
    lin.post("/approvals/approve", {"visits": seen})
    assert "The site has to say yes." in page()
    assert "by 林* for your company" in page()
    approve_for_site(web, visit)
    assert "The technician reads the privacy notice and scans the pass at the kiosk." in page()
    with web.db() as session:
        row = session.get_one(type(visit), visit.id)
        row.notice_read_at, row.notice_version = web.clock.now, "test"
        session.add(row)
    assert "The technician has read the privacy notice" in page()
    with web.db() as session:
        row = visits.get(session, visit.id)
        row.state, row.arrived_at = VisitState.ID_PENDING, web.clock.now
        session.add(row)
    assert "A guard looks at their identity document." in page()


def test_the_name_is_a_recorded_look_at_the_visits_own_subject(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    assert "魏伟明" not in lin.get(f"/visits/{visit.id}").text
    assert "魏伟明" in lin.post(f"/visits/{visit.id}/name").text
    (look,) = events(web, EventType.IDENTITY_REVEALED)
    assert (look.subject_id, look.detail["purpose"]) == (visit.subject_id, RevealPurpose.CUSTOMER_ROSTER.value)
    assert lin.get(f"/visits/{visit.id}/name").headers["location"] == f"/portal/visits/{visit.id}"


def test_an_edit_returns_the_visit_to_requested_and_kills_its_pass(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    chen = web.as_(web.cast.chen)
    form = chen.get(f"/visits/{visit.id}/edit")
    assert "The pass that was sent stops working at once" in text(form)
    assert (typed(form, "window_from"), typed(form, "window_until")) == ("2026-11-24T11:00", "2026-11-24T20:00")
    assert (picked(form, "window"), picked(form, "purpose"), typed(form, "work_order")) == (["own"], ["repair"], "WO-4711")
    answer = chen.post(f"/visits/{visit.id}/edit", EDIT | {"areas": str(web.cast.hall.id)})
    assert answer.status_code == 303
    assert "It has to be approved again." in chen.follow(answer).text
    changed = visit_now(web, visit.id)
    assert (changed.state, changed.work_order, changed.purpose.value) == (VisitState.REQUESTED, "WO-2", "inspect")
    with web.db() as session:
        assert passes.live_pass(session, visit=changed) is None
    assert "A contact of your company who may approve has to say yes." in text(chen.get(f"/visits/{visit.id}"))


def test_a_refused_edit_changes_nothing_and_keeps_what_was_typed(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    lin = web.as_(web.cast.lin)
    areas = {"areas": str(web.cast.hall.id)}
    cases: list[tuple[dict[str, object], str]] = [
        (areas | {"window_until": "2026-11-25T08:00"}, "window_until"),
        (areas | {"work_order": "13912345678"}, "work_order"),
        (areas | {"purpose": ""}, "purpose"),
        ({"areas": str(web.cast.cage.id)}, "areas"),
        ({"areas": []}, "areas"),
    ]
    for changes, field in cases:
        answer = lin.post(f"/visits/{visit.id}/edit", EDIT | changes)
        assert (answer.status_code, list(errors(answer))) == (422, [field])
        assert typed(answer, "window_from") == EDIT["window_from"]
    assert visit_now(web, visit.id).state is VisitState.PASS_ISSUED


def test_a_refused_visit_is_put_right_and_asked_for_again(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    with web.db() as session:
        admin = as_staff(web.cast.admin)
        row = visits.get(session, visit.id)
        visits.refuse(session, visit=row, side="operator", refusal=Refusal.NO_WORK_ORDER, actor=admin, now=web.clock.now)
    assert "Visit 1001-1 was refused : Work order missing or unknown" in text(lin.get("/"))
    assert "Change and ask again" in lin.get(f"/visits/{visit.id}").text
    assert lin.post(f"/visits/{visit.id}/edit", EDIT | {"areas": str(web.cast.hall.id)}).status_code == 303
    again = visit_now(web, visit.id)
    assert (again.state, again.refusal) == (VisitState.CUSTOMER_APPROVED, None)
    assert "was refused" not in lin.get("/").text


def test_cancelling_asks_first_and_then_the_pass_is_dead(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    lin = web.as_(web.cast.lin)
    assert "That cannot be undone" in lin.get(f"/visits/{visit.id}/cancel").text
    assert visit_now(web, visit.id).state is VisitState.PASS_ISSUED
    answer = lin.post(f"/visits/{visit.id}/cancel")
    assert "Cancelled. The pass no longer works." in lin.follow(answer).text
    with web.db() as session:
        assert passes.live_pass(session, visit=visit) is None
    assert [message.visit_id for message in messages(web, Template.VISIT_CANCELLED)] == [visit.id]
    twice = lin.post(f"/visits/{visit.id}/cancel")
    assert (twice.status_code, "This visit has been cancelled meanwhile." in text(twice)) == (409, True)


def test_who_is_at_the_door_cannot_be_called_off_or_changed(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
        visit.state = VisitState.ID_PENDING
        session.add(visit)
    lin = web.as_(web.cast.lin)
    assert "The guards' desk can help." in text(lin.post(f"/visits/{visit.id}/cancel"))
    assert lin.post(f"/visits/{visit.id}/edit", EDIT | {"areas": str(web.cast.hall.id)}).status_code == 409
    assert "This visit can no longer be changed." in lin.get(f"/visits/{visit.id}/edit").text


def test_a_new_pass_kills_the_old_code_and_the_old_link(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
        old_link, old = visit_making.link_of(web.ring, visit), passes.live_pass(session, visit=visit)
    assert old is not None
    lin = web.as_(web.cast.lin)
    assert "stop working at once" in lin.get(f"/visits/{visit.id}/reissue").text
    answer = lin.post(f"/visits/{visit.id}/reissue")
    assert "The old code and the old link no longer work." in lin.follow(answer).text
    with web.db() as session:
        assert session.get_one(Pass, old.id).revoked_at is not None
        new = passes.live_pass(session, visit=visit)
        assert new is not None
        assert (new.digest, new.short_digest) != (old.digest, old.short_digest)
        assert visits.visit_by_link(session, old_link) is None
    assert visit_now(web, visit.id).link_digest != token_digest(old_link)
    assert [message.visit_id for message in messages(web, Template.PASS)] == [visit.id]


def test_after_its_time_a_pass_is_not_made_again(web: Web) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    web.clock.now += timedelta(hours=9)
    lin = web.as_(web.cast.lin)
    assert f"/visits/{visit.id}/reissue" not in lin.get(f"/visits/{visit.id}").text
    assert lin.post(f"/visits/{visit.id}/reissue").status_code == 409


def test_a_failed_invitation_shows_and_is_sent_again_to_the_address_of_now(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    approve_for_site(web, visit)
    settle(web, SendState.FAILED, "bounced")
    assert "魏*明 does not have the pass yet" in text(lin.get("/"))
    page = text(lin.get(f"/visits/{visit.id}"))
    assert "Not delivered" in page
    assert "The mail came back" in page
    lin.post(f"/roster/{web.cast.wei.id}/correct", {"name": "魏伟明", "mail": "wei.new@nimbus.example", "language": "zh-CN"})
    assert "Sent." in lin.follow(lin.post(f"/visits/{visit.id}/send-again")).text
    (message,) = messages(web, Template.INVITATION)
    assert (message.state, message.attempts, message.error) == (SendState.WAITING, 0, "")
    assert "does not have the pass yet" not in lin.get("/").text
    twice = lin.post(f"/visits/{visit.id}/send-again")
    assert (twice.status_code, "This message is on its way" in text(twice)) == (409, True)


def test_a_message_that_arrived_nowhere_yet_is_sent_again_after_ten_minutes(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    approve_for_site(web, visit)
    settle(web, SendState.SENT)
    assert lin.post(f"/visits/{visit.id}/send-again").status_code == 409
    web.clock.now += timedelta(minutes=11)
    assert lin.post(f"/visits/{visit.id}/send-again").status_code == 303
    assert [message.state for message in messages(web, Template.INVITATION)] == [SendState.SENT, SendState.WAITING]


def test_without_a_pass_there_is_nothing_to_send(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    assert lin.post(f"/visits/{visit.id}/send-again").status_code == 409
    assert lin.post("/visits/new", form_of(web, technicians="nonsense")).status_code == 422
