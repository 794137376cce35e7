"""The migrated schema is the one that the code believes in: asked of `scripts/alembic_check.py`, which `make lint` runs as well."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text

from access_log.db import closing_engine
from access_log.migrations import upgrade
from tests import postgres

SCRIPT = Path(__file__).parents[2] / "scripts" / "alembic_check.py"


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("alembic_check", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'check.db'}"
    fresh = postgres.fresh_database(postgres.server_url(), f"access_log_check_{worker}")
    return fresh.render_as_string(hide_password=False)


def test_the_schema_is_the_codes(check: ModuleType, url: str) -> None:
    assert not check.differs(url)


CHANGES = ("alter table kiosk add column colour varchar(8)", "drop index ix_visit_expected", "create table extra (id int)")


def test_differences_are_found(check: ModuleType, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with closing_engine(url) as engine:
        upgrade(engine)
        with engine.begin() as connection:
            for change in CHANGES:
                connection.execute(text(change))
    assert check.differs(url)
    said = capsys.readouterr().err
    for name in ("colour", "ix_visit_expected", "extra"):
        assert name in said
