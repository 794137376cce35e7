"""Look at a page as it stands in the browser: axe, and the few faults axe does not know."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from access_log.i18n import CORE_LOCALES
from kiosk.web.render import LOCALES

HERE = Path(__file__).parent
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LOOK, TEXTS = (HERE / "look.js").read_text(encoding="utf-8"), (HERE / "texts.js").read_text(encoding="utf-8")
ALL_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"target-size": {"enabled": True}},
}
COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""All that another colour scheme changes."""
RUN = """(options) => axe.run(document, { resultTypes: ["violations"], ...options }).then((found) => found.violations.flatMap(
  (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.any.map((one) => one.message).join("; ")}`)))"""


@dataclass(frozen=True)
class Scene:
    """A size of the window and a colour scheme."""

    name: str
    width: int
    height: int
    dark: bool = False

    def put_on(self, page: Page) -> None:
        page.set_viewport_size({"width": self.width, "height": self.height})
        page.emulate_media(color_scheme="dark" if self.dark else "light", reduced_motion="reduce")


PHONE, DESKTOP = Scene("phone", 390, 844), Scene("desktop", 1440, 900)
PHONE_DARK = Scene("phone-dark", 390, 844, dark=True)
STANDING, TABLET = Scene("standing", 1080, 1920), Scene("tablet", 1280, 800)


def axe(page: Page, options: dict[str, Any] = ALL_RULES) -> list[str]:
    """What axe finds: one line for each element that breaks a rule."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    return list(page.evaluate(RUN, options))


def faults(page: Page, language: str) -> list[str]:
    """One h1, the right language, a title, nothing wider than the window."""
    return list(page.evaluate(LOOK, {"language": language}))


def untranslated(page: Page, language: str, names: Iterable[str]) -> list[str]:
    """Texts in the other language. `names` are those of people, companies and rules, which have one spelling only."""
    known = sorted(names, key=len, reverse=True)
    return [text for text in page.evaluate(TEXTS, language) if _foreign(text, language, known)]


HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z][a-z']+(?:[ ,]+[A-Za-z][a-z']*){2,}")


def _foreign(text: str, language: str, names: list[str]) -> bool:
    for name in names:
        text = text.replace(name, "")
    if language == "en":
        return HAN.search(text) is not None
    return text.strip() in _english() or ENGLISH.search(text) is not None


@cache
def _english() -> frozenset[str]:
    """Every text the product shows, in English, where its Chinese is another."""
    return frozenset(_messages())


def _messages() -> Iterator[str]:
    for path in sorted([*LOCALES.rglob("*.po"), *CORE_LOCALES.rglob("*.po")]):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_CN"):
                if message.id and isinstance(message.id, str) and message.id != message.string:
                    yield message.id


def written(found: object) -> str:
    """For a failure's message."""
    return json.dumps(found, ensure_ascii=False, indent=1)
