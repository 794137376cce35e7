"""Every page of every face, in both languages, on phone and desktop, by day and by night: WCAG 2.2 AA, no word untranslated."""

import pytest
from playwright.sync_api import Browser

from access_log.i18n import LANGUAGES
from tests.browser.look import written
from tests.browser.pages import Pages
from tests.browser.site import BrowserSite
from tests.browser.walk import walk

pytestmark = pytest.mark.browser
FEWEST = {"start": 3, "portal": 55, "console": 110, "visitor": 20, "lobby": 1}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("face", FEWEST)
def test_every_page_is_open_to_everybody_and_speaks_one_language(
    chromium: Browser, site: BrowserSite, pages: Pages, face: str, language: str
) -> None:
    its = pages.of(face)
    assert len(its) >= FEWEST[face]
    found = list(walk(chromium, site, its, language, site.known.names))
    assert found == [], written(found)
