"""Key rings of both suites."""

import pytest

from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from tests.rings import new_test_ring

RINGS = {suite: new_test_ring(suite) for suite in Suite}


@pytest.fixture(params=list(Suite), ids=lambda suite: suite.name.lower())
def either(request: pytest.FixtureRequest) -> KeyRing:
    """A complete ring, once in each suite."""
    return RINGS[request.param]
