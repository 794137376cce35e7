"""Mail servers for tests: one that says what it is told to, and a real one (aiosmtpd) that keeps what it takes."""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from access_log.services.letters import Letter

CLOSE, DRIP = "close", "drip"
"""Instead of a reply: hang up; say one line after the other and never come to an end."""
USER, PASSWORD = "register", "a mail password"  # of the tests' own server


class Taker:
    """A way for letters that keeps them as they were written. Asks for the claim as a real one does."""

    def __init__(self, letters: list[Letter]) -> None:
        self.letters = letters
        self.tokens: list[str] = []

    def connect(self) -> AbstractContextManager["Taker"]:
        return nullcontext(self)

    def send(self, letter: Letter, token: str, still_ours: Callable[[], bool]) -> bool:
        if not still_ours():
            return False
        self.letters.append(letter)
        self.tokens.append(token)
        return True


class Scripted(socketserver.ThreadingTCPServer):
    """Answers each command by its verb; what is not scripted gets 250. `greeting` and `.` (the end of a letter) are verbs, too."""

    daemon_threads = True

    def __init__(self, replies: Mapping[str, str], features: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.replies = {"greeting": "220 here", "DATA": "354 go on", "QUIT": "221 bye"} | dict(replies)
        self.features = features
        self.heard: list[str] = []
        self.letters: list[bytes] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}?tls=none"


class _Talk(socketserver.StreamRequestHandler):
    server: Scripted

    def handle(self) -> None:
        if not self.say("greeting"):
            return
        for line in self.rfile:
            verb, _space, rest = line.decode("utf-8", "replace").strip().partition(" ")
            verb = verb.upper()
            self.server.heard.append(f"{verb} {rest}")
            if not self.say(verb):
                return
            if verb == "DATA" and self.server.replies["DATA"].startswith("354") and not self.letter():
                return

    def say(self, verb: str) -> bool:
        reply = self.server.replies.get(verb, "250 yes")
        if reply == CLOSE:
            return False
        if reply == DRIP:
            return self.drip()
        if verb == "EHLO" and reply.startswith("250"):
            reply = "\r\n".join([*(f"250-{feature}" for feature in ("here", *self.server.features)), "250 HELP"])
        self.wfile.write(reply.encode() + b"\r\n")
        return verb != "QUIT" and not reply.startswith("421")

    def drip(self) -> bool:
        with suppress(OSError):
            while True:
                self.wfile.write(b"250-and\r\n")
                time.sleep(0.02)
        return False

    def letter(self) -> bool:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        self.server.letters.append(b"".join(lines))
        return self.say(".")


@contextmanager
def scripted(*features: str, **replies: str) -> Iterator[Scripted]:
    """A server that answers as told: `RCPT="550 nobody"`. `END` stands for the dot after a letter."""
    if "END" in replies:
        replies["."] = replies.pop("END")
    with Scripted(replies, features) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)


class Taken:
    """What a real server took, newest last, and who it was for."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.raw.append(envelope.original_content)
        self.envelopes.append(envelope)
        return "250 taken"

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, _class=EmailMessage, policy=policy.default) for raw in self.raw]  # type: ignore[arg-type]


@contextmanager
def real(taken: Any, **options: Any) -> Iterator[Controller]:
    """aiosmtpd on loopback. `starttls`, `auth_required` and so on go to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(taken, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def only_us(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """An authenticator that knows one user."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's TLS, and the file that a client has to trust for it."""
    host = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(_key(), hashes.SHA256())
    )
    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(_key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context, pem
