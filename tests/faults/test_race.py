"""Fifty people with one pass, several guards with one visitor: one arrival, one presence, no error.

The same is asked of the same code without its locks, which must not pass. A few rounds here; two hundred in bench/race.py.
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine, transaction, writer_lock
from access_log.migrations import upgrade
from access_log.policy.codes import Outcome, VisitState
from tests import postgres
from tests.cast import with_pass
from tests.conftest import LONG
from tests.faults.crowd import at_once
from tests.faults.register import Recorded, Register
from tests.faults.unlocked import nothing_locked, unlocked
from tests.moments import NOON
from tests.web.conftest import Web
from tests.web.kiosks import Device, code_of, second
from tests.web.running import Person, Running

pytestmark = [pytest.mark.fault, pytest.mark.asvs("2.3.4", "15.4.2")]
CROWD = 50
GUARDS = 6
ROUNDS = 20 if LONG else 2


@pytest.fixture
def no_locks() -> Iterator[None]:
    with nothing_locked():
        yield


def test_fifty_scans_of_one_pass_are_one_arrival(engine: Engine, ring: KeyRing) -> None:
    register = Register(engine, ring)
    for _ in range(ROUNDS):
        visit_id, digits = register.coming()
        answers = register.scanned_by(CROWD, digits, register.kiosks)
        assert register.wrong_with_arrival(visit_id, answers) == []
        register.free(visit_id)


def test_guards_who_confirm_at_once_let_the_visitor_in_once(engine: Engine, ring: KeyRing) -> None:
    register = Register(engine, ring)
    for _ in range(ROUNDS):
        visit_id, digits = register.coming()
        register.scan(register.kiosks[0], digits)
        assert register.wrong_with_presence(visit_id, register.attested_by(GUARDS, visit_id), wanted=1) == []
        register.free(visit_id)


def test_fifty_scans_of_somebody_checked_today_are_one_presence(engine: Engine, ring: KeyRing) -> None:
    """A code held before one kiosk: the first scan opens the door, the others within ten seconds are told the same."""
    register = Register(engine, ring)
    for _ in range(ROUNDS):
        visit_id, digits = register.coming(checked_at=NOON, state=VisitState.EXITED)
        answers = register.scanned_by(CROWD, digits, register.kiosks[:1])
        assert register.wrong_with_presence(visit_id, answers, wanted=CROWD) == []
        assert register.wrong_with_record() == []
        register.free(visit_id)


@pytest.mark.usefixtures("no_locks")
def test_without_the_locks_the_same_scans_are_not_one_arrival(engine: Engine, ring: KeyRing) -> None:
    """Several arrivals on PostgreSQL; on SQLite most scans are refused, the database is busy."""
    register = Register(engine, ring, unlocked)
    visit_id, digits = register.coming()
    wrong = register.wrong_with_arrival(visit_id, register.scanned_by(CROWD, digits, register.kiosks))
    said = "arrivals" if engine.dialect.name == "postgresql" else "OperationalError"
    assert any(said in line for line in wrong), wrong


@pytest.fixture
def without_constraints(worker: str) -> Iterator[Engine]:
    """A PostgreSQL whose tables do not say that a person is inside once."""
    url = postgres.fresh_database(postgres.server_url(), f"access_log_{worker}_race")
    engine = make_engine(url)
    upgrade(engine)
    postgres.run(url, "drop index uq_presence_person, uq_presence_visit")
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("no_locks")
def test_without_locks_and_constraints_guards_let_the_same_visitor_in_twice(without_constraints: Engine, ring: KeyRing) -> None:
    register = Register(without_constraints, ring, unlocked)
    wrong: list[str] = []
    for _ in range(5):
        visit_id, digits = register.coming()
        register.scan(register.kiosks[0], digits)
        wrong += register.wrong_with_presence(visit_id, register.attested_by(GUARDS, visit_id), wanted=1)
        register.free(visit_id)
    assert any("presences" in line for line in wrong), wrong


@pytest.fixture
def servers(web: Web) -> Iterator[list[Running]]:
    """The web process; two of them on the database that is meant for several."""
    engines = [web.engine] + [make_engine(web.engine.url) for _ in range(web.engine.dialect.name == "postgresql")]
    started = [Running(web, engine) for engine in engines]
    yield started
    for server, engine in zip(started, engines, strict=True):
        server.end()
        engine.dispose()


def test_fifty_clients_and_six_guards_through_http(web: Web, servers: list[Running]) -> None:
    beside = second(web)
    doors = [server.kiosk() for server in servers] + [as_kiosk(server, beside) for server in servers]
    with transaction(web.engine) as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    recorded = Recorded(web.engine, [1, 2])
    digits = code_of(web, visit)
    answers = at_once([partial(shown, doors[place % len(doors)], digits) for place in range(CROWD)])
    assert recorded.wrong_with_arrival(visit.id, answers) == []
    guards = [servers[place % len(servers)].person(web.cast.mei) for place in range(GUARDS)]
    told = at_once([partial(guard.post, f"/checks/{visit.id}/answer", verdict="admit") for guard in guards])
    assert sorted(map(str, told)) == ["303"] + ["409"] * (GUARDS - 1)
    assert recorded.wrong_with_presence(visit.id, [Outcome.GRANTED], wanted=1) == []


def as_kiosk(server: Running, device: Device) -> Person:
    """The kiosk beside the first one, at this server."""
    credential = device.browser.client.cookies.get("__Host-lobby")
    return Person(server.port, {"Cookie": f"__Host-lobby={credential}", "X-CSRF": device.token, "Content-Type": "application/json"})


def shown(kiosk: Person, digits: str) -> Any:
    status, body = kiosk.ask("POST", "/lobby/scan", json.dumps({"nonce": str(uuid4()), "how": "scanner", "text": digits}))
    assert status == 200, body
    return json.loads(body)["outcome"]


def test_all_engines_of_a_sqlite_file_share_one_writer_lock(engine: Engine) -> None:
    """The web, the worker beside it and a test have engines of their own; the file is one."""
    other = make_engine(engine.url)
    assert (writer_lock(engine) is writer_lock(other)) == (engine.dialect.name == "sqlite")
    other.dispose()
