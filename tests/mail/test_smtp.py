"""Every no of a mail server is about one letter or about the whole way; what is sent arrives as it was written."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from access_log import smtp
from access_log.mail import SendError, TransportError
from access_log.policy.codes import MailFault
from access_log.services.letters import Letter
from access_log.smtp import SmtpTransport
from tests.mail.servers import CLOSE, DRIP, PASSWORD, USER, Taken, certificate, only_us, real, scripted

SENDER = "Access register <register@operator.example>"
TOKEN = "0123456789abcdef01234567"
CHINESE = Letter("wei@nimbus.example", "您的来访：2026-11-24 12:00", "魏伟明，您好：\n\n您已登记一次来访。\n" + "长" * 400 + "\n.\n")


def send(url: str, letter: Letter = CHINESE, *, ours: bool = True, sender: str = SENDER, bounces: str = "") -> bool:
    """One letter over a connection of its own."""
    with SmtpTransport(url, sender, bounces).connect() as connection:
        return connection.send(letter, TOKEN, lambda: ours)


def refused(url: str, **options: Any) -> SendError | TransportError:
    with pytest.raises((SendError, TransportError)) as error:
        send(url, **options)
    return error.value


@pytest.mark.parametrize(
    ("replies", "fault", "reply"),
    [
        ({"greeting": "554 not you"}, MailFault.GREETING, 554),
        ({"greeting": "421 too many"}, MailFault.BUSY, 421),
        ({"greeting": CLOSE}, MailFault.BROKEN_OFF, None),
        ({"EHLO": "550 who are you", "HELO": "550 who are you"}, MailFault.GREETING, 550),
        ({"MAIL": "550 5.7.1 not from there"}, MailFault.SENDER, 550),
        ({"MAIL": "553 5.1.8 no such domain"}, MailFault.SENDER, 553),
        ({"MAIL": "530 5.7.0 sign in first"}, MailFault.SIGN_IN, 530),
        ({"MAIL": "451 4.3.0 later"}, MailFault.BUSY, 451),
        ({"MAIL": CLOSE}, MailFault.BROKEN_OFF, None),
        ({"RCPT": "554 5.7.1 <register@operator.example>: Sender address rejected: not owned"}, MailFault.SENDER, 554),
        ({"RCPT": "450 4.1.8 <register@operator.example>: no domain"}, MailFault.SENDER, 450),
        ({"RCPT": "554 5.7.1 Service unavailable; Client host rejected"}, MailFault.CLIENT, 554),
        ({"RCPT": "530 5.7.0 Authentication required"}, MailFault.SIGN_IN, 530),
        ({"RCPT": "421 4.3.2 shutting down"}, MailFault.BUSY, 421),
        ({"RCPT": CLOSE}, MailFault.BROKEN_OFF, None),
        ({"DATA": "421 shutting down"}, MailFault.BUSY, 421),
    ],
    ids=lambda value: "-".join(f"{verb} {said[:9]}" for verb, said in value.items()) if isinstance(value, dict) else "",
)
def test_a_no_to_us_is_a_fault_of_the_way(replies: dict[str, str], fault: MailFault, reply: int | None) -> None:
    with scripted(**replies) as server:
        error = refused(server.url)
    assert isinstance(error, TransportError)
    assert (error.fault, error.reply) == (fault, reply)
    assert server.letters == []


@pytest.mark.parametrize(
    ("replies", "code", "permanent"),
    [
        ({"RCPT": "550 5.1.1 nobody of that name"}, "smtp_550", True),
        ({"RCPT": "554 5.7.1 Relay access denied"}, "smtp_554", True),
        ({"RCPT": "450 4.2.0 greylisted"}, "smtp_450", False),
        ({"DATA": "554 no"}, "smtp_554", True),
        ({"END": "552 too large"}, "smtp_552", True),
        ({"END": "451 later"}, "smtp_451", False),
        ({"END": CLOSE}, "unanswered", False),
    ],
    ids=lambda value: "-".join(f"{verb} {said[:9]}" for verb, said in value.items()) if isinstance(value, dict) else "",
)
def test_a_no_to_the_recipient_or_the_letter_is_a_fault_of_the_letter(replies: dict[str, str], code: str, permanent: bool) -> None:
    with scripted(**replies) as server:
        error = refused(server.url)
    assert isinstance(error, SendError)
    assert (error.code, error.permanent) == (code, permanent)


def test_after_a_refused_recipient_the_same_connection_takes_the_next_letter() -> None:
    with scripted(RCPT="550 nobody") as server, SmtpTransport(server.url, SENDER).connect() as connection:
        with pytest.raises(SendError):
            connection.send(CHINESE, TOKEN, lambda: True)
        server.replies["RCPT"] = "250 yes"
        assert connection.send(CHINESE, TOKEN, lambda: True)
    assert len(server.letters) == 1


def test_a_claim_that_was_lost_is_noticed_before_the_first_byte() -> None:
    with scripted() as server:
        assert send(server.url, ours=False) is False
    assert [line for line in server.heard if line.startswith(("RCPT", "DATA"))] == ["RCPT TO:<wei@nimbus.example>"]
    assert server.letters == []


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://mail.example", MailFault.SETTING_UNUSABLE),
        ("smtp:mail.example", MailFault.SETTING_UNUSABLE),
        ("smtp://mail.example:99999", MailFault.SETTING_UNUSABLE),
        ("smtp://[mail.example", MailFault.SETTING_UNUSABLE),
        ("smtp://mail.example?tls=maybe", MailFault.SETTING_UNUSABLE),
        ("smtp://user:password@mail.example?tls=none", MailFault.PASSWORD_UNPROTECTED),
        ("smtp://no-such-host.invalid", MailFault.NO_SUCH_HOST),
    ],
)
def test_a_setting_that_cannot_work_says_which_one_it_is(url: str, fault: MailFault, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(socket, "create_connection", nowhere)
    error = refused(url)
    assert isinstance(error, TransportError)
    assert error.fault is fault
    assert "password" not in str(error).replace("password_unprotected", "")


@pytest.mark.parametrize("sender", ["", "register", "register@", "@operator.example", "Name <>", "登记@operator.example"])
def test_a_sender_that_is_no_address_is_a_fault_of_the_way(sender: str) -> None:
    error = refused("smtp://127.0.0.1:1", sender=sender)
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.SENDER_UNUSABLE


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = refused(f"smtp://127.0.0.1:{taken.getsockname()[1]}?tls=none")
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.UNREACHABLE


def test_a_server_that_says_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = refused(f"smtp://127.0.0.1:{silent.getsockname()[1]}?tls=none")
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.BROKEN_OFF


def test_a_server_that_talks_without_end_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line comes in time, the last one never: only a limit for the whole answer keeps the lease."""
    monkeypatch.setattr(smtp, "HANDING_OVER", 0.3)
    began = time.monotonic()
    with scripted(END=DRIP) as server:
        error = refused(server.url)
    assert 0.2 < time.monotonic() - began < 5
    assert isinstance(error, SendError)
    assert (error.code, error.permanent) == ("unanswered", False)


