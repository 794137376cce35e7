"""The authorisation matrix: every route of the application × what its address names × who calls.

`python -m tests.authz.matrix --write` writes matrix.csv anew. What it changes there is a change of who may do what.
"""

import asyncio
import csv
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from sqlalchemy import Connection, Engine, event
from starlette.testclient import TestClient

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine, transaction
from access_log.migrations import upgrade
from access_log.settings import Settings
from kiosk.app import PREFIXES, make_app
from kiosk.web.policy import policies
from tests.authz.objects import Object, Objects, make_objects
from tests.authz.principals import Principal, make_principals
from tests.cast import make_cast
from tests.moments import NOON
from tests.rings import new_test_ring

FILE = Path(__file__).with_name("matrix.csv")
HEAD = ("face", "method", "path", "policy", "object")
DOORS = {"/second-factor": "second_factor", "/switch": "locked"}
REFUSALS = {401: "401", 403: "refuse", 404: "hidden"}  # 401: a form sent without being signed in
ELSEWHERE = "elsewhere"
"""Led to another page, and shown nothing: addresses that only a form leads to. Whoever looks there meets that page's own guard."""
GOT_PAST = frozenset({200, 204, 303, 308, 409, 422})
"""A page, a redirect, a conflict or a complaint about an empty form: whoever sees one of these is past the guard."""


@dataclass(frozen=True)
class Row:
    """One request that every principal makes. `sent` is the address with its values in it."""

    face: str
    method: str
    path: str
    policy: str
    object: str
    sent: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.face, self.method, self.path, self.policy, self.object)


Cells = dict[str, str]
Matrix = dict[tuple[str, ...], Cells]


class NoFactoryError(LookupError):
    """A path parameter that tests/authz/objects.py has no object for."""


def faces(app: FastAPI) -> dict[str, FastAPI]:
    """The common application and every face mounted on it."""
    return {"start": app, **app.state.faces}


def rows(app: FastAPI, made: Objects) -> Iterator[Row]:
    """Every route, once for each kind of object that its address may name. Raises NoFactoryError."""
    for face, its in faces(app).items():
        for method, path, policy in policies(its):
            parameters = {name: _object(made, name, face, path) for name in re.findall(r"{(\w+)}", path)}
            for kind, values in _addresses(parameters):
                yield Row(face, method, path, policy or "", kind, PREFIXES.get(face, "") + path.format(**values))


def _object(made: Objects, name: str, face: str, path: str) -> Object:
    if name not in made.factories:
        raise NoFactoryError(f"{face} {path}: tests/authz/objects.py makes nothing for {{{name}}}")
    return made.factories[name](face, path)


def _addresses(parameters: dict[str, Object]) -> Iterator[tuple[str, dict[str, object]]]:
    """The kinds of object that there are for these parameters; what has none of a kind stays the own one."""
    own = {name: found.own for name, found in parameters.items()}
    yield ("own" if own else "-"), own
    for kind in ("stranger", "cousin", "unknown", "odd"):
        values = {name: getattr(found, kind) for name, found in parameters.items() if getattr(found, kind) is not None}
        if values:
            yield kind, own | values


@dataclass(frozen=True)
class Installation:
    """A running application with one of everything in it. Nothing that a request does stays."""

    app: FastAPI
    client: TestClient
    objects: Objects
    principals: list[Principal]

    def matrix(self, wanted: list[Row]) -> Matrix:
        """Ask everything, on the application's own loop."""
        assert self.client.portal is not None
        return self.client.portal.call(self._ask_all, wanted)

    def answer(self, row: Row, who: Principal) -> "Answer":
        """One request."""
        assert self.client.portal is not None
        return self.client.portal.call(ask, self.app, row, who)

    async def _ask_all(self, wanted: list[Row]) -> Matrix:
        return {row.key: {who.name: (await self._outcome(row, who)) for who in self.principals} for row in wanted}

    async def _outcome(self, row: Row, who: Principal) -> str:
        return (await ask(self.app, row, who)).outcome(row, faces(self.app)[row.face].state.door)


