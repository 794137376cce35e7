"""How a letter leaves: to a real SMTP server, or in the demo to an inbox that lives in memory and is shown on a page."""

import smtplib
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy as mail_policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from access_log.errors import SettingsError
from access_log.services.letters import Letter

TIMEOUT = 20
"""Seconds to wait for the mail server."""


class SendError(Exception):
    """The mail server did not take a letter. `code` holds no address; `permanent` means that trying again is useless."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Transport(Protocol):
    """Anything that takes a letter or raises SendError. `reference` goes into the Message-ID, so that a bounce finds its way back."""

    def send(self, letter: Letter, reference: str) -> None: ...


@contextmanager
def _told_by_code() -> Iterator[None]:
    """Whatever smtplib raises becomes a SendError: its own texts quote addresses."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refused:
        status = min(code for code, _text in refused.recipients.values())
        raise SendError(f"smtp_{status}", permanent=status >= 500) from None
    except smtplib.SMTPResponseException as refused:
        raise SendError(f"smtp_{refused.smtp_code}", permanent=500 <= refused.smtp_code != 535) from None
    except (OSError, smtplib.SMTPException):
        raise SendError("unreachable", permanent=False) from None
    except (UnicodeError, ValueError):
        raise SendError("address_unusable", permanent=True) from None


@dataclass(frozen=True)
class SmtpTransport:
    """smtp://user:password@host:587?tls=starttls (default), smtps://host:465, or ?tls=none for a server on the same machine."""

    url: str
    sender: str

    def send(self, letter: Letter, reference: str) -> None:
        """Hand the letter to the server. Raises SendError."""
        with _told_by_code(), self._connect() as server:
            server.send_message(self._message(letter, reference))

    def try_out(self) -> None:
        """Greet the server and sign in, without a letter. Raises SendError."""
        with _told_by_code(), self._connect() as server:
            server.noop()

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
        elif parts.scheme == "smtp":
            server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
        else:
            raise SettingsError("ACCESS_LOG_SMTP_URL must begin with smtp:// or smtps://")
        try:
            if parts.scheme == "smtp" and parse_qs(parts.query).get("tls", ["starttls"]) != ["none"]:
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, letter: Letter, reference: str) -> EmailMessage:
        message = EmailMessage(policy=mail_policy.SMTP)
        message["From"] = self.sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{reference}@{self.sender.partition('@')[2] or 'localhost'}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body, charset="utf-8")
        return message


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A letter in the demo's inbox."""

    at: datetime
    letter: Letter


class Inbox:
    """The demo's mail: the last hundred letters, in memory only, so that trying the product out leaves no plaintext on the disk."""

    def __init__(self) -> None:
        self._kept: deque[Kept] = deque(maxlen=100)

    def send(self, letter: Letter, reference: str) -> None:
        """Keep the letter. Addresses that begin with `bounce` are refused, so that the failure can be tried out too."""
        del reference
        if letter.to.startswith("bounce"):
            raise SendError("smtp_550", permanent=True)
        self._kept.appendleft(Kept(datetime.now(UTC), letter))

    def __iter__(self) -> Iterator[Kept]:
        return iter(list(self._kept))


DEMO_INBOX = Inbox()
"""Of this process. The demo's web process sends its own mail, so that its page can show it."""
