"""Letters to a real SMTP server. Every no is sorted into one about the letter (SendError) or one about the way (TransportError)."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy as mail_policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from access_log.mail import DEMO_INBOX, SendError, Transport, TransportError
from access_log.policy.codes import MailFault
from access_log.services.letters import Letter
from access_log.settings import Settings

TIMEOUT = 20
"""Seconds to wait for an answer of the mail server."""
HANDING_OVER = 300
"""Seconds from the first byte of a letter to the server's word that it has it: it may look through it first (RFC 5321, 4.5.3.2.6)."""

SIGN_IN_FIRST = frozenset({530, 534, 535, 538})
"""Replies that ask for another sign-in, whatever the command they answer (RFC 4954, 6)."""
OURS = {
    MailFault.SENDER: re.compile(rb"[45]\.1\.[78]\b|sender address rejected", re.IGNORECASE),
    MailFault.CLIENT: re.compile(rb"(client host|helo command|client address) rejected", re.IGNORECASE),
}
"""What many servers say only after the recipient, though it is about us: RFC 3463 bad sender, and Postfix, which puts its no off."""


def transport_of(settings: Settings) -> Transport | None:
    """Where letters go: the SMTP server, the demo's inbox, or nowhere yet (they wait)."""
    if settings.smtp_url is not None:
        return SmtpTransport(settings.smtp_url.get_secret_value(), settings.mail_from, settings.bounces_to)
    return DEMO_INBOX if settings.demo else None


@dataclass(frozen=True)
class SmtpTransport:
    """smtp://user:password@host:587?tls=starttls (default), smtps://host:465, or ?tls=none for a server on the same machine.

    `sender` is what people see, with a name or without; `bounces` the address that undeliverable letters go back to, if it is another.
    """

    url: str
    sender: str
    bounces: str = ""

    @contextmanager
    def connect(self) -> Iterator["SmtpConnection"]:
        """Greeting, TLS, sign-in, and whether the server takes our sender: before any letter is opened. Raises TransportError."""
        envelope = _own_address(self.bounces or self.sender)
        shown = _own_address(self.sender)
        server = _opened(self.url)
        try:
            connection = SmtpConnection(server, self.sender, shown.rpartition("@")[2], envelope)
            connection.try_sender()
            yield connection
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


@dataclass(frozen=True)
class SmtpConnection:
    """A server that has let us in. After an error that leaves the conversation open, the next letter starts afresh."""

    server: smtplib.SMTP
    sender: str
    domain: str
    envelope: str

    def send(self, letter: Letter, token: str, still_ours: Callable[[], bool]) -> bool:
        """Hand the letter over, unless `still_ours` says no. Raises SendError, TransportError."""
        to, wide = self._reachable(letter.to)
        content = _bytes_of(self._message(letter, to, token), wide=wide)
        try:
            self._mail_from(self._options(token, wide=wide))
            self._recipient(to)
            if not still_ours():
                self.server.rset()
                return False
        except (smtplib.SMTPException, OSError):
            raise TransportError(MailFault.BROKEN_OFF) from None
        self._hand_over(content)
        return True

    def try_sender(self) -> None:
        """Ask whether the server takes our sender at all. Raises TransportError."""
        try:
            self._mail_from([])
            self.server.rset()
        except (smtplib.SMTPException, OSError):
            raise TransportError(MailFault.BROKEN_OFF) from None

    def _reachable(self, address: str) -> tuple[str, bool]:
        """The address as this server takes it, and whether that needs RFC 6531: a domain has an ASCII form, what stands before it none."""
        local, _at, domain = address.rpartition("@")
        wide = not local.isascii()
        if wide and not self.server.has_extn("smtputf8"):
            raise SendError("needs_smtputf8", permanent=True)
        return f"{local}@{_ascii_domain(domain)}", wide

    def _message(self, letter: Letter, to: str, token: str) -> EmailMessage:
        message = EmailMessage(policy=mail_policy.SMTP)
        try:
            message["From"] = self.sender
            message["To"] = to
            message["Subject"] = letter.subject
        except (ValueError, IndexError):  # the standard library's parser has both for addresses no server knows either
            raise SendError("address_unusable", permanent=True) from None
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{token}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        # Not eight bits: a server without 8BITMIME would get what it did not say it takes.
        message.set_content(letter.body, charset="utf-8", cte="quoted-printable" if letter.body.isascii() else "base64")
        return message

    def _options(self, token: str, *, wide: bool) -> list[str]:
        """Headers only in a bounce, and our token with it, where the server knows RFC 3461."""
        bounce = ["RET=HDRS", f"ENVID={token}"] if self.server.has_extn("dsn") else []
        return bounce + (["SMTPUTF8"] if wide else []) + (["BODY=8BITMIME"] if wide and self.server.has_extn("8bitmime") else [])

    def _mail_from(self, options: list[str]) -> None:
        code, said = self.server.mail(self.envelope, options)
        if code != 250:
            self._reset(code)
            raise _about_us(code, said) or TransportError(MailFault.SENDER if code >= 500 else MailFault.BUSY, code)

    def _recipient(self, to: str) -> None:
        code, said = self.server.rcpt(to, ["NOTIFY=FAILURE"] if self.server.has_extn("dsn") else [])
        if code not in (250, 251):
            self._reset(code)
            raise _about_us(code, said) or SendError(f"smtp_{code}", permanent=code >= 500)

    def _hand_over(self, content: bytes) -> None:
        """From here on nobody can say whether the letter went, until the server has answered: silence counts against the letter."""
        try:
            with _until_closed(self.server, HANDING_OVER):
                code, said = self.server.data(content)
        except smtplib.SMTPDataError as refused:  # it did not even want the first byte
            code, said = refused.smtp_code, _bytes(refused.smtp_error)
        except (smtplib.SMTPException, OSError):
            raise SendError("unanswered", permanent=False) from None
        if code != 250:
            self._reset(code)
            raise _about_us(code, said) or SendError(f"smtp_{code}", permanent=code >= 500)

    def _reset(self, code: int) -> None:
        if code != 421:  # the server has hung up after that one
            with suppress(smtplib.SMTPException, OSError):
                self.server.rset()


