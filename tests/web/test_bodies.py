"""What comes in with a request is taken in whole before a transaction begins, and only so much of it."""

import asyncio
import threading
from typing import Any

import pytest

from access_log.db import transaction
from kiosk.web.middleware import BodyLimit
from tests.web.conftest import Web


class Sender:
    """Somebody who sends a request's body piece by piece, straight into the application."""

    def __init__(self, web: Web, path: str, headers: dict[str, str]) -> None:
        self.web = web
        self.sent: list[dict[str, Any]] = []
        self.pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"testserver"), *((name.encode(), value.encode()) for name, value in headers.items())],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 443),
        }

    async def __call__(self) -> None:
        async def send(message: Any) -> None:
            self.sent.append(message)

        async with asyncio.timeout(5):
            await self.web.app(self.scope, self.pieces.get, send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html", "content-length": "1000"}


def test_a_slow_sender_holds_up_nobody_who_writes(web: Web) -> None:
    async def story() -> None:
        sender = Sender(web, "/console/sign-in", FORM)
        await sender.pieces.put({"type": "http.request", "body": b"name=", "more_body": True})
        request = asyncio.create_task(sender())
        await asyncio.sleep(0.1)
        assert await asyncio.to_thread(_can_write, web)
        await sender.pieces.put({"type": "http.disconnect"})
        await request

    asyncio.run(story())


def _can_write(web: Web) -> bool:
    done = threading.Event()

    def write() -> None:
        with transaction(web.engine):
            done.set()

    threading.Thread(target=write, daemon=True).start()
    return done.wait(2)


@pytest.mark.parametrize("headers", [FORM, FORM | {"content-length": ""} | {"transfer-encoding": "chunked"}])
def test_a_body_that_does_not_come_to_its_end_is_answered(web: Web, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]) -> None:
    monkeypatch.setattr(BodyLimit, "PATIENCE", 0.05)
    sender = Sender(web, "/console/sign-in", {name: value for name, value in headers.items() if value})
    sender.pieces.put_nowait({"type": "http.request", "body": b"name=", "more_body": True})
    asyncio.run(sender())
    assert sender.status == 408


def test_a_body_that_grows_beyond_the_limit_is_refused(web: Web) -> None:
    sender = Sender(web, "/console/sign-in", {"content-type": FORM["content-type"], "transfer-encoding": "chunked", "accept": "text/html"})
    for more in (True, True, False):
        sender.pieces.put_nowait({"type": "http.request", "body": bytes(40_000), "more_body": more})
    asyncio.run(sender())
    assert sender.status == 413


@pytest.mark.parametrize(("path", "size", "status"), [("/upload", 2_900_000, 404), ("/upload", 3_200_000, 413), ("/nowhere", 70_000, 413)])
def test_only_an_upload_may_be_large(web: Web, path: str, size: int, status: int) -> None:
    answer = web.as_(web.cast.admin).post(path, files={"file": ("a.csv", bytes(size), "text/csv")})
    assert answer.status_code == status
