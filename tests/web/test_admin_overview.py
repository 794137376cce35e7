"""The administrator's first page, and the messages that reached nobody."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from sqlmodel import select

from access_log.mail import SendError
from access_log.models import Contact, OutboxMessage, SendState, Staff, Template
from access_log.policy.codes import Role
from access_log.sending import send_due
from access_log.services import mail_state, outbox, sites, staff
from access_log.services.sites import SiteFacts
from tests.cast import as_staff, with_pass
from tests.notice_texts import both
from tests.web.conftest import Web
from tests.web.pages import hidden


def text(answer: Any) -> str:
    """The page with its white space folded."""
    return " ".join(answer.text.replace("&#39;", "'").split())


def test_a_fresh_site_is_led_through_what_it_lacks(web: Web) -> None:
    """Nothing but its first administrator, as the command line makes it."""
    with web.db() as session:
        fresh = sites.create(session, code="PVG2", facts=SiteFacts("二号", "Two", "Asia/Shanghai"), now=web.clock.now)
        session.get_one(Staff, web.cast.admin.id).site_id = fresh.id or 0
    page = text(web.as_(web.cast.admin).get("/admin"))
    assert page.count("to do") == 8
    for path in ("/admin/areas/new", "/admin/customers/new", "/admin/staff/new", "/admin/notice"):
        assert f'class="button" href="/console{path}"' in page
    assert "Set up a kiosk" not in page  # not before there is a door
    assert "Nothing waits for you." in page


def test_a_complete_site_has_no_list_any_more(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert "Before the first visitor" in admin.get("/admin").text
    pang = web.as_(web.cast.pang)
    texts = both("告知", "Notice")
    form = {"version": "1", "text_zh": texts["zh-CN"], "text_en": texts["en"]}
    look = pang.post("/admin/notice/upload", form)
    pang.post("/admin/notice/publish/upload", {name: hidden(look, name)[0] for name in form})
    page = admin.get("/admin").text
    assert "Before the first visitor" not in page
    assert "Nothing waits for you." in page


def test_what_needs_somebody_is_said(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    with web.db() as session:
        staff.add(
            session, web.ring, site_id=web.cast.site.id or 0, number="1002", name="郝好", mail="hao@operator.example", role=Role.GUARD,
            language="en", actor=as_staff(web.cast.admin), now=web.clock.now,
        )  # fmt: skip
        chen = session.get_one(Contact, web.cast.chen.id)
        chen.password_hash, chen.invited_at = None, web.clock.now
        mail_state.started(session, usable=False, now=web.clock.now)
    page = text(admin.get("/admin"))
    assert "Mail cannot be sent" in page
    assert "No mail server is set. 1 message waits." in page
    assert "run out" not in page
    web.clock.now += timedelta(days=7, minutes=1)
    page = text(web.as_(web.cast.admin).get("/admin"))
    assert "1 invitation to staff has run out" in page
    assert "1 invitation to a contact has run out" in page
    assert "Kiosk K1 at East door: Silent" in page
    assert "Last heard of 7 days ago" in page


class Refusing:
    """A mail server that takes nothing."""

    def connect(self) -> Any:
        return nullcontext(self)

    def send(self, *_letter: Any) -> bool:
        raise SendError("smtp_550", permanent=True)


def failed(web: Web) -> list[OutboxMessage]:
    """An invitation that the mail server refused, and the word about it to the contact, refused as well."""
    with web.db() as session:
        with_pass(session, web.ring, web.cast)
    for _twice in range(2):
        send_due(web.engine, web.ring, web.settings, Refusing(), web.clock)
    with web.db() as session:
        return list(session.exec(select(OutboxMessage).where(OutboxMessage.state == SendState.FAILED).order_by("id")).all())


def test_undelivered_mail_says_what_why_and_to_whom_masked(web: Web) -> None:
    assert [message.template for message in failed(web)] == [Template.INVITATION, Template.DELIVERY_FAILED]
    admin = web.as_(web.cast.admin)
    assert "2 messages were not delivered" in text(admin.get("/admin"))
    page = text(admin.get("/admin/undelivered"))
    for shown in ("Invitation to a visitor", "魏*明", "1001-1", "云帆网络", "The mail server says that there is no such mailbox."):
        assert shown in page, shown
    for kept in ("wei@nimbus.example", "魏伟明"):
        assert kept not in page


def test_a_message_is_sent_again_or_set_aside(web: Web) -> None:
    first, second = failed(web)
    admin = web.as_(web.cast.admin)
    assert admin.post(f"/admin/undelivered/{first.id}/again").status_code == 303
    assert admin.post(f"/admin/undelivered/{second.id}/aside").status_code == 303
    with web.db() as session:
        again, aside = session.get_one(OutboxMessage, first.id), session.get_one(OutboxMessage, second.id)
        assert (again.state, again.refusals, again.due_at) == (SendState.WAITING, 0, web.clock.now)
        assert aside.state is SendState.DROPPED
        claimed = outbox.claim(session, now=web.clock.now)
        assert claimed is not None
        assert claimed.id == first.id
        assert outbox.claim(session, now=web.clock.now) is None
    page = text(admin.get("/admin/undelivered"))
    assert "Every message was delivered." in page
    assert "Set aside, or without an address" in page
    assert admin.post(f"/admin/undelivered/{second.id}/aside").status_code == 303  # once more does nothing


def test_all_are_sent_again_at_once(web: Web) -> None:
    failed(web)
    assert web.as_(web.cast.admin).post("/admin/undelivered/all/again").status_code == 303
    with web.db() as session:
        assert len(session.exec(select(OutboxMessage).where(OutboxMessage.state == SendState.WAITING)).all()) == 2
