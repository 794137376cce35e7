"""A look changes nothing: what a browser fetches beforehand, a preview follows or a person reloads leaves no trace and consumes nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from tests.authz.matrix import Installation, read, rows

WRITES = re.compile(r"\s*(insert into|update|delete from)\s+(\S+)", re.IGNORECASE)


@contextmanager
def written(engine: Engine) -> Iterator[set[str]]:
    """What statements write meanwhile."""
    found: set[str] = set()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        what = WRITES.match(statement)
        if what:
            found.add(f"{what[1].lower().split()[0]} {what[2]}")

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.asvs("3.5.3")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_page_writes_when_it_is_looked_at(running: Installation) -> None:
    """Within the minute: after it, a session notes its last use, and a kiosk that it is alive."""
    agreed, people = read(), {who.name: who for who in running.principals}
    engine = running.app.state.register.engine
    wrote, looked_at = {}, 0
    for row in [row for row in rows(running.app, running.objects) if row.method == "GET" and row.object in ("-", "own")]:
        who = next((name for name, word in agreed[row.key].items() if word == "allow"), None)
        if who is not None:
            with written(engine) as found:
                running.answer(row, people[who])
            looked_at += 1
            if found:
                wrote[row.face, row.path] = found
    assert looked_at > 100
    assert wrote == {}


def test_what_a_form_writes_is_seen(running: Installation) -> None:
    (lock,) = [row for row in rows(running.app, running.objects) if (row.face, row.method, row.path) == ("console", "POST", "/lock")]
    with written(running.app.state.register.engine) as found:
        running.answer(lock, next(who for who in running.principals if who.name == "guard"))
    assert "update web_session" in found
