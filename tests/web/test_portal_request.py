"""Asking for visits: one form, one pass a person, nothing half-done, nothing twice."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from httpx2 import ASGITransport, AsyncClient
from sqlmodel import select

from access_log.models import OutboxMessage, Pass, StandingRule, Template, VisitOrder
from access_log.policy.codes import Active, EventType, Purpose, RevealPurpose, VisitState
from tests.web.conftest import Browser, Web
from tests.web.portal import all_visits, ask, errors, events, latest, picked, request_form, set_rights, text, typed


def shanghai(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_a_contact_who_may_approve_asks_and_the_site_has_to_say_yes(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    answer = lin.post("/visits/new", request_form(web))
    (visit,) = all_visits(web)
    assert answer.headers["location"] == f"/portal/visits/{visit.id}"
    assert visit.state is VisitState.CUSTOMER_APPROVED
    assert (visit.window_from, visit.window_until) == (shanghai(11, 24, 12), shanghai(11, 24, 23, 59))
    page = lin.follow(answer)
    assert "Your company has approved. The site has to say yes." in page.text
    assert "Your request has been sent." in page.text


def test_several_technicians_at_once_are_one_visit_each_in_the_order_they_were_chosen(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    people = [str(web.cast.ana.id), str(web.cast.wei.id)]
    answer = lin.post("/visits/new", request_form(web, technicians=people))
    made = all_visits(web)
    assert [(visit.place, str(visit.technician_id)) for visit in made] == [(1, people[0]), (2, people[1])]
    assert answer.headers["location"] == "/portal/visits?scope=all&number=1001"
    assert {"1001-1", "1001-2"} <= set(text(lin.follow(answer)).split())


def test_presets_work_without_scripts_and_at_half_past_eleven_at_night(web: Web) -> None:
    web.clock.now = shanghai(11, 24, 23, 30)
    lin = web.as_(web.cast.lin)
    ends = {"today": shanghai(11, 24, 23, 59), "tonight": shanghai(11, 25, 6), "three_days": shanghai(11, 26, 23, 59)}
    for preset, end in ends.items():
        (visit,) = ask(web, lin, window=preset)
        assert (visit.window_from, visit.window_until) == (shanghai(11, 24, 23, 30), end)


def test_free_times_are_the_sites_own(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin, window="own", window_from="2026-11-24T23:30", window_until="2026-11-25T02:15")
    assert (visit.window_from, visit.window_until) == (shanghai(11, 24, 23, 30), shanghai(11, 25, 2, 15))
    assert "11-24 23:30 – 11-25 02:15" in lin.get(f"/visits/{visit.id}").text


OWN = {"window": "own", "window_from": "2026-11-24T14:00", "window_until": "2026-11-24T18:00"}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"technicians": []}, "technicians", "Choose at least one technician."),
    ({"areas": []}, "areas", "Choose at least one area."),
    ({"areas": "999"}, "areas", "One of these areas is not open to your company. Please choose again."),
    ({"purpose": ""}, "purpose", "Please fill this in."),
    ({"purpose": "party"}, "purpose", "Please choose one of the list."),
    ({"window": ""}, "window", "Please fill this in."),
    (
        {"window": "today", "window_from": "2026-11-24T14:00"},
        "window",
        "You chose a preset and typed times as well. Choose one of the two.",
    ),
    (OWN | {"window_until": ""}, "window_until", "Please fill this in."),
    (OWN | {"window_until": "2026-11-24T13:00"}, "window_until", "The end must be after the beginning."),
    (OWN | {"window_from": "2026-11-23T09:00", "window_until": "2026-11-23T11:00"}, "window_until", "This time is already over."),
    (OWN | {"window_until": "2026-12-26T14:00"}, "window_until", "At most 31 days. For a longer job, ask for several visits."),
    (OWN | {"window_from": "2028-01-01T09:00", "window_until": "2028-01-01T11:00"}, "window_from", "At most one year ahead."),
    (OWN | {"window_from": "tomorrow"}, "window_from", "Please enter a date and time."),
    (OWN | {"window_from": "0001-01-01T00:00"}, "window_from", "Please enter a date and time."),
    ({"work_order": "x" * 201}, "work_order", "Too long: at most 200 characters."),
    (
        {"work_order": "魏伟明"},
        "work_order",
        "Only the number of the work order: letters, digits and - _ / . # ( ), with at least one digit.",
    ),
    (
        {"work_order": "工单 13912345678"},
        "work_order",
        "This looks like a phone or identity number. The work order is shown openly: please leave people out of it.",
    ),
]


def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for changes, field, message in REFUSED:
        sent = request_form(web, **changes)
        answer = lin.post("/visits/new", sent)
        assert (answer.status_code, errors(answer).get(field)) == (422, message), changes
        assert picked(answer, "technicians") == ([sent["technicians"]] if sent["technicians"] else [])
        assert typed(answer, "work_order") == sent["work_order"]
        assert picked(answer, "purpose") == ([sent["purpose"]] if sent["purpose"] == "repair" else [])
    assert all_visits(web) == []


def test_everything_that_is_wrong_is_said_at_once(web: Web) -> None:
    answer = web.as_(web.cast.lin).post(
        "/visits/new", request_form(web, technicians=[], areas=[], work_order="魏", **OWN | {"window_until": ""})
    )
    assert set(errors(answer)) == {"technicians", "areas", "work_order", "window_until"}


def test_somebody_elses_technician_cannot_be_sent(web: Web) -> None:
    answer = web.as_(web.cast.lin).post("/visits/new", request_form(web, technicians=[str(web.cast.wei.id), str(web.cast.hao.id)]))
    assert errors(answer) == {"technicians": "One of these people is no longer on your roster. Please choose again."}
    assert all_visits(web) == []


def test_the_same_form_sent_twice_asks_once(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    form = request_form(web)
    first, second = lin.post("/visits/new", form), lin.post("/visits/new", form)
    assert first.headers["location"] == second.headers["location"]
    assert "Nothing was sent twice." in lin.follow(second).text
    assert len(all_visits(web)) == 1


def test_the_same_form_sent_twice_at_once_asks_once(web: Web) -> None:
    form = request_form(web)
    browsers = [web.as_(web.cast.lin) for _ in range(4)]

    async def send(browser: Browser) -> int:
        async with AsyncClient(
            transport=ASGITransport(app=web.app), base_url="https://testserver", cookies=dict(browser.client.cookies)
        ) as client:
            answer = await client.post("/portal/visits/new", data={"csrf": browser.csrf} | form, headers=browser.headers)
            return int(answer.status_code)

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(send(browser) for browser in browsers))

    assert asyncio.run(all_at_once()) == [303] * 4
    with web.db() as session:
        assert len(session.exec(select(VisitOrder)).all()) == 1


def test_two_forms_ask_twice(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    ask(web, lin)
    ask(web, lin)
    assert len(all_visits(web)) == 2


def test_a_standing_rule_gives_the_pass_at_once(web: Web) -> None:
    with web.db() as session:
        session.add(
            StandingRule(
                site_id=web.cast.site.id, name="工作日检修", purposes=[Purpose.INSPECT.value], max_hours=12, created_at=web.clock.now
            )
        )
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin, purpose="inspect")
    assert visit.state is VisitState.PASS_ISSUED
    assert "by the site's standing rule “工作日检修”" in text(lin.get(f"/visits/{visit.id}"))


def test_a_suspended_company_is_told_so(web: Web) -> None:
    with web.db() as session:
        customer = session.merge(web.cast.nimbus)
        customer.state = Active.SUSPENDED
    lin = web.as_(web.cast.lin)
    assert "Your company's access is suspended." in text(lin.get("/visits/new"))
    assert errors(lin.post("/visits/new", request_form(web)))["technicians"].startswith("Your company's access is suspended.")


def test_names_are_masked_until_somebody_asks_and_every_look_is_recorded(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    page = lin.get("/visits/new")
    assert ("魏*明" in page.text, "魏伟明" in page.text) == (True, False)
    assert events(web, EventType.IDENTITY_REVEALED) == []
    shown = lin.post("/visits/new/names", {"wanted": "", "work_order": "WO-1", "window": "tonight"})
    assert "魏伟明" in shown.text
    assert "Ana Lucía Ñúñez" in shown.text
    assert (typed(shown, "work_order"), picked(shown, "window")) == ("WO-1", ["tonight"])
    looks = events(web, EventType.IDENTITY_REVEALED, actor_id=web.cast.lin.id)
    assert {look.subject_id for look in looks} == {web.cast.wei.subject_id, web.cast.ana.subject_id}
    assert {look.detail["purpose"] for look in looks} == {RevealPurpose.CUSTOMER_ROSTER.value}


def test_a_search_shows_its_hits_and_keeps_who_was_chosen(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    shown = lin.post("/visits/new/names", {"wanted": "lucía", "technicians": str(web.cast.wei.id)})
    assert "Ana Lucía Ñúñez" in shown.text
    assert picked(shown, "technicians") == [str(web.cast.wei.id)]
    assert "郝好" not in shown.text
    assert lin.post("/visits/new/names", {"wanted": "A"}).status_code == 422


def test_names_stay_shown_while_the_form_is_corrected(web: Web) -> None:
    answer = web.as_(web.cast.lin).post("/visits/new", request_form(web, named="yes", areas=[]))
    assert "魏伟明" in answer.text


def test_a_refused_form_shows_no_name_that_nobody_asked_for(web: Web) -> None:
    answer = web.as_(web.cast.lin).post("/visits/new", request_form(web, areas=[]))
    assert "魏伟明" not in answer.text
    assert events(web, EventType.IDENTITY_REVEALED) == []


def test_a_visit_is_copied_with_everything_but_its_time(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    made = ask(web, lin, technicians=[str(web.cast.wei.id), str(web.cast.ana.id)], work_order="WO-9", purpose="cabling")
    page = lin.get(f"/visits/{made[0].id}/copy")
    assert picked(page, "technicians") == [str(web.cast.wei.id)]
    assert (picked(page, "purpose"), typed(page, "work_order")) == (["cabling"], "WO-9")
    assert picked(page, "areas") == [str(web.cast.hall.id)]
    assert set(picked(lin.get(f"/visits/{made[0].id}/copy?people=all"), "technicians")) == {str(web.cast.wei.id), str(web.cast.ana.id)}
    assert typed(page, "nonce") != typed(lin.get(f"/visits/{made[0].id}/copy"), "nonce")


def test_a_copy_leaves_out_what_is_no_longer_ones_own(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    lin.post(f"/visits/{visit.id}/cancel")
    assert lin.post(f"/roster/{web.cast.wei.id}/remove").status_code == 303
    page = lin.get(f"/visits/{visit.id}/copy")
    assert picked(page, "technicians") == []
    assert "Not on your roster any more: 1." in text(page)


def test_a_technician_is_chosen_beforehand_from_their_own_page(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert picked(lin.get(f"/visits/new?who={web.cast.ana.id}"), "technicians") == [str(web.cast.ana.id)]
    assert picked(lin.get(f"/visits/new?who={web.cast.hao.id}"), "technicians") == []
    assert lin.get("/visits/new?who=nobody").status_code == 200


def test_who_may_only_request_waits_for_a_colleague_who_is_told_once(web: Web) -> None:
    made = ask(web, web.as_(web.cast.chen), technicians=[str(web.cast.wei.id), str(web.cast.ana.id)])
    assert {visit.state for visit in made} == {VisitState.REQUESTED}
    with web.db() as session:
        told = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.APPROVAL_WAITING)).all()
        assert [message.subject_id for message in told] == [web.cast.lin.subject_id]
        assert session.exec(select(Pass)).all() == []


def test_where_nobody_may_approve_the_page_says_who_can_mend_it(web: Web) -> None:
    chen = web.as_(web.cast.chen)
    (visit,) = ask(web, chen)
    set_rights(web, web.cast.lin, "report")
    assert "The administrator of the site can give a contact that right." in text(chen.get(f"/visits/{visit.id}"))


def test_no_address_of_the_portal_carries_a_name_or_a_number(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    pages = [lin.get(path) for path in ("/", "/roster", "/visits", "/visits/new", f"/visits/{visit.id}", "/contacts", "/history")]
    addresses = [address for page in pages for address in re.findall(r'(?:href|action|formaction)="([^"]*)"', page.text)]
    assert not [address for address in addresses if re.search(r"魏|ana|nimbus\.example|139", address, re.IGNORECASE)]
    assert latest(web)[0].id == visit.id
