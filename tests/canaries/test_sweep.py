"""At the very end: nobody is readable in anything that the whole suite has left. Somebody who was put there is found."""

import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from access_log.db import make_engine
from tests import postgres
from tests.canaries.people import CAST, CONTROL, PLANTED
from tests.canaries.sweep import Hit, data_directory, in_files, in_rows
from tests.sinks import spellings

pytestmark = pytest.mark.last

LEFT_ON_PURPOSE = {
    r"access_log/(__pycache__/demo\..*\.pyc|demo\.py)$": "the demo people stand in its source, of which the tests of the image make copies",
    r"/access_log-[\d.]+-py3-none-any\.whl$": "the same, packed",
    r"/(README(\.zh-CN)?\.md|METADATA|PKG-INFO)$": "the README says how the demo people sign in, and the image's package carries it",
    r"/test_the_(whole_story|second_start)\w*/said(-\d+)?\.txt$": "`access-log demo` prints how its people sign in; that is kept",
    r"/test_(a_maildir_is_emptied_of_w|kept_notifications_are_le)\d/box/": "a mailbox of mail that came back, as a mail server left it",
    r"/test_an_mbox_likewise\w*/mbox$": "the same in one file",
}
"""Patterns of paths in which tests themselves have put somebody, or the demo has, and why."""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Where the suite leaves things: its own folder where it has one, else pytest's, with a folder for each worker."""
    own, base = os.environ.get("ACCESS_LOG_SUITE_DIR"), tmp_path_factory.getbasetemp()
    return [Path(own)] if own else [base.parent if base.name.startswith("popen-") else base]


@pytest.fixture(scope="module")
def servers() -> list[URL]:
    """The PostgreSQL servers of the tests."""
    postgres.server_url()
    return list(postgres.USED.values())


def readable(servers: list[URL]) -> list[Path]:
    """Their data directories. Of a server that somebody else runs they may be closed to us: then its rows are all there is to see."""
    folders = [data_directory(url) for url in servers]
    return [folder for folder in folders if os.access(folder, os.R_OK | os.X_OK)]


def named(hits: list[Hit]) -> list[str]:
    return sorted({f"{hit.who} in {hit.place}" for hit in hits if not any(re.search(pattern, hit.place) for pattern in LEFT_ON_PURPOSE)})


@pytest.mark.asvs("16.2.5")
def test_nobody_is_readable_in_anything_that_the_suite_has_left(
    request: pytest.FixtureRequest, left: list[Path], servers: list[URL]
) -> None:
    ran = {item.path.name for item in request.session.items}
    if "test_planted.py" in ran:
        assert any(path.name.startswith("test_planted_people") for folder in left for path in folder.rglob("test_planted_people*"))
    people = PLANTED + CAST
    hits = in_files([*left, *readable(servers)], people) + [hit for url in servers for hit in in_rows(url, people)]
    assert named(hits) == []


def test_the_log_of_the_tests_was_written(request: pytest.FixtureRequest, left: list[Path]) -> None:
    """What the applications of all tests said stands among what is looked through."""
    if "test_portal_roster.py" not in {item.path.name for item in request.session.items}:
        pytest.skip("no test of this run looks at a roster")
    logs = [path for folder in left for path in folder.rglob("suite-*.log")]
    assert any('"route": "POST /roster' in path.read_text(encoding="utf-8") for path in logs)


@pytest.fixture
def control() -> str:
    """Somebody whom no run has seen before."""
    return CONTROL + token_hex(4)


def test_somebody_in_a_file_is_found_in_every_spelling(tmp_path: Path, control: str) -> None:
    for number, spelling in enumerate(spellings(control)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "file").write_bytes(os.urandom(3000) + spelling + os.urandom(3000))
        assert [Path(hit.place).name for hit in in_files([folder], (control,))] == ["file"], spelling
    (tmp_path / "nobody").write_bytes(os.urandom(3000))
    assert len(in_files([tmp_path], (control,))) == len(list(spellings(control)))


def test_somebody_in_an_archive_or_a_pdf_is_found(tmp_path: Path, control: str) -> None:
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<si><t>{control}</t></si>" * 100)
    stream = zlib.compress(control.encode("utf-16-le") * 50)
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7\n1 0 obj<<>>stream\n" + stream + b"\nendstream endobj")
    assert {Path(hit.place).name for hit in in_files([tmp_path], (control,))} == {"list.xlsx", "report.pdf"}


def test_somebody_in_a_sqlite_database_is_found_before_and_after_its_checkpoint(tmp_path: Path, control: str) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/leak.db")
    with engine.begin() as connection:
        connection.execute(text("create table leak (name text)"))
        connection.execute(text("insert into leak values (:name)"), {"name": control})
    assert "leak.db-wal" in {Path(hit.place).name for hit in in_files([tmp_path], (control,))}
    engine.dispose()
    assert [Path(hit.place).name for hit in in_files([tmp_path], (control,))] == ["leak.db"]


@pytest.fixture
def leaking(servers: list[URL]) -> Iterator[URL]:
    url = postgres.fresh_database(servers[0], "access_log_leak")
    yield url
    postgres.run(servers[0], "drop database access_log_leak with (force)")


def test_somebody_in_postgresql_is_found_in_its_files_and_its_rows(leaking: URL, control: str) -> None:
    """Also where the value is long, so that the files hold it compressed, and where it is bytes."""
    values = {"short": f"'{control}'", "long": f"repeat('x', 100000) || '{control}'", "bytes": f"convert_to('{control}', 'UTF8')"}
    postgres.run(leaking, *(f"create table leak_{name} as select {value} as value" for name, value in values.items()))
    assert {hit.place for hit in in_rows(leaking, (control,))} == {f"access_log_leak: public.leak_{name}" for name in values}
    for folder in readable([leaking]):
        assert any("/base/" in hit.place for hit in in_files([folder], (control,)))
