"""Go through pages with one browser: each loaded once in a language, then seen in every size and colour scheme."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.browser.look import ALL_RULES, COLOUR_RULES, DESKTOP, PHONE, PHONE_DARK, STANDING, TABLET, axe, faults, untranslated
from tests.browser.pages import Page
from tests.browser.site import BrowserSite

SCREENS = os.environ.get("ACCESS_LOG_SCREENS", "")
"""A folder to leave a picture of every page in, as it is seen."""
SCENES = {
    "console": (PHONE, DESKTOP),  # dark whatever is asked for
    "portal": (PHONE, PHONE_DARK, DESKTOP),
    "visitor": (PHONE, PHONE_DARK, DESKTOP),
    "start": (PHONE, PHONE_DARK, DESKTOP),
    "lobby": (STANDING, TABLET),
}
SUBMIT = """([action, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action });
  for (const [name, value] of fields) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}"""


def walk(browser: Browser, site: BrowserSite, pages: Sequence[Page], language: str, names: frozenset[str]) -> Iterator[str]:
    """What is wrong, one line a fault."""
    context = browser.new_context(bypass_csp=True, locale=language, reduced_motion="reduce")
    tab = context.new_page()
    for page in pages:
        context.clear_cookies()
        if page.who.cookie:
            cookie = {"name": f"__Host-{page.who.face}", "value": page.who.cookie, "url": f"https://127.0.0.1:{site.port}/", "secure": True}
            context.add_cookies([cookie])  # type: ignore[list-item]
        status = _open(tab, site, page)
        if status != page.status:
            yield f"{page.name}: answered {status}, not {page.status}"
        yield from (f"{page.name}, {language}, {fault}" for fault in _see(tab, page, page.speaks or language, names))
    context.close()


def _open(tab: Tab, site: BrowserSite, page: Page) -> int:
    if page.form is None:
        answer = tab.goto(site.base + page.path)
    else:
        tab.goto(f"{site.base}/livez")
        fields = list(({"csrf": page.who.csrf} | page.form).items())
        with tab.expect_navigation() as there:
            tab.evaluate(SUBMIT, [page.path, fields])
        answer = there.value
    assert answer is not None
    return answer.status


def _see(tab: Tab, page: Page, language: str, names: frozenset[str]) -> Iterator[str]:
    yield from (f"not translated: {text}" for text in untranslated(tab, language, names))
    for scene in SCENES[page.face]:
        scene.put_on(tab)
        found = axe(tab, COLOUR_RULES if scene.dark else ALL_RULES) + faults(tab, language)
        yield from (f"{scene.name}: {fault}" for fault in found)
        shot(tab, page.face, f"{page.name}-{scene.name}-{language}")


def shot(tab: Tab, face: str, name: str) -> None:
    """A picture of the whole page, where a folder is named for it."""
    if SCREENS:
        name = re.sub(r"[^\w]+", "-", name.replace("GET ", "").replace("POST ", "sent-")).strip("-")
        folder = Path(SCREENS) / face
        folder.mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=folder / f"{name}.png", full_page=True)
