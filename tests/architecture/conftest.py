"""The web application of tests/web, for the rules that its routes keep."""

from tests.web.conftest import settings, web

__all__ = ["settings", "web"]
