"""What tests of letters share."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from access_log.settings import Settings
from tests.mail.office import Office


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As a small site sets it."""
    return Settings(data_dir=tmp_path, public_url="https://register.operator.example", _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def office(engine: Engine, ring: KeyRing, settings: Settings) -> Office:
    """The cast, and nothing to send yet."""
    return Office(engine, ring, settings)


@pytest.fixture(autouse=True)
def _server_is_quiet() -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
