"""Many clients from one light process: keep-alive connections, prepared requests, nothing parsed that is not measured.

`run` starts it as a process of its own, so that what it costs is not the server's.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a client."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`began` is when the request was due (seconds of the monotonic clock), `took` how long its answer was in coming."""

    client: int
    place: int
    began: float
    took: float
    status: int
    body: str


def run(port: int, clients: Sequence[Sequence[Request]], *, rate: float = 0.0) -> list[Answer]:
    """Every client sends its requests one after the other, as fast as they are answered; with `rate` all together so many a second.

    A request that has to wait for its turn at a given rate is timed from the moment it was due: a slow answer is not forgotten.
    """
    plan = {"port": port, "rate": rate, "clients": [[_bytes(request).decode("latin-1") for request in requests] for requests in clients]}
    done = subprocess.run([sys.executable, "-m", "bench.load"], input=json.dumps(plan), capture_output=True, text=True, check=True)
    return [Answer(*row) for row in json.loads(done.stdout)]


def rate_of(answers: Sequence[Answer]) -> float:
    """Answers a second, from the first request to the last answer."""
    return len(answers) / (max(answer.began + answer.took for answer in answers) - min(answer.began for answer in answers))


def _bytes(request: Request) -> bytes:
    body = request.body.encode()
    headers = {"Host": f"{HOST}", "Content-Length": str(len(body)), "Accept": "application/json"} | dict(request.headers)
    head = "\r\n".join([f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""])
    return head.encode() + body


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._got = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        """The status and body of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return
        at = head.lower().index(b"content-length:") + 15
        if len(body) >= int(head[at:].split(b"\r\n", 1)[0]):
            self._got = b""
            if self._answer is not None:
                self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, _error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server went away"))


async def _one(port: int, client: int, requests: Sequence[str], starts: float, every: float) -> list[Any]:
    _transport, connection = await asyncio.get_running_loop().create_connection(Client, HOST, port)
    answers = []
    for place, request in enumerate(requests):
        began = time.monotonic()
        if every:
            began = starts + every * place
            await asyncio.sleep(max(0.0, began - time.monotonic()))
        try:
            status, body = await connection.ask(request.encode("latin-1"))
        except ConnectionError:
            break  # what was not answered is not in the list
        answers.append((client, place, began, time.monotonic() - began, status, body.decode()))
    return answers


async def _all(port: int, clients: Sequence[Sequence[str]], rate: float) -> list[Any]:
    starts = time.monotonic() + 0.05
    every = len(clients) / rate if rate else 0.0
    tasks = [_one(port, number, requests, starts + number * every / len(clients), every) for number, requests in enumerate(clients)]
    return [row for rows in await asyncio.gather(*tasks) for row in rows]


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    json.dump(uvloop.run(_all(plan["port"], plan["clients"], plan["rate"])), sys.stdout)
