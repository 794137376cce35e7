"""The web application over a test database, on both engines, with people signed in to its faces."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from inspect import Signature
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.dependencies import utils as dependencies
from sqlalchemy import Engine
from starlette.testclient import TestClient

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import Contact, Staff, Visit
from access_log.policy.codes import ActorKind
from access_log.services import sessions
from access_log.settings import Settings
from kiosk.app import PREFIXES, make_app
from tests.cast import Cast, make_cast
from tests.moments import NOON


def _remember_signatures() -> None:
    """Most of the time to build the application goes into reading the same functions' signatures again; tests build it every time."""
    real = dependencies.get_typed_signature
    known = cache(real)

    def remembered(call: Callable[..., Any]) -> Signature:
        return known(call) if getattr(call, "__closure__", True) is None else real(call)

    dependencies.get_typed_signature = remembered


_remember_signatures()


@dataclass
class Clock:
    """What the application takes for the time; tests move it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Browser:
    """One person's browser on one face. Paths are the face's own; a form's token is added."""

    client: TestClient
    prefix: str
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"accept": "text/html", "accept-language": "en"})

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.prefix + path, headers=self.headers | options.pop("headers", {}), follow_redirects=False, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """A form as the browser sends it. `files` for uploads."""
        headers = self.headers | options.pop("headers", {})
        sent = {"csrf": self.csrf} | (data or {})
        return self.client.post(self.prefix + path, data=sent, headers=headers, follow_redirects=False, **options)

    def follow(self, answer: Any) -> Any:
        """The page a redirect leads to."""
        assert answer.status_code == 303, answer.text
        return self.client.get(answer.headers["location"], headers=self.headers, follow_redirects=True)


@dataclass
class Web:
    """The application with its database, ring and clock. Read and write through `db()`: nothing may stay open beside a request."""

    app: FastAPI
    engine: Engine
    ring: KeyRing
    settings: Settings
    clock: Clock
    cast: Cast
    root: TestClient

    def db(self) -> Any:
        """A transaction beside the application: `with web.db() as session`."""
        return transaction(self.engine)

    def browser(self, face: str) -> Browser:
        """Somebody who is not signed in, in a browser of their own."""
        return Browser(TestClient(self.app, base_url="https://testserver"), PREFIXES[face])

    def as_(self, person: Staff | Contact | Visit) -> Browser:
        """A signed-in person: staff at the console, a contact at the portal, a visit's visitor on their page."""
        face = {Staff: "console", Contact: "portal", Visit: "visitor"}[type(person)]
        kind = {Staff: ActorKind.STAFF, Contact: ActorKind.CONTACT, Visit: ActorKind.VISITOR}[type(person)]
        of_visit = isinstance(person, Visit)
        with self.db() as session:
            row, token = sessions.open_session(
                session,
                site_id=person.site_id,
                face=face,
                kind=kind,
                actor_id=0 if isinstance(person.id, UUID) else person.id or 0,
                now=self.clock.now,
                second_factor_at=None if of_visit else self.clock.now,
                visit_id=str(person.id) if of_visit else None,
            )
            csrf = row.csrf
        made = self.browser(face)
        made.client.cookies.set(f"__Host-{face}", token, domain="testserver.local", path="/")
        made.csrf = csrf
        return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As a small site sets it; no demo, no mail server."""
    return Settings(data_dir=tmp_path, public_url="https://testserver", _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def web(engine: Engine, ring: KeyRing, settings: Settings) -> Iterator[Web]:
    """The whole application, started, with the cast in its database."""
    clock = Clock()
    with transaction(engine) as session:
        cast = make_cast(session, ring)
    app = make_app(settings, clock=clock, engine=engine, ring=ring)
    with TestClient(app, base_url="https://testserver") as root:
        yield Web(app, engine, ring, settings, clock, cast, root)
