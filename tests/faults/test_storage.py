"""The disk is full, the database server is gone: a clear answer, no half row, and the register goes on by itself when it can."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from access_log.db import make_engine
from access_log.migrations import upgrade
from tests import postgres
from tests.faults.breakable import Breakable, SmallDisk, small_disk
from tests.faults.load import Book, Load
from tests.faults.served import Asked, Process, Site, site
from tests.journeys.running import wait_for

pytestmark = pytest.mark.fault
UNAVAILABLE = (503, "unavailable")


@pytest.fixture
def breakable() -> Iterator[tuple[Breakable, URL]]:
    """A server to break, with a migrated database."""
    server = Breakable()
    url = postgres.fresh_database(server.url, "access_log_faults")
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    yield server, url
    server.start()


def fills_up(made: Site, process: Process, disk: SmallDisk, *, room: int) -> Book:
    """Scan until the disk is full; then it has room again."""
    book = Book(made)
    disk.fill(but=room)
    for number in range(20_000):
        asked = Asked(made.kiosks[number % 2], made.passes[number % len(made.passes)])
        status, answer = process.scan(asked)
        if status != 200:
            break
        book.told[asked.nonce] = answer
    assert (status, answer.get("error")) == UNAVAILABLE, answer
    assert book.told, "there was some room"
    for again in range(3):
        assert process.scan(asked)[0] == 503, f"full is full, also the {again + 2}. time"
    assert process.ask("GET", "/livez")[0] == 200
    disk.free()
    book.unknown.append(asked)
    book.settle(process)
    return book


def test_a_full_disk_under_sqlite_is_told_and_leaves_no_half_row(sqlite_template: Path) -> None:
    with small_disk() as disk:
        path = disk.folder / "access_log.db"
        path.write_bytes(sqlite_template.read_bytes())
        with site(URL.create("sqlite", database=str(path)), disk.folder, people=4) as made:
            process = made.process()
            try:
                book = fills_up(made, process, disk, room=200_000)
                assert book.wrong() == []
            finally:
                process.kill()


def test_a_full_disk_under_postgresql_is_told_and_leaves_no_half_row(breakable: tuple[Breakable, URL], tmp_path: Path) -> None:
    """The tables of the events and the record stand on the small disk; the server's own log does not."""
    server, url = breakable
    with small_disk() as disk:
        server.own(disk.folder)
        tables = [f"alter table {name} set tablespace small" for name in ("access_event", "record_entry")]
        postgres.run(url, f"create tablespace small location '{disk.folder}'", *tables)
        try:
            with site(url, tmp_path, people=4) as made:
                process = made.process()
                try:
                    book = fills_up(made, process, disk, room=0)
                    assert book.wrong() == []
                finally:
                    process.kill()
        finally:
            postgres.run(server.url, 'drop database if exists "access_log_faults" with (force)', "drop tablespace small")


def test_postgresql_breaks_off_under_load_and_the_register_goes_on_by_itself(breakable: tuple[Breakable, URL], tmp_path: Path) -> None:
    server, url = breakable
    with site(url, tmp_path, people=12) as made:
        book, process = Book(made), made.process()
        try:
            with Load(book, process) as load:
                load.until_told(100)
                server.break_off()
                wait_for(lambda: book.refused[503], "the word that the register cannot be reached")
                assert process.ask("GET", "/readyz")[0] == 503
                assert process.ask("GET", "/livez")[0] == 200
                server.start()
                load.until_told(50)
            assert set(book.refused) == {503}, book.refused
            assert process.process.exitcode is None
            assert process.ask("GET", "/readyz")[0] == 200
            book.settle(process)
            assert book.wrong() == []
        finally:
            process.kill()
