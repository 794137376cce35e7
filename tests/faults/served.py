"""The web process as a site runs it, in a process of its own that can be killed, over a site with passes that are good now.

Each is forked from a process that has imported everything and opened nothing: the same code, started in a second instead of five.
"""

import http.client
import importlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from access_log.crypto.codes import token_digest
from access_log.db import make_engine, transaction
from access_log.models import Kiosk
from access_log.policy.codes import VisitState
from access_log.runtime import init_rings, utc_now
from access_log.services import passes
from access_log.settings import Settings
from kiosk.lobby.device import request_token
from tests.cast import KIOSK_CREDENTIAL, Cast, Maker, make_cast, with_pass
from tests.journeys.running import free_port, wait_for

SECOND_CREDENTIAL = "kiosk-credential-of-the-faults-000000000000"
PATIENCE = 10.0
STARTER = multiprocessing.get_context("forkserver")
STARTER.set_forkserver_preload(["kiosk.serve", "pysqlite3.dbapi2", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"])


def serve(module: str, environment: dict[str, str], log: str) -> None:
    """What the new process does: `python -m module`, with its own environment, log and process group."""
    os.setsid()
    os.environ.update(environment)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, sys.stdout.fileno())
    os.dup2(out, sys.stderr.fileno())
    importlib.import_module(module).main()


@dataclass(frozen=True)
class Asked:
    """One scan that a kiosk sent. Sent again, it is the same scan."""

    kiosk: int
    digits: str
    nonce: str = field(default_factory=lambda: str(uuid4()))


class Site:
    """A site with two kiosks, and `people` visitors whose identity was checked today: each scan lets one in or out."""

    def __init__(self, database: URL, folder: Path, people: int = 1, **settings: Any) -> None:
        self.settings = Settings(data_dir=folder, database_url=database.render_as_string(hide_password=False), demo=True, **settings)  # type: ignore[arg-type]
        self.engine: Engine = make_engine(database)
        self.ring = init_rings(self.settings, utc_now())
        with transaction(self.engine) as session:
            self.cast: Cast = make_cast(session, self.ring, utc_now())
            self.kiosks = [self.cast.kiosk.id or 0, self._second_kiosk(session)]
            self.passes = self._passes(session, people)
        self.tokens = {
            kiosk: (credential, request_token(self.ring, credential))
            for kiosk, credential in zip(self.kiosks, (KIOSK_CREDENTIAL, SECOND_CREDENTIAL), strict=True)
        }

    def _second_kiosk(self, session: Any) -> int:
        made = Kiosk(site_id=self.cast.site.id, door_id=self.cast.door.id, code="K2", credential_digest=token_digest(SECOND_CREDENTIAL))
        made.enrolled_at = made.seen_at = utc_now()
        session.add(made)
        session.flush()
        return made.id or 0

    def _passes(self, session: Any, people: int) -> list[str]:
        now = utc_now()
        maker = Maker(session, self.ring, self.cast.site.id or 0, now)
        who = [maker.technician(self.cast.nimbus, f"Wei {number}", mail=f"wei{number}@nimbus.example") for number in range(people)]
        found = []
        for visit in with_pass(session, self.ring, self.cast, *who, now=now):
            visit.checked_at, visit.state = now - timedelta(minutes=1), VisitState.EXITED
            live = passes.live_pass(session, visit=visit)
            assert live is not None
            found.append(passes.token_of(self.ring, live))
        return found

    def process(self, module: str = "kiosk.serve", **environment: str) -> "Process":
        """A web process, started and ready."""
        return Process(self, module, environment)

    def close(self) -> None:
        self.engine.dispose()


class Process:
    """One run of the web process."""

    _numbers = count()

    def __init__(self, site: Site, module: str, environment: dict[str, str]) -> None:
        self.site, self.port = site, free_port()
        self.log = site.settings.data_dir / f"log-{next(self._numbers)}.txt"
        own = {
            "ACCESS_LOG_DATA_DIR": str(site.settings.data_dir),
            "ACCESS_LOG_DATABASE_URL": site.engine.url.render_as_string(hide_password=False),
            "ACCESS_LOG_DEMO": "true",
            "ACCESS_LOG_OUTBOX_IN_PROCESS": "false",
            "PORT": str(self.port),
        }
        self.process = STARTER.Process(target=serve, args=(module, own | environment, str(self.log)), daemon=True)
        self.process.start()
        try:
            wait_for(self.ready, "the web process", 60)
        except BaseException:
            self.kill()
            raise

    def ready(self) -> bool:
        """As a load balancer asks."""
        assert self.process.exitcode is None, self.log.read_text(encoding="utf-8")[-3000:]
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def kiosk(self, kiosk: int) -> "Line":
        """A kiosk's connection to this process."""
        return Line(self, kiosk)

    def scan(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """One scan on a connection of its own: (status, answer)."""
        line = self.kiosk(asked.kiosk)
        try:
            return line.scan(asked)
        finally:
            line.close()

    def kill(self) -> None:
        """kill -9, with everything it started."""
        if self.process.exitcode is None and self.process.pid:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.ended()

    def stop(self) -> float:
        """SIGTERM. Returns the seconds it took to end."""
        began = time.monotonic()
        self.process.terminate()
        self.ended()
        return time.monotonic() - began

    def ended(self) -> int | None:
        """Wait for its end, and say how it ended: an exit status, or a signal as a negative number."""
        self.process.join(30)
        return self.process.exitcode


class Line:
    """A kiosk that keeps its connection, as browsers do."""

    def __init__(self, process: Process, kiosk: int) -> None:
        credential, token = process.site.tokens[kiosk]
        self.headers = {"Cookie": f"__Host-lobby={credential}", "X-CSRF": token, "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=PATIENCE)

    def scan(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """(status, answer). Raises OSError or HTTPException where no answer comes."""
        self.connection.request(
            "POST", "/lobby/scan", json.dumps({"nonce": asked.nonce, "how": "scanner", "text": asked.digits}), self.headers
        )
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        self.connection.close()


@contextmanager
def site(database: URL, folder: Path, people: int = 1, **settings: Any) -> Iterator[Site]:
    """A site; its processes are killed afterwards by whoever started them."""
    made = Site(database, folder, people, **settings)
    try:
        yield made
    finally:
        made.close()
