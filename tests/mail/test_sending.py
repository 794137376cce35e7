"""The outbox at work: a broken way stops everything and counts against nothing; a letter goes once, however slow somebody is."""

import asyncio
import logging
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from access_log import sending
from access_log.db import transaction
from access_log.models import OutboxMessage, SendState, Technician, Template
from access_log.policy.codes import MailFault, Refusal
from access_log.services import mail_state, outbox, visits
from access_log.services.letters import Letter
from access_log.worker import Duty, _looked_after
from tests.cast import Maker, as_contact, requested, with_pass
from tests.faults.crowd import at_once
from tests.mail.office import Office
from tests.mail.servers import CLOSE, Taken, Taker, real, scripted
from tests.moments import NOON


@pytest.mark.parametrize(
    ("replies", "fault"),
    [
        ({"greeting": "554 no"}, MailFault.GREETING),
        ({"greeting": "421 later"}, MailFault.BUSY),
        ({"MAIL": "550 5.7.1 not from there"}, MailFault.SENDER),
    ],
    ids=["greeting", "busy", "sender"],
)
def test_a_broken_way_counts_against_no_letter_and_opens_no_identity(office: Office, replies: dict[str, str], fault: MailFault) -> None:
    office.write()
    with scripted(**replies) as server:
        for _try in range(12):
            assert office.send(server.url) == 0
            office.now += timedelta(hours=1)
    assert office.states() == {("waiting", "", 0): 1}
    assert office.looks() == 0
    assert (office.state().fault, office.state().since, office.state().failures) == (fault, NOON, 12)


def test_a_wrong_scheme_is_a_fault_of_the_way(office: Office) -> None:
    """From before the settings were checked at start, or in a process that was not: it must not cost a letter."""
    office.write()
    office.send("imap://mail.example")
    assert office.states() == {("waiting", "", 0): 1}
    assert office.state().fault is MailFault.SETTING_UNUSABLE


def test_tries_become_rarer_and_the_first_success_sends_everything(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "access_log.sending")
    office.write()
    office.write()
    tried = []
    with scripted(greeting="421 later") as server:
        for second in (0, 29, 30, 89, 90, 209, 210, 509, 510, 1109, 1110):
            office.now = NOON + timedelta(seconds=second)
            before = office.state().failures if second else 0
            office.send(server.url)
            if office.state().failures > before:
                tried.append(second)
        server.replies["greeting"] = "220 here"
        office.now += timedelta(minutes=10)
        assert office.send(server.url) == 2
        assert len(server.letters) == 2
    assert tried == [0, 30, 90, 210, 510, 1110]
    assert office.states() == {("sent", "", 0): 2}
    state = office.state()
    assert (state.fault, state.failures, state.paused_until, state.reached_at) == (None, 0, None, office.now)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["ERROR", *["WARNING"] * 5, "INFO"]


def test_somebody_who_has_mended_it_need_not_wait(office: Office) -> None:
    office.write()
    with scripted(greeting="421 later") as server:
        office.send(server.url)
        server.replies["greeting"] = "220 here"
        assert office.send(server.url) == 0
        with transaction(office.engine) as session:
            mail_state.try_now(session)
        assert office.send(server.url) == 1


def test_a_way_that_breaks_at_one_letter_lets_the_others_go_first(office: Office) -> None:
    """Its recipient makes the server hang up: nothing is said against it, but it must not stand in everybody's way."""
    first, second = office.write()[0], office.write()[0]

    with scripted(RCPT=CLOSE) as server:
        office.send(server.url)
        assert office.states() == {("waiting", "", 0): 2}
        del server.replies["RCPT"]
        office.now += timedelta(seconds=31)
        assert office.send(server.url) == 1
        waits, sent = office.rows()
        assert (waits.visit_id, waits.state) == (first.id, SendState.WAITING)
        assert (sent.visit_id, sent.state) == (second.id, SendState.SENT)
        office.now += timedelta(seconds=31)
        assert office.send(server.url) == 1
    assert office.states() == {("sent", "", 0): 2}


