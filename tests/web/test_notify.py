"""Two web processes on one PostgreSQL: what one records, the other's open pages hear of."""

import queue
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from access_log.db import make_engine
from kiosk.web.live import EVERY_SITE, EVERYBODY
from kiosk.web.notify import CHANNEL, Neighbours
from tests.postgres import run

SOON = 5.0
"""Seconds; it takes some hundredths."""


class Process:
    """One of the two, with what it heard."""

    def __init__(self, url: URL) -> None:
        self.engine = make_engine(url, pool_size=2)
        self.heard: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        self.neighbours = Neighbours(self.engine, lambda *change: self.heard.put(change))
        self.neighbours.start()
        assert self.neighbours.listening.wait(SOON)
        assert self.heard.get(timeout=SOON) == (EVERY_SITE, EVERYBODY)

    def end(self) -> None:
        self.neighbours.stop()
        self.engine.dispose()


@pytest.fixture
def processes(postgres_database: URL) -> Iterator[tuple[Process, Process]]:
    first, second = Process(postgres_database), Process(postgres_database)
    yield first, second
    first.end()
    second.end()


def test_a_change_is_heard_by_the_other_process_and_not_by_the_one_that_told(processes: tuple[Process, Process]) -> None:
    first, second = processes
    first.neighbours.tell(7, 3)
    assert second.heard.get(timeout=SOON) == (7, 3)
    second.neighbours.tell(8, 0)
    assert first.heard.get(timeout=SOON) == (8, 0)
    assert (first.heard.qsize(), second.heard.qsize()) == (0, 0)


def test_many_changes_become_one_message_a_site(processes: tuple[Process, Process]) -> None:
    first, second = processes
    for _ in range(200):
        first.neighbours.tell(7, 3)
    first.neighbours.tell(9, 3)
    heard = [second.heard.get(timeout=SOON)]
    while heard[-1] != (9, 3):
        heard.append(second.heard.get(timeout=SOON))
    assert len(heard) <= 4


def test_a_lost_connection_is_made_again_and_nothing_is_missed(processes: tuple[Process, Process], postgres_database: URL) -> None:
    first, second = processes
    run(postgres_database, f"select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen {CHANNEL}'")
    assert second.heard.get(timeout=SOON) == (EVERY_SITE, EVERYBODY)
    assert first.heard.get(timeout=SOON) == (EVERY_SITE, EVERYBODY)
    first.neighbours.tell(7, 3)
    assert second.heard.get(timeout=SOON) == (7, 3)


def test_what_is_no_number_of_a_site_is_not_believed(processes: tuple[Process, Process], postgres_database: URL) -> None:
    first, second = processes
    run(
        postgres_database,
        f"notify {CHANNEL}, 'somebody:everything'",
        f"notify {CHANNEL}, 'x'",
        f"notify {CHANNEL}, '0123abcd:7'",
        f"notify {CHANNEL}, '0123abcd:7:x'",
        f"notify {CHANNEL}",
    )
    first.neighbours.tell(7, 3)
    assert second.heard.get(timeout=SOON) == (7, 3)
