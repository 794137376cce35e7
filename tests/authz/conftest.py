"""The application with one of everything in it, where nothing that a request does stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from tests.authz.matrix import Installation, installation
from tests.web.conftest import settings

__all__ = ["settings"]


@pytest.fixture
def running(engine: Engine, ring: KeyRing, settings) -> Iterator[Installation]:  # type: ignore[no-untyped-def]
    with installation(engine, ring, settings) as made:
        yield made