def test_a_server_without_starttls_gets_no_letter_unless_told_so() -> None:
    with scripted() as server:
        error = refused(server.url.replace("?tls=none", ""))
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.NO_STARTTLS
    assert not any(line.startswith("MAIL") for line in server.heard)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server's TLS whose certificate this process trusts."""
    context, pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return context


def test_starttls_and_sign_in(trusted: Any) -> None:
    taken = Taken()
    with real(taken, tls_context=trusted, require_starttls=True, auth_required=True, authenticator=only_us) as server:
        url = f"smtp://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{server.port}"
        assert send(url)
        wrong = refused(url.replace(USER, "somebody"))
        without = refused(f"smtp://127.0.0.1:{server.port}")
    assert isinstance(wrong, TransportError)
    assert (wrong.fault, wrong.reply) == (MailFault.SIGN_IN, 535)
    assert PASSWORD not in str(wrong)
    assert isinstance(without, TransportError)
    assert without.fault is MailFault.SIGN_IN
    assert len(taken.letters) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context, _pem = certificate(tmp_path)
    with real(Taken(), tls_context=context) as server:
        error = refused(f"smtp://127.0.0.1:{server.port}")
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.CERTIFICATE


def test_a_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, pem = certificate(tmp_path, "other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with real(Taken(), tls_context=context) as server:
        error = refused(f"smtp://127.0.0.1:{server.port}")
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.CERTIFICATE


def test_smtps_where_the_server_speaks_plainly_is_a_fault_of_tls() -> None:
    with scripted() as server:
        error = refused(server.url.replace("smtp://", "smtps://"))
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.TLS_FAILED


def test_smtps(trusted: Any) -> None:
    taken = Taken()
    with real(taken, ssl_context=trusted) as server:
        assert send(f"smtps://127.0.0.1:{server.port}")
    assert len(taken.letters) == 1


def test_a_password_for_a_server_that_knows_no_sign_in() -> None:
    with scripted() as server:
        error = refused(server.url.replace("smtp://", f"smtp://{USER}:x@"))
    assert isinstance(error, TransportError)
    assert error.fault is MailFault.NO_SIGN_IN


def test_a_letter_arrives_as_it_was_written_and_says_who_sent_it() -> None:
    taken = Taken()
    with real(taken) as server:
        assert send(f"smtp://127.0.0.1:{server.port}?tls=none", bounces="bounces@operator.example")
    (letter,), (envelope,) = taken.letters, taken.envelopes
    assert letter.get_content().replace("\r\n", "\n") == CHINESE.body
    assert letter["Subject"] == CHINESE.subject
    assert letter["To"] == CHINESE.to
    assert letter["From"] == SENDER
    assert letter["Message-ID"] == f"<{TOKEN}@operator.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bounces@operator.example", [CHINESE.to])
    assert taken.raw[0].isascii(), "a server without 8BITMIME gets seven bits"
    assert max(map(len, taken.raw[0].splitlines())) <= 998