def test_a_refusal_counts_and_after_the_last_the_contact_is_told(office: Office) -> None:
    office.write()
    with scripted(RCPT="450 4.2.0 greylisted") as server:
        for wait in outbox.RETRIES:
            assert office.send(server.url) == 1
            assert office.send(server.url) == 0, "not before its time"
            office.now += wait
        office.send(server.url)
    invitation, told = office.rows()
    assert (invitation.state, invitation.error, invitation.refusals) == (SendState.FAILED, "smtp_450", 6)
    assert (told.template, told.subject_id, told.state) == (Template.DELIVERY_FAILED, office.cast.lin.subject_id, SendState.WAITING)
    assert office.state().fault is None


def test_an_unknown_mailbox_fails_at_once_and_the_next_letter_goes_over_the_same_connection(office: Office) -> None:
    office.write()
    office.write()
    server = Choosy()
    with real(server) as running:
        assert office.send(f"smtp://127.0.0.1:{running.port}?tls=none") == 3
    assert [(row.template, row.state, row.error) for row in office.rows()] == [
        (Template.INVITATION, SendState.FAILED, "smtp_550"),
        (Template.INVITATION, SendState.SENT, ""),
        (Template.DELIVERY_FAILED, SendState.SENT, ""),
    ]
    assert server.connections == 1


class Choosy(Taken):
    """A real server that does not know the first recipient."""

    def __init__(self) -> None:
        super().__init__()
        self.connections = self.asked = 0

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, name: str, replies: list[str]) -> list[str]:
        session.host_name = name
        self.connections += 1
        return replies

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        self.asked += 1
        if self.asked == 1:
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 yes"


def test_a_letter_that_was_taken_without_an_answer_keeps_its_message_id(office: Office) -> None:
    """It may have arrived: whoever gets it twice can tell by the Message-ID. Sent again by a person, it is a new one."""
    office.write()
    with scripted(END=CLOSE) as server:
        assert office.send(server.url) == 1
        assert office.states() == {("waiting", "unanswered", 1): 1}
        server.replies["."] = "250 yes"
        office.now += timedelta(minutes=1)
        assert office.send(server.url) == 1
        first, second = (_id_of(letter) for letter in server.letters)
        assert first == second
        with transaction(office.engine) as session:
            (message,) = session.exec(select(OutboxMessage)).all()
            message.state = SendState.FAILED
            outbox.send_again(session, [message], now=office.now)
        office.send(server.url)
        assert _id_of(server.letters[2]) != first


def _id_of(letter: bytes) -> str:
    (line,) = [line for line in letter.decode("ascii").splitlines() if line.startswith("Message-ID:")]
    return line


class Slow(Taken):
    """A real server that takes its time, as long as the lease or longer."""

    def __init__(self, *, before: float = 0, after: float = 0) -> None:
        super().__init__()
        self.before, self.after = before, after

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        await asyncio.sleep(self.before)
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.after)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases that a slow server outlasts."""
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=0.15))
    monkeypatch.setattr(outbox, "HANDING_OVER", timedelta(seconds=30))


def three_workers(office: Office, server: Any, seconds: float) -> None:
    """Three workers look at the outbox for a while, on a clock that runs."""
    url = f"smtp://127.0.0.1:{server.port}?tls=none"
    began = time.monotonic()

    def clock() -> datetime:
        return office.now + timedelta(seconds=time.monotonic() - began)

    def work() -> int:
        count = 0
        while time.monotonic() - began < seconds:
            count += office.send(url, clock)
            time.sleep(0.01)
        return count

    answers = at_once([work] * 3)
    assert all(isinstance(answer, int) for answer in answers), answers


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("slow", [{"before": 0.25}, {"after": 0.25}], ids=["before the letter", "after the letter"])
def test_three_workers_and_a_slow_server_send_nothing_twice(office: Office, slow: dict[str, float]) -> None:
    for _each in range(4):
        office.write()
    server = Slow(**slow)
    with real(server) as running:
        three_workers(office, running, 0.8)
        server.before = server.after = 0
        while office.states() != {("sent", "", 0): 4}:
            office.now += timedelta(minutes=1)
            three_workers(office, running, 0.1)
    assert Counter(letter["Message-ID"] for letter in server.letters).most_common(1)[0][1] == 1
    assert len(server.letters) == 4
    assert office.states() == {("sent", "", 0): 4}


@pytest.mark.usefixtures("hasty")
def test_without_the_renewal_a_slow_server_would_get_letters_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the test above would see if nobody asked at the last moment."""
    monkeypatch.setattr(outbox, "renew", lambda *_args, **_options: True)
    for _each in range(2):
        office.write()
    server = Slow(before=0.25)
    with real(server) as running:
        three_workers(office, running, 1.2)
    assert Counter(letter["Message-ID"] for letter in server.letters).most_common(1)[0][1] > 1


