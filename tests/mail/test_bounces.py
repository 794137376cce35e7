"""Mail that came back: found by its token, whoever sent it back, and told to the contact; nothing else of it is kept."""

import mailbox
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from access_log import bounces, dsn
from access_log.bounces import Found
from access_log.db import transaction
from access_log.errors import SettingsError
from access_log.models import AccessEvent, OutboxMessage, SendState, Template
from access_log.policy.codes import EventType
from access_log.services import outbox
from tests import sinks
from tests.mail.notifications import FORMS, POSTFIX, VACATION, written
from tests.mail.office import Office
from tests.mail.servers import Taker
from tests.moments import NOON

TOKEN = "0123456789abcdef01234567"
BYTES = st.binary(max_size=400)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"], ids=["crlf", "lf"])
def test_a_notification_is_read_whoever_wrote_it(form: str, newline: bytes) -> None:
    content = written(FORMS[form], TOKEN).replace(b"\r\n", newline)
    assert dsn.read(content) == dsn.Bounce(TOKEN, failed=True, status="5.1.1")


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_what_is_only_late_or_passed_on_is_no_failure(action: str) -> None:
    assert dsn.read(written(POSTFIX, TOKEN, action=action, status="4.0.0")) == dsn.Bounce(TOKEN, failed=False, status="")


def test_an_answer_of_a_person_or_a_machine_is_no_notification() -> None:
    assert dsn.read(written(VACATION, TOKEN)) is None
    assert dsn.read(b"") is None
    assert dsn.read(written(POSTFIX, "of-somebody-else")) is None


@given(BYTES, st.integers(0, 2000), BYTES)
def test_nothing_that_arrives_breaks_the_reader(before: bytes, at: int, after: bytes) -> None:
    whole = written(POSTFIX, TOKEN)
    for content in (before, whole[:at] + after, before + whole[at:], whole[:at] + before + whole[at:]):
        found = dsn.read(content)
        assert found is None or found.token == TOKEN


def test_a_message_in_a_message_in_a_message_is_not_followed_for_ever() -> None:
    content = b"Content-Type: message/rfc822\r\n\r\n" * 5000 + written(POSTFIX, TOKEN)
    assert dsn.read(content) in (None, dsn.Bounce(TOKEN, failed=True, status="5.1.1"))


def sent(office: Office) -> OutboxMessage:
    """An invitation that the mail server took."""
    office.write()
    taker = Taker([])
    office.send(taker)
    (message,) = office.rows()
    assert message.token == taker.tokens[0]
    return message


def back(office: Office, content: bytes) -> Found:
    return bounces.take(office.engine, content, office.now)


def test_a_letter_that_comes_back_has_failed_and_its_contact_is_told(office: Office) -> None:
    message = sent(office)
    assert back(office, written(POSTFIX, message.token or "")) is Found.MARKED
    failed, told = office.rows()
    assert (failed.state, failed.error) == (SendState.FAILED, "bounced_5.1.1")
    assert (told.template, told.subject_id) == (Template.DELIVERY_FAILED, office.cast.lin.subject_id)
    with transaction(office.engine) as session:
        (event,) = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.MAIL_FAILED)).all()
    assert (event.visit_id, event.detail) == (message.visit_id, {"template": "invitation", "error": "bounced_5.1.1"})
    assert back(office, written(POSTFIX, message.token or "")) is Found.KNOWN
    assert len(office.rows()) == 2, "the contact is told once"


def test_what_is_not_ours_late_or_no_notification_changes_nothing(office: Office) -> None:
    message = sent(office)
    assert back(office, written(POSTFIX, TOKEN)) is Found.KNOWN
    assert back(office, written(POSTFIX, message.token or "", action="delayed", status="4.4.7")) is Found.LATE
    assert back(office, written(VACATION, message.token or "")) is Found.OTHER
    assert [row.state for row in office.rows()] == [SendState.SENT]


def test_a_bounce_that_is_faster_than_the_worker_is_not_overwritten(office: Office) -> None:
    """The mail server may send it back before the worker has noted that it was sent."""
    office.write()
    with transaction(office.engine) as session:
        claim = outbox.claim(session, now=NOON)
        assert claim is not None
        message = outbox.owned(session, claim)
        assert message is not None
        token = outbox.token_of(session, message)
    assert back(office, written(POSTFIX, token)) is Found.MARKED
    with transaction(office.engine) as session:
        outbox.sent(session, claim, now=NOON)
    assert office.rows()[0].state is SendState.FAILED


def test_a_late_bounce_of_a_first_try_does_not_undo_the_second(office: Office) -> None:
    message = sent(office)
    back(office, written(POSTFIX, message.token or ""))
    with transaction(office.engine) as session:
        outbox.send_again(session, [session.get_one(OutboxMessage, message.id)], now=office.now)
    office.send(Taker([]))
    assert back(office, written(POSTFIX, message.token or "")) is Found.KNOWN
    assert [row.state for row in office.rows()] == [SendState.SENT, SendState.SENT]


def test_nothing_of_the_notification_is_kept_but_its_status(office: Office) -> None:
    message = sent(office)
    back(office, written(POSTFIX, message.token or ""))
    with transaction(office.engine) as session:
        kept = sinks.rows(session)
    assert sinks.found_in(kept, "wei@nimbus.example", "no such user", "魏伟明") == []
    assert sinks.found_in(kept, "bounced_5.1.1", message.token or "") == ["bounced_5.1.1", message.token or ""], "the control"


def test_a_maildir_is_emptied_of_what_was_understood_and_the_rest_left_for_a_person(office: Office, tmp_path: Path) -> None:
    message = sent(office)
    box = mailbox.Maildir(tmp_path / "box", create=True)
    for content in (written(POSTFIX, message.token or ""), written(VACATION, message.token or ""), written(POSTFIX, TOKEN)):
        box.add(content)
    found = bounces.collect(office.engine, tmp_path / "box", lambda: office.now)
    assert found == {Found.MARKED: 1, Found.OTHER: 1, Found.KNOWN: 1}
    assert [entry.name.endswith(":2,") for entry in (tmp_path / "box" / "cur").iterdir()] == [True]
    assert list((tmp_path / "box" / "new").iterdir()) == []
    assert bounces.collect(office.engine, tmp_path / "box", lambda: office.now) == {}
    (left,) = mailbox.Maildir(tmp_path / "box", create=False)
    assert left["Subject"] == "Out of office"


def test_an_mbox_likewise(office: Office, tmp_path: Path) -> None:
    message = sent(office)
    box = mailbox.mbox(tmp_path / "mbox", create=True)
    box.add(written(POSTFIX, message.token or ""))
    box.add(written(VACATION, message.token or ""))
    box.close()
    found = bounces.collect(office.engine, tmp_path / "mbox", lambda: office.now)
    assert found == {Found.MARKED: 1, Found.OTHER: 1}
    assert [line for line in (tmp_path / "mbox").read_bytes().splitlines() if line.startswith(b"Subject")] == [b"Subject: Out of office"]


def test_kept_notifications_are_left_where_they_can_be_found(office: Office, tmp_path: Path) -> None:
    message = sent(office)
    mailbox.Maildir(tmp_path / "box", create=True).add(written(POSTFIX, message.token or ""))
    assert bounces.collect(office.engine, tmp_path / "box", lambda: office.now, keep=True) == {Found.MARKED: 1}
    assert len(list((tmp_path / "box" / "cur").iterdir())) == 1


def test_a_place_that_is_neither_says_so(office: Office, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="neither a Maildir nor an mbox"):
        bounces.collect(office.engine, tmp_path, lambda: office.now)
