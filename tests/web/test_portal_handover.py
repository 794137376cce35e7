"""The pass in a contact's hands, for technicians without mail: words to copy, a picture to save, paper. No name on any of it."""

import re
from io import BytesIO

import zxingcpp
from PIL import Image
from sqlmodel import select

from access_log.crypto.codes import group_code
from access_log.crypto.pass_token import read_pass
from access_log.models import OutboxMessage, SendState
from access_log.policy.codes import EventType
from access_log.services import passes, visit_making
from tests.web.conftest import Web
from tests.web.portal import approve_for_site, ask, events, text


def test_a_technician_with_a_phone_only_is_handed_the_invitation(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin, technicians=str(web.cast.ana.id))
    approve_for_site(web, visit)
    assert "A. Ñ** does not have the pass yet" in text(lin.get("/"))
    assert "There is no mail address for this technician" in text(lin.get(f"/visits/{visit.id}"))
    page = lin.post(f"/visits/{visit.id}/pass")
    with web.db() as session:
        link = visit_making.link_of(web.ring, visit)
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        code = group_code(passes.short_code_of(web.ring, live))
    assert f"https://testserver/visit/{link}" in page.text
    assert "Please bring a valid identity document." in page.text  # in her language
    assert code in page.text
    assert "data:image/svg+xml;base64," in page.text
    assert not re.search("Ana|Lucía|Ñúñez", page.text)
    (view,) = events(web, EventType.PASS_VIEWED)
    assert (view.visit_id, view.actor_id, view.detail["how"]) == (visit.id, web.cast.lin.id, "shown")
    assert "does not have the pass yet" not in lin.get("/").text


def test_the_picture_holds_the_pass_and_its_name_says_nothing(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    approve_for_site(web, visit)
    answer = lin.post(f"/visits/{visit.id}/pass.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'attachment; filename="pass-1001-1.png"'
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)))
    reading = read_pass(web.ring.pass_public_keys(), code.text)
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        assert reading.payload == passes.payload_of(live)
    assert [view.detail["how"] for view in events(web, EventType.PASS_VIEWED)] == ["saved"]


def test_looking_with_get_opens_and_records_nothing(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    approve_for_site(web, visit)
    for path in ("pass", "pass.png"):
        assert lin.get(f"/visits/{visit.id}/{path}").headers["location"] == f"/portal/visits/{visit.id}"
    assert events(web, EventType.PASS_VIEWED) == []


def test_there_is_nothing_to_hand_over_before_the_approval_or_after_a_cancellation(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    assert "Hand over the pass" not in lin.get(f"/visits/{visit.id}").text
    assert lin.post(f"/visits/{visit.id}/pass").status_code == 409
    approve_for_site(web, visit)
    assert "Hand over the pass" in lin.get(f"/visits/{visit.id}").text
    lin.post(f"/visits/{visit.id}/cancel")
    assert lin.post(f"/visits/{visit.id}/pass.png").status_code == 409
    assert "This visit has no pass that opens anything." in text(lin.post(f"/visits/{visit.id}/pass"))


def test_after_a_new_pass_the_technician_without_mail_waits_for_it_again(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin, technicians=str(web.cast.ana.id))
    approve_for_site(web, visit)
    lin.post(f"/visits/{visit.id}/pass")
    web.clock.now = web.clock.now.replace(minute=5)
    lin.post(f"/visits/{visit.id}/reissue")
    assert "A. Ñ** does not have the pass yet" in text(lin.get("/"))


def test_a_mail_that_waits_or_arrived_needs_nobody(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    (visit,) = ask(web, lin)
    approve_for_site(web, visit)
    assert "does not have the pass yet" not in lin.get("/").text
    with web.db() as session:
        message = session.exec(select(OutboxMessage).where(OutboxMessage.visit_id == visit.id)).one()
        message.state = SendState.DROPPED
        session.add(message)
    assert "does not have the pass yet" in text(lin.get("/"))