def test_one_letter_that_cannot_be_written_ends_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    (bad,), _good = office.write(), office.write()
    real_compose = sending.compose

    def compose(*args: Any, message: OutboxMessage, **options: Any) -> Letter | None:
        if message.visit_id == bad.id:
            raise KeyError("魏伟明")
        return real_compose(*args, message=message, **options)

    monkeypatch.setattr(sending, "compose", compose)
    letters: list[Letter] = []
    while office.send(Taker(letters)):
        pass
    assert [letter.to for letter in letters] == ["wei@nimbus.example"]
    assert office.states() == {("waiting", "internal_error", 1): 1, ("sent", "", 0): 1}
    for wait in outbox.RETRIES:
        office.now += wait
        office.send(Taker(letters))
    assert office.rows()[0].state is SendState.FAILED


def test_one_duty_that_fails_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def fails() -> int:
        raise RuntimeError("what somebody typed")

    def works() -> None:
        done.append("sent")

    assert [_looked_after(duty) for duty in (Duty(fails), Duty(works))] == [0, 0]
    assert done == ["sent"]
    assert "what somebody typed" not in caplog.messages


def test_what_is_of_no_use_any_more_is_dropped_without_a_look(office: Office) -> None:
    """Mail was down for a day: nobody gets an invitation to what is over, or is asked for an approval that was given."""
    with transaction(office.engine) as session:
        with_pass(session, office.ring, office.cast, hours=1)
        (asked,) = requested(session, office.ring, office.cast, office.cast.ana, contact=office.cast.chen, hours=48)
        visits.refuse(session, visit=asked, side="customer", refusal=Refusal.DUPLICATE, actor=as_contact(office.cast.lin), now=NOON)
        (cancelled,) = with_pass(session, office.ring, office.cast, office.cast.wei, hours=48)
        visits.cancel(session, visit=cancelled, actor=as_contact(office.cast.lin), now=NOON)
    office.now += timedelta(days=1)
    letters: list[Letter] = []
    office.send(Taker(letters))
    gone = [row.template for row in office.rows() if row.error == "overtaken"]
    assert gone == [Template.INVITATION, Template.APPROVAL_WAITING, Template.INVITATION]
    assert (office.looks(), len(letters)) == (2, 2)  # the refusal to Chen, the cancellation to Wei
    assert {row.state for row in office.rows() if row.error} == {SendState.DROPPED}


def test_an_address_the_server_cannot_write_to_is_refused_at_once_and_the_contact_is_told(office: Office) -> None:
    office.cast.wei = _with_mail(office, "魏@nimbus.example")
    office.write(office.cast.wei)
    with scripted() as server:
        office.send(server.url)
        invitation, told = office.rows()
    assert (invitation.state, invitation.error, invitation.refusals) == (SendState.FAILED, "needs_smtputf8", 1)
    assert (told.template, told.state) == (Template.DELIVERY_FAILED, SendState.SENT)


def _with_mail(office: Office, mail: str) -> Technician:
    with transaction(office.engine) as session:
        return Maker(session, office.ring, office.cast.site.id or 0, NOON).technician(office.cast.nimbus, "魏伟明", mail=mail)


def test_how_sending_goes_is_told_to_everybody_who_asks(office: Office) -> None:
    office.write()

    def standing(minutes: int = 0) -> mail_state.Standing:
        with transaction(office.engine) as session:
            return mail_state.standing(session, now=office.now + timedelta(minutes=minutes), site_id=office.cast.site.id)

    assert (standing().stopped, standing().seen) == (False, False)
    assert standing(9).nobody_sends
    with transaction(office.engine) as session:
        mail_state.started(session, usable=False, now=office.now)
    assert (standing().fault, standing().waiting, standing().stopped) == (MailFault.NOT_SET, 1, True)
    with transaction(office.engine) as session:
        mail_state.started(session, usable=True, now=office.now)
        other_site = mail_state.standing(session, now=office.now, site_id=-1)
    assert (standing().fault, standing().stopped, standing(7).nobody_sends, standing(9).nobody_sends) == (None, False, False, True)
    assert other_site.waiting == 0
    office.send(Taker([]))
    assert not standing(600).stopped, "without letters nobody has to be there"
