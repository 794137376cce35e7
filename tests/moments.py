"""The one time of the tests."""

from datetime import UTC, datetime

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""2026-11-24, 12:00 in Shanghai."""