def test_a_name_before_the_at_sign_that_is_not_ascii_needs_a_server_that_takes_it() -> None:
    letter = Letter("魏@nimbus.example", "s", "b\n")
    with scripted() as server:
        error = refused(server.url, letter=letter)
        assert isinstance(error, SendError)
        assert (error.code, error.permanent) == ("needs_smtputf8", True)
        assert server.letters == []
    taken = Taken()
    with real(taken, enable_SMTPUTF8=True) as wide:
        assert send(f"smtp://127.0.0.1:{wide.port}?tls=none", letter=letter)
    assert taken.envelopes[0].rcpt_tos == ["魏@nimbus.example"]
    assert "魏@nimbus.example".encode() in taken.raw[0]


def test_a_domain_that_is_not_ascii_is_written_in_its_ascii_form() -> None:
    taken = Taken()
    with real(taken) as server:
        assert send(f"smtp://127.0.0.1:{server.port}?tls=none", letter=Letter("wei@云帆.example", "s", "b\n"))
    assert taken.envelopes[0].rcpt_tos == ["wei@xn--9kqs09a.example"]
    assert taken.letters[0]["To"].isascii()


def test_a_server_that_knows_delivery_notifications_is_told_the_token_and_to_send_back_headers_only() -> None:
    with scripted("DSN") as server:
        assert send(server.url)
    mail = [line for line in server.heard if line.startswith("MAIL") and "ENVID" in line]
    assert mail == [f"MAIL FROM:<register@operator.example> RET=HDRS ENVID={TOKEN}"]
    assert "RCPT TO:<wei@nimbus.example> NOTIFY=FAILURE" in server.heard
