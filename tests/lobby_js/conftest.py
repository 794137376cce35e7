"""One browser a test run; one page a test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.lobby_js.stand_in import Kiosk, launch


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without a camera."""
    running = launch(playwright.chromium)
    yield running
    running.close()


@pytest.fixture
def page_of_kiosk(browser: Browser) -> Iterator[Kiosk]:
    """A kiosk whose page is not open yet. Afterwards: no error and no violation of its policy."""
    page = browser.new_page(viewport={"width": 1080, "height": 1920})
    made = Kiosk(page)
    yield made
    page.close()
    assert made.trouble == []


@pytest.fixture
def kiosk(page_of_kiosk: Kiosk) -> Kiosk:
    """A kiosk, ready."""
    return page_of_kiosk.open()
