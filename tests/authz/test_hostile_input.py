"""What no person types, in every form, body, address and question of every face: never a 500, and the same answer on both databases."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import Depends
from sqlalchemy.engine import URL

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine
from access_log.settings import Settings
from kiosk.web.policy import public
from tests.authz.hostile import AGREED, Walk
from tests.authz.matrix import Answer, Installation, installation
from tests.conftest import empty

ALRIGHT = {200, 204, 303, 400, 401, 403, 404, 405, 409, 413, 422, 429}


@pytest.fixture
def both(sqlite_template: Path, postgres_database: URL, tmp_path: Path, ring: KeyRing, settings: Settings) -> Iterator[list[Installation]]:
    """The same application on SQLite and on PostgreSQL."""
    file = tmp_path / "access_log.db"
    shutil.copy(sqlite_template, file)
    empty(postgres_database)
    with ExitStack() as stack:
        engines = [make_engine(url) for url in (URL.create("sqlite", database=str(file)), postgres_database)]
        for engine in engines:
            stack.callback(engine.dispose)
        yield [stack.enter_context(installation(engine, ring, settings)) for engine in engines]


def trouble(answers: dict[str, Answer]) -> dict[str, int]:
    """What was answered with a status that nobody thought of, and pages with what no page may hold."""
    return {name: answer.status for name, answer in answers.items() if answer.status not in ALRIGHT or _spoilt(answer.body)}


def _spoilt(body: bytes) -> bool:
    return body.lstrip().startswith(b"<") and any(found in body for found in (b"\x00", b"<script>alert", "\u202e".encode()))


@pytest.mark.asvs("16.5.1")
def test_nothing_typed_breaks_a_page_and_both_databases_answer_alike(both: list[Installation], caplog: pytest.LogCaptureFixture) -> None:
    on_sqlite, on_postgresql = Walk(both[0]).answers(), Walk(both[1], bodies=False).answers()
    assert trouble(on_sqlite) == {}
    assert trouble(on_postgresql) == {}
    differing = {
        name: (on_sqlite[name].status, answer.status) for name, answer in on_postgresql.items() if answer.status != on_sqlite[name].status
    }
    assert differing == {}
    refusals = [record for record in caplog.records if record.name == "kiosk.web"]
    assert refusals == [], "what the database must refuse, a form has not looked at"


def test_the_walk_reaches_every_form(running: Installation) -> None:
    walk = Walk(running)
    asked = Counter((row.face, row.path) for _name, row, *_ in walk.requests() if row.method == "POST")
    posts = {(face, path) for face, method, path, *_ in AGREED if method == "POST"}
    assert set(asked) == posts
    assert len(posts) > 100
    forms = [walk.form(row) for row in walk.rows if row.method == "POST"]
    assert sum(bool(form.texts) for form in forms) > 30
    assert {"name", "mail", "wanted", "work_order", "rows", "text_zh"} <= {name for form in forms for name in form.texts}
    assert {"technicians", "purpose", "document", "role"} <= {name for form in forms for name in form.choices}


def test_a_page_that_takes_whatever_comes_is_found(running: Installation) -> None:
    """The control: a route that makes a number of a word without looking."""

    @running.app.state.faces["console"].get("/careless", dependencies=[Depends(public())])
    def careless(page: str) -> None:
        int(page)

    walk = Walk(running)
    walk.rows = [row for row in walk.rows if row.path == "/careless"]
    found = trouble(walk.answers())
    assert set(found.values()) == {500}
    assert "console /careless?page NUL" in found
    assert "console /careless?page beyond 64 bits" not in found
