"""One browser, one site, one walk through its pages."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest
from playwright.sync_api import Browser, sync_playwright

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine
from tests.browser.pages import Pages, every_page
from tests.browser.site import BrowserSite, browser_site
from tests.lobby_js.stand_in import launch


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as running:
        browser = launch(running.chromium)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(sqlite_template: Path, ring: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserSite]:
    folder = tmp_path_factory.mktemp("site")
    copy(sqlite_template, folder / "access_log.db")
    engine = make_engine(f"sqlite:///{folder / 'access_log.db'}")
    with browser_site(engine, ring, folder) as made:
        yield made
    engine.dispose()


@pytest.fixture(scope="package")
def pages(site: BrowserSite) -> Pages:
    return every_page(site)
