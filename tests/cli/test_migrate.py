"""`access-log migrate`: any database to this version's schema; never one of a newer program's."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from access_log.db import closing_engine
from access_log.migrations import ahead, behind
from access_log.settings import Settings
from tests import postgres
from tests.cli.conftest import Run, said


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, worker: str) -> None:
    """A database without a table; SQLite's is the one in the data directory, which is not there yet."""
    if request.param == "postgresql":
        url = postgres.fresh_database(postgres.server_url(), f"access_log_empty_{worker}")
        monkeypatch.setenv("ACCESS_LOG_DATABASE_URL", url.render_as_string(hide_password=False))


@pytest.mark.usefixtures("empty_database")
def test_an_empty_database_gets_the_schema_and_a_second_time_changes_nothing(run: Run) -> None:
    for _time in range(2):
        result = run("migrate")
        assert result.exit_code == 0
        assert result.output == "the database is up to date\n"
    with closing_engine(Settings().url) as engine:
        assert not behind(engine)


def test_the_data_directory_is_made_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    run("migrate")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_database_of_a_newer_program_is_left_alone(run: Run, installed: Settings, revision: Callable[[str], None]) -> None:
    revision("9999")
    with closing_engine(installed.url) as engine:
        assert not behind(engine), "a process that is being replaced goes on serving"
    for command in (("migrate",), ("serve", "--only", "web")):
        sentence = said(run(*command))
        assert "newer version" in sentence
        assert "update the program" in sentence
    with closing_engine(installed.url) as engine:
        assert ahead(engine)