def _about_us(code: int, said: bytes) -> TransportError | None:
    """The no as a fault of the whole way, or None where it is about the letter."""
    if code == 421:
        return TransportError(MailFault.BUSY, code)
    if code in SIGN_IN_FIRST:
        return TransportError(MailFault.SIGN_IN, code)
    found = next((fault for fault, words in OURS.items() if words.search(said)), None)
    return TransportError(found, code) if found else None


def _opened(url: str) -> smtplib.SMTP:
    """Connected, under TLS, signed in."""
    server: smtplib.SMTP | None = None
    try:
        parts, tls = _parts(url)
        server = _connected(parts, tls)
        if tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if parts.username:
            _sign_in(server, unquote(parts.username), unquote(parts.password or ""))
        return server
    except BaseException as error:
        if server is not None:
            server.close()
        if isinstance(error, (smtplib.SMTPException, OSError)):
            raise _no_way(error) from None
        raise


def _parts(url: str) -> tuple[SplitResult, str]:
    """The address and its kind of TLS: `smtps`, `starttls` or `none`."""
    try:
        parts = urlsplit(url)
        port_is_one = parts.port is None or parts.port > 0
        tls = "smtps" if parts.scheme == "smtps" else parse_qs(parts.query).get("tls", ["starttls"])[0]
    except ValueError:
        raise TransportError(MailFault.SETTING_UNUSABLE) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port_is_one or tls not in ("smtps", "starttls", "none"):
        raise TransportError(MailFault.SETTING_UNUSABLE)
    if tls == "none" and parts.password and not _is_here(parts.hostname):
        raise TransportError(MailFault.PASSWORD_UNPROTECTED)
    return parts, tls


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _connected(parts: SplitResult, tls: str) -> smtplib.SMTP:
    host = parts.hostname or ""
    if tls == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)


def _sign_in(server: smtplib.SMTP, user: str, password: str) -> None:
    try:
        server.login(user, password)
    except smtplib.SMTPNotSupportedError:
        raise TransportError(MailFault.NO_SIGN_IN) from None
    except smtplib.SMTPAuthenticationError as refused:
        # 454 and 421: it cannot say at present (RFC 4954, 4.7.0), which is not a wrong password.
        fault = MailFault.BUSY if refused.smtp_code < 500 else MailFault.SIGN_IN
        raise TransportError(fault, refused.smtp_code) from None
    except smtplib.SMTPResponseException as refused:
        raise TransportError(MailFault.SIGN_IN, refused.smtp_code) from None
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException:  # no mechanism that both of us know
        raise TransportError(MailFault.NO_SIGN_IN) from None
    except UnicodeError:  # smtplib signs in with ASCII only
        raise TransportError(MailFault.SETTING_UNUSABLE) from None


def _no_way(error: smtplib.SMTPException | OSError) -> TransportError:
    match error:
        case smtplib.SMTPNotSupportedError():
            return TransportError(MailFault.NO_STARTTLS)
        case smtplib.SMTPResponseException():
            return TransportError(MailFault.BUSY if error.smtp_code < 500 else MailFault.GREETING, error.smtp_code)
        case smtplib.SMTPException():
            return TransportError(MailFault.BROKEN_OFF)
        case ssl.SSLCertVerificationError():
            return TransportError(MailFault.CERTIFICATE)
        case ssl.SSLError():
            return TransportError(MailFault.TLS_FAILED)
        case socket.gaierror():
            return TransportError(MailFault.NO_SUCH_HOST)
        case _:
            return TransportError(MailFault.UNREACHABLE)


def _own_address(sender: str) -> str:
    """The address in our own From. Raises TransportError."""
    _name, address = parseaddr(sender)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain and address.isascii()):
        raise TransportError(MailFault.SENDER_UNUSABLE)
    return address


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        raise SendError("address_unusable", permanent=True) from None


def _bytes_of(message: EmailMessage, *, wide: bool) -> bytes:
    try:
        return message.as_bytes(policy=mail_policy.SMTPUTF8 if wide else mail_policy.SMTP)
    except (UnicodeError, ValueError):
        raise SendError("address_unusable", permanent=True) from None


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")


@contextmanager
def _until_closed(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Close the connection when the time is over, however slowly the server goes on talking: a lease depends on it."""
    connection = server.sock
    assert connection is not None

    def close() -> None:
        with suppress(OSError, ValueError):
            connection.shutdown(socket.SHUT_RDWR)

    connection.settimeout(seconds)
    timer = threading.Timer(seconds, close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with suppress(OSError):
            connection.settimeout(TIMEOUT)
