"""The web process as it really runs, on a free port of this machine: for what a test client cannot show, streams and stopping."""

import http.client
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from sqlalchemy import Engine

from access_log.models import Contact, Staff
from kiosk.app import make_app
from kiosk.lobby.device import request_token
from kiosk.serve import Server, join_neighbours
from kiosk.web.state import State
from tests.cast import KIOSK_CREDENTIAL
from tests.web.conftest import Web

SOON = 5.0


class Served:
    """An application on a port of its own, in this process."""

    def __init__(self, app: FastAPI) -> None:
        self.state: State = app.state.register
        self.server = Server(app, self.state, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=20)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + SOON
        while not self.server.started:
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.01)
        self.port: int = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> float:
        """Tell it to stop, as SIGTERM does. Returns how many seconds it took."""
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(timeout=15)
        assert not self.thread.is_alive(), "the server does not stop"
        return time.monotonic() - began


class Running(Served):
    """A server of its own over the test's database."""

    def __init__(self, web: Web, engine: Engine | None = None) -> None:
        self.web = web
        self.streams: list[Stream] = []
        app = make_app(web.settings, clock=web.clock, engine=engine or web.engine, ring=web.ring)
        join_neighbours(app.state.register)
        super().__init__(app)

    def end(self) -> None:
        """After the test."""
        for stream in self.streams:
            stream.close()
        if self.thread.is_alive():
            self.stop()

    def person(self, who: Staff | Contact) -> "Person":
        """Somebody signed in at the console, a contact at the portal."""
        face = "console" if isinstance(who, Staff) else "portal"
        browser = self.web.as_(who)
        token = browser.client.cookies.get(f"__Host-{face}")
        return Person(self.port, {"Cookie": f"__Host-{face}={token}"}, browser.csrf, self.streams, face)

    def kiosk(self) -> "Person":
        """The enrolled kiosk."""
        token = request_token(self.web.ring, KIOSK_CREDENTIAL)
        return Person(
            self.port, {"Cookie": f"__Host-lobby={KIOSK_CREDENTIAL}", "X-CSRF": token, "Content-Type": "application/json"}, "", self.streams
        )


@dataclass
class Person:
    """A browser that speaks plain HTTP to this machine."""

    port: int
    headers: dict[str, str]
    csrf: str = ""
    streams: list["Stream"] = field(default_factory=list)
    face: str = "console"

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """(status, body) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        connection.request(method, path, body, self.headers | (headers or {}))
        answer = connection.getresponse()
        told = answer.status, answer.read().decode()
        connection.close()
        return told

    def post(self, path: str, **form: Any) -> int:
        """Send a form of their face."""
        body = urlencode({"csrf": self.csrf} | form)
        return self.ask("POST", f"/{self.face}{path}", body, {"Content-Type": "application/x-www-form-urlencoded"})[0]

    def listen(self) -> "Stream":
        """Open the stream of their face."""
        self.streams.append(Stream(self.port, f"/{self.face}/live", self.headers | {"Accept": "text/event-stream"}))
        return self.streams[-1]


class Stream:
    """Server-sent events, one at a time, read from the socket itself: a wait that ends without one can be taken up again."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SOON)
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{name}: {value}" for name, value in headers.items())]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._rest = b""
        head = self._until(b"\r\n\r\n", SOON).decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in head[1:])}

    def next(self, within: float = SOON) -> str:
        """The name of the next event; empty where none comes in time, "end" where the stream is over."""
        while True:
            try:
                line = self._until(b"\n", within).strip()
            except TimeoutError:
                return ""
            except EOFError:
                return "end"
            if line.startswith(b"event: "):
                return line[7:].decode()

    def _until(self, end: bytes, within: float) -> bytes:
        self._socket.settimeout(within)
        while end not in self._rest:
            more = self._socket.recv(4096)
            if not more:
                raise EOFError
            self._rest += more
        found, _end, self._rest = self._rest.partition(end)
        return found

    def close(self) -> None:
        """Go away without a word."""
        self._socket.close()
