"""People at their screens, in a real browser."""

import os
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from access_log.demo import DEMO_PASSWORD, demo_code
from tests.journeys.running import Running

SCREENS = os.environ.get("ACCESS_LOG_SCREENS", "")
"""A folder to leave pictures in: docs/screens when they are made anew."""
SIZES = {"desk": (1440, 900), "phone": (390, 844), "kiosk": (1080, 1920)}


class Person:
    """Somebody with a browser of their own. Every page they see must obey its policy and throw no error."""

    def __init__(self, browser: Browser, site: Running, size: str, language: str = "zh-CN", state: object = None) -> None:
        width, height = SIZES[size]
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, storage_state=state, color_scheme="light",  # type: ignore[arg-type]
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.base = site.base
        self.trouble: list[str] = []
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", lambda line: self.trouble.append(line.text) if "Security Policy" in line.text else None)

    def go(self, path: str) -> "Person":
        self.page.goto(path if path.startswith("http") else self.base + path)
        return self

    def press(self, selector: str) -> "Person":
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        return self

    def sees(self, *texts: str) -> "Person":
        body = self.page.locator("body").inner_text()
        for text in texts:
            assert text in body, f"{text!r} is not on {self.page.url}:\n{body[:1500]}"
        return self

    def shot(self, name: str, *, full: bool = False) -> "Person":
        """A picture for the documents, where one is asked for."""
        if SCREENS:
            self.page.screenshot(path=Path(SCREENS) / f"{name}.png", full_page=full)
        return self

    def leave(self) -> None:
        self.context.close()
        assert self.trouble == []


def sign_in(person: Person, face: str, name: str) -> Person:
    """Password and second factor of a demo account."""
    person.go(f"/{face}/sign-in")
    person.page.fill("[name=name]", name)
    person.page.fill("[name=password]", DEMO_PASSWORD)
    person.press("main form button")
    person.page.fill("[name=code]", demo_code(datetime.now(UTC)))
    person.press("main form button")
    return person
