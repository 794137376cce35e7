"""The web application of tests/web, for the tests that make it trouble."""

from tests.web.conftest import settings, web

__all__ = ["settings", "web"]
