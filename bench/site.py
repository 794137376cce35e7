"""An installation to measure: a database and key rings of its own, the cast of test people, and the web process as a site starts it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL

from access_log.crypto.codes import random_token, token_digest
from access_log.crypto.ring import KeyRing
from access_log.db import make_engine, transaction
from access_log.migrations import upgrade
from access_log.models import Kiosk
from access_log.runtime import init_rings, utc_now
from access_log.services import notices
from access_log.settings import Settings
from kiosk.lobby.device import COOKIE, request_token
from tests import postgres
from tests.cast import Cast, make_cast

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")
READY_WITHIN = 60.0


@dataclass
class Site:
    """One installation. Its processes read `settings` from their environment; `kiosks` are (id, credential)."""

    settings: Settings
    engine: Engine
    ring: KeyRing
    cast: Cast
    kiosks: list[tuple[int, str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.settings.data_dir

    @property
    def site_id(self) -> int:
        """Its number in the database."""
        return self.cast.site.id or 0

    def environment(self, **more: str) -> dict[str, str]:
        """What its processes are started with."""
        own = {
            "ACCESS_LOG_DATA_DIR": str(self.folder),
            "ACCESS_LOG_DATABASE_URL": self.engine.url.render_as_string(hide_password=False),
            "ACCESS_LOG_DEMO": "true",  # an unprotected ring: nobody is here to type a passphrase
            "PORT": str(self.settings.port),
        }
        return {name: value for name, value in os.environ.items() if not name.startswith("ACCESS_LOG_")} | own | more

    def add_kiosks(self, number: int) -> None:
        """Enrolled kiosks beside the hall's door."""
        credentials = [random_token() for _ in range(number)]
        first, now = len(self.kiosks), utc_now()
        where: dict[str, Any] = {"site_id": self.site_id, "door_id": self.cast.door.id, "enrolled_at": now, "seen_at": now}
        rows = [Kiosk(**where, code=f"B{place}", credential_digest=token_digest(it)) for place, it in enumerate(credentials, first)]
        with transaction(self.engine) as session:
            session.add_all(rows)
            session.flush()
        self.kiosks += [(row.id or 0, credential) for row, credential in zip(rows, credentials, strict=True)]

    def ask(self, sql: str, **values: Any) -> Sequence[Any]:
        """The first row that the database answers; checks are written in its own language, not in the product's."""
        with self.engine.connect().execution_options(readonly=True) as connection:
            return tuple(connection.execute(text(sql), values).one())

    def kiosk_headers(self, place: int) -> dict[str, str]:
        """What the page of an enrolled kiosk sends with every request."""
        credential = self.kiosks[place][1]
        return {"Cookie": f"{COOKIE}={credential}", "X-CSRF": request_token(self.ring, credential), "Content-Type": "application/json"}


@contextmanager
def site(database: str, name: str) -> Iterator[Site]:
    """A new installation with its cast. Everything of it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"access-log-bench-{name}-"))
    try:
        settings = Settings(data_dir=folder, demo=True, port=free_port())
        ring = init_rings(settings, utc_now())
        engine = make_engine(_database(database, name, folder))
        try:
            upgrade(engine)
            with transaction(engine) as session:
                cast = make_cast(session, ring, utc_now())
                notices.publish_default(session, site_id=cast.site.id or 0, now=utc_now())
            yield Site(settings, engine, ring, cast)
        finally:
            engine.dispose()
    finally:
        shutil.rmtree(folder)


def _database(database: str, name: str, folder: Path) -> URL:
    if database == "sqlite":
        return URL.create("sqlite", database=str(folder / "access_log.db"))
    return postgres.fresh_database(postgres.server_url("bench", durable=True), f"bench_{name}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(of: Site, **environment: str) -> Iterator[psutil.Process]:
    """The web process. Yields the one that answers, not its supervisor."""
    supervisor = start(of, **environment)
    try:
        wait_ready(of, supervisor)
        (web,) = psutil.Process(supervisor.pid).children()
        yield web
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(timeout=30)


def start(of: Site, **environment: str) -> "subprocess.Popen[bytes]":
    """`access-log serve --only web`; its log goes to web.log in the installation's folder."""
    command = [sys.executable, "-m", "access_log.cli", "serve", "--only", "web"]
    with (of.folder / "web.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=of.environment(**environment), stdout=log, stderr=log)


def wait_ready(of: Site, supervisor: "subprocess.Popen[bytes]") -> None:
    """Until /readyz says yes. Raises RuntimeError where it never does."""
    until = time.monotonic() + READY_WITHIN
    while supervisor.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{of.settings.port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    supervisor.kill()
    raise RuntimeError(f"the web process did not become ready: {(of.folder / 'web.log').read_text(encoding='utf-8')[-2000:]}")
