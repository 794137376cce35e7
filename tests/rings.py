"""Key rings for tests."""

from access_log.crypto.ring import KeyRing, new_ring
from access_log.crypto.suites import Suite
from tests.moments import NOON


def new_test_ring(suite: Suite = Suite.STD) -> KeyRing:
    """A complete ring in memory."""
    return new_ring(suite, NOON)
