"""The web process is killed under load, between commit and answer, or told to stop: nothing acknowledged is lost, nothing is twice."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlmodel import select

from access_log.db import reading, transaction
from access_log.models import AccessEvent, Presence, Visit
from access_log.policy.codes import ActorKind, EventType, VisitState
from access_log.services import sessions
from tests.conftest import LONG
from tests.faults.load import NO_ANSWER, Book, Load
from tests.faults.served import Asked, Process, Site, site
from tests.web.running import Person

pytestmark = pytest.mark.fault
KILLS = 100 if LONG else 2
STOPS = 6 if LONG else 1


@pytest.fixture
def busy(database: URL, tmp_path: Path) -> Iterator[Site]:
    """A site with twelve visitors who come and go."""
    with site(database, tmp_path, people=12) as made:
        yield made


def test_kill_9_under_load_loses_nothing_that_was_acknowledged(busy: Site) -> None:
    book, choice = Book(busy), random.Random(1)
    for _ in range(KILLS):
        process = busy.process()
        with Load(book, process) as load:
            load.until_told(100)
            time.sleep(choice.random() / 4)
            process.kill()
    last = busy.process()
    try:
        assert book.unknown, "killed while something was under way"
        book.settle(last)
        assert book.wrong() == []
        assert len(book.told) >= 100 * KILLS
        assert not book.refused
        assert_sound(busy)
    finally:
        last.kill()


def assert_sound(busy: Site) -> None:
    if busy.engine.dialect.name == "sqlite":
        with reading(busy.engine) as session:
            assert session.execute(text("pragma integrity_check")).scalar_one() == "ok"
            assert session.execute(text("pragma foreign_key_check")).all() == []


def test_the_book_finds_what_a_server_loses_that_answers_first(busy: Site) -> None:
    book = Book(busy)
    process = busy.process("tests.faults.careless")
    with Load(book, process) as load:
        load.until_told(1)
        process.kill()
    assert any(line.startswith("lost") for line in book.wrong()), book.wrong()


def test_sigterm_under_load_ends_soon_and_loses_nothing(busy: Site) -> None:
    book = Book(busy)
    for _ in range(STOPS):
        process = busy.process()
        with Load(book, process) as load:
            load.until_told(100)
            assert process.stop() < 8
        assert process.ended() in (0, -SIGTERM), "it ends what it does, then as it was told"
        assert not book.refused, "what was taken in is answered, nothing is refused half-way"
    assert book.told
    last = busy.process()
    try:
        book.settle(last)
        assert book.wrong() == []
    finally:
        last.kill()


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_killed_before_the_answer_the_repeated_scan_is_one_event(database: URL, tmp_path: Path, moment: str) -> None:
    with site(database, tmp_path) as made:
        asked = Asked(made.kiosks[0], made.passes[0])
        dies(made, moment, lambda process: process.scan(asked))
        assert scans(made) == ([] if moment == "before_commit" else [asked.nonce])
        process = made.process()
        try:
            first, again = process.scan(asked), process.scan(asked)
            assert first[0] == 200
            assert first[1]["outcome"] == "granted"
            assert again[1]["at"] == first[1]["at"]
            assert scans(made) == [asked.nonce]
            assert Book(made).wrong() == []
        finally:
            process.kill()


def dies(made: Site, moment: str, act: Any) -> None:
    """The process dies at `moment` of what `act` asks for."""
    when = made.settings.data_dir / "die"
    process = made.process("tests.faults.dying", ACCESS_LOG_TEST_DIE=str(when))
    when.write_text(moment, encoding="utf-8")
    try:
        with pytest.raises(NO_ANSWER):
            act(process)
        assert process.ended() == -SIGKILL
    finally:
        process.kill()
        when.unlink()


def scans(made: Site) -> list[Any]:
    with transaction(made.engine) as session:
        return list(session.exec(select(AccessEvent.nonce).where(AccessEvent.kiosk_id == made.kiosks[0])).all())


def test_killed_before_the_answer_a_confirmed_identity_is_one_presence(database: URL, tmp_path: Path) -> None:
    """The guard sees no answer, presses again, and is told that it has been answered."""
    with site(database, tmp_path) as made:
        visit_id = waits(made)
        dies(made, "after_commit", lambda process: guard(made, process).post(f"/checks/{visit_id}/answer", verdict="admit"))
        process = made.process()
        try:
            assert guard(made, process).post(f"/checks/{visit_id}/answer", verdict="admit") == 409
        finally:
            process.kill()
        with transaction(made.engine) as session:
            assert session.exec(select(Presence.visit_id)).all() == [visit_id]
            assert session.exec(select(AccessEvent.visit_id).where(AccessEvent.type == EventType.ENTRY_GRANTED)).all() == [visit_id]


def waits(made: Site) -> UUID:
    """Somebody stands at the desk."""
    with transaction(made.engine) as session:
        visit = session.exec(select(Visit).where(Visit.state == VisitState.EXITED)).one()
        visit.state, visit.checked_at, visit.arrived_kiosk_id = VisitState.ID_PENDING, None, made.kiosks[0]
        return visit.id


def guard(made: Site, process: Process) -> Person:
    """Mei, signed in."""
    mei = made.cast.mei
    with transaction(made.engine) as session:
        now = mei.created_at
        row, token = sessions.open_session(
            session, site_id=mei.site_id, face="console", kind=ActorKind.STAFF, actor_id=mei.id or 0, now=now, second_factor_at=now
        )
        csrf = row.csrf
    return Person(process.port, {"Cookie": f"__Host-console={token}"}, csrf)
