"""An installation of its own for each test: a data directory, keys elsewhere, and the command line to look after it."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from typer.testing import CliRunner

from access_log.cli import app
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import KeyFile, create_key_file, save_ring
from access_log.db import closing_engine
from access_log.runtime import REPORTS, REPORTS_KEYS, ring_path
from access_log.settings import Settings
from reports.cli import app as reports_app


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing of the machine's own settings; everything in this test's directory. What a command sets is taken back."""
    before = dict(os.environ)
    logging_before = (logging.root.handlers[:], logging.root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    for name in before:
        if name == "PORT" or (name.startswith("ACCESS_LOG_") and not name.startswith("ACCESS_LOG_TEST_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ACCESS_LOG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ACCESS_LOG_KEYS_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("ACCESS_LOG_KEY_FILE", str(tmp_path / "stick" / "key"))
    yield
    os.environ.clear()
    os.environ.update(before)
    logging.root.handlers, level, sys.excepthook, threading.excepthook, sys.unraisablehook = logging_before
    logging.root.setLevel(level)


Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """`run("keys", "status")` is `access-log keys status`; keywords are variables of its environment."""

    def invoke(*words: str, typed: str = "", env: Mapping[str, str] | None = None) -> Result:
        of_reports = words[0] == "reports"
        chosen, rest = (reports_app, words[1:]) if of_reports else (app, words)
        return CliRunner().invoke(chosen, list(rest), input=typed, env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def installed(database: URL, ring: KeyRing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A migrated database of either kind, and the tests' own ring in its files."""
    for name in ("data", "keys"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.setenv("ACCESS_LOG_DATABASE_URL", database.render_as_string(hide_password=False))
    settings = Settings()
    assert settings.key_file is not None
    create_key_file(settings.key_file)
    save_ring(ring_path(settings), ring, KeyFile(settings.key_file))
    save_ring(ring_path(settings, REPORTS), ring.subset(REPORTS_KEYS), KeyFile(settings.key_file))
    return settings


@pytest.fixture
def revision(installed: Settings) -> Iterator[Callable[[str], None]]:
    """Pretend that another version has migrated the database. Put back at the end: PostgreSQL's is other tests' as well."""
    with closing_engine(installed.url) as engine:

        def pretend(number: str) -> None:
            with engine.begin() as connection:
                connection.execute(text("update alembic_version set version_num = :number"), {"number": number})

        with engine.connect() as connection:
            was = connection.execute(text("select version_num from alembic_version")).scalar_one()
        yield pretend
        pretend(was)


@pytest.fixture
def installed_engine(installed: Settings) -> Iterator[Engine]:
    """Its database."""
    with closing_engine(installed.url) as engine:
        yield engine


def said(result: Result) -> str:
    """The one sentence with which a command failed."""
    assert result.exit_code == 1, result.output
    assert result.output.startswith("access-log: "), result.output
    assert result.output.count("\n") == 1, result.output
    assert "Traceback" not in result.output
    return result.output.removeprefix("access-log: ").strip()