@dataclass
class Answer:
    status: int = 0
    location: str = ""
    body: bytes = b""

    def outcome(self, row: Row, door: str) -> str:
        """The word that stands in the matrix. A bare number is an answer that no route should give."""
        if self.status in REFUSALS:
            return REFUSALS[self.status]
        if self.status not in GOT_PAST:
            return str(self.status)
        there = urlsplit(self.location).path.removeprefix(PREFIXES.get(row.face, ""))
        if self.status == 303 and row.policy != "public" and (row.method == "GET" or there == "/switch"):
            return ({door: "door"} | DOORS).get(there, ELSEWHERE)
        return "allow"


async def ask(app: FastAPI, row: Row, who: Principal) -> Answer:
    """As a browser asks, with the cookie and the token of `who`. A stream ends as soon as it has begun."""
    body = b"" if row.method == "GET" else (b"{}" if row.face == "lobby" else urlencode({"csrf": who.csrf}).encode())
    kind = "application/json" if row.face == "lobby" else "application/x-www-form-urlencoded"
    more = {} if row.method == "GET" else {"content-type": kind, "x-csrf": who.csrf}
    return await send(app, row.method, row.sent, cookies(row, who) | more, body)


def cookies(row: Row, who: Principal) -> dict[str, str]:
    """What the browser of `who` says on its own."""
    return {"cookie": f"__Host-{row.face}={who.cookie}"} if who.cookie else {}


async def send(app: FastAPI, method: str, path: str, headers: dict[str, str], body: bytes = b"", query: bytes = b"") -> Answer:
    """One request straight into the application. `path` may hold what no client would send."""
    headers = {"host": "testserver", "accept": "text/html"} | headers | ({} if method == "GET" else {"content-length": str(len(body))})
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "query_string": query,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 443),
    }
    sent = [{"type": "http.request", "body": body, "more_body": False}]
    got = Answer()

    async def receive() -> dict[str, Any]:
        return sent.pop() if sent else {"type": "http.disconnect"}

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.location = dict(message["headers"]).get(b"location", b"").decode()
        else:
            got.body += message.get("body", b"")

    await asyncio.wait_for(app(scope, receive, take), 20)
    return got


@contextmanager
def installation(engine: Engine, ring: KeyRing, settings: Settings) -> Iterator[Installation]:
    """Over an empty, migrated database. From the first request on, every commit is a rollback: no cell sees what another one did."""
    app = make_app(settings, clock=lambda: NOON, engine=engine, ring=ring)
    with TestClient(app, base_url="https://testserver") as client:
        with transaction(engine) as session:
            made = make_objects(session, app.state.register, make_cast(session, ring))
            principals = make_principals(session, ring, made)
        event.listen(engine, "commit", _forget)
        yield Installation(app, client, made, principals)


def _forget(connection: Connection) -> None:
    connection.connection.driver_connection.rollback()  # type: ignore[union-attr]


def write(matrix: Matrix) -> None:
    """Put the matrix into its file."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        names = list(next(iter(matrix.values())))
        out.writerow([*HEAD, *names])
        out.writerows([*key, *cells.values()] for key, cells in matrix.items())


def read() -> Matrix:
    """The matrix that was agreed."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {tuple(line.pop(name) for name in HEAD): dict(line) for line in csv.DictReader(file)}


def differences(agreed: Matrix, found: Matrix) -> list[str]:
    """One line for each cell that is not as agreed."""
    said = []
    for key in agreed.keys() | found.keys():
        old, new = agreed.get(key, {}), found.get(key, {})
        said += [
            f"{' '.join(key)} for {who}: {old.get(who, 'not agreed')} -> {new.get(who, 'gone')}"
            for who in old.keys() | new.keys()
            if old.get(who) != new.get(who)
        ]
    return sorted(said)


def main(arguments: list[str]) -> int:
    """Say what differs from the file; with --write, write it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), public_url="https://testserver", _env_file=None)  # type: ignore[call-arg]
        engine = make_engine(f"sqlite:///{folder}/access_log.db")
        upgrade(engine)
        with installation(engine, new_test_ring(), settings) as running:
            found = running.matrix(list(rows(running.app, running.objects)))
        engine.dispose()
    said = differences(read() if FILE.exists() else {}, found)
    sys.stdout.write(("\n".join(said) or "as agreed") + "\n")
    if "--write" in arguments:
        write(found)
    return 1 if said and "--write" not in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
