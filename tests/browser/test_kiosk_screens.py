"""Every screen of the kiosk, in both languages, standing and lying: what it says is legible, reachable and in one language."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from access_log.policy.codes import Outcome
from tests.browser.look import STANDING, TABLET, axe, faults, written
from tests.browser.walk import shot
from tests.lobby_js.stand_in import NOTICE, OFFLINE, POLICY, RECEIPT, Kiosk, answer

pytestmark = pytest.mark.browser
LEAVE = ("exited", "overstay_exit")
Screen = Callable[[Kiosk], object]


def _verdict(outcome: Outcome) -> Screen:
    def shown(kiosk: Kiosk) -> None:
        kiosk.says["/scan"] = answer(outcome, receipt=RECEIPT if outcome in LEAVE else None)
        kiosk.scanner().wait(lambda: kiosk.screen not in ("idle", "checking"), outcome)

    return shown


def _notice(kiosk: Kiosk) -> Kiosk:
    kiosk.says["/scan"] = answer("no_notice", notice=NOTICE)
    return kiosk.scanner().until("notice")


def _policy(kiosk: Kiosk) -> Kiosk:
    kiosk.says["/policy"] = POLICY
    return kiosk.press("隐私政策").until("policy")


def _offline(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = OFFLINE
    kiosk.scanner().until("no_connection")


def _disputed(kiosk: Kiosk) -> None:
    kiosk.record = {"every": 0.1}
    kiosk.says |= {"/record": {"checkpoint": "none", "hashes": []}, "/record/dispute": {"noted": True}}
    kiosk.open()
    kiosk.wait(lambda: kiosk.page.locator("#disputed").is_visible(), "the alarm of a witness")


def _pressed(*words: str, first: Screen | None = None) -> Screen:
    def shown(kiosk: Kiosk) -> None:
        if first:
            first(kiosk)
        for word in words:
            kiosk.press(word)
        kiosk.page.wait_for_timeout(50)

    return shown


SCREENS: dict[str, Screen] = {
    "idle": lambda kiosk: kiosk,
    "short code": _pressed("输入短码"),
    "guard called": _pressed("呼叫保安"),
    "policy": _policy,
    "notice": _notice,
    "notice declined": _pressed("不同意", first=_notice),
    "no connection": _offline,
} | {outcome.value: _verdict(outcome) for outcome in Outcome}
SCREENS["record disputed"] = _disputed
"""The last one: its alarm stays on the glass."""


@pytest.fixture
def fresh(chromium: Browser) -> Iterator[Callable[[], Kiosk]]:
    context = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    kiosk = Kiosk(page)
    STANDING.put_on(page)
    kiosk.open()

    def rest() -> Kiosk:
        page.keyboard.press("Escape")
        return kiosk.until("idle")

    yield rest
    context.close()
    assert kiosk.trouble == []


def test_every_screen_is_open_to_everybody_and_fits(fresh: Callable[[], Kiosk]) -> None:
    found = []
    for name, show in SCREENS.items():
        kiosk = fresh()
        show(kiosk)
        for language, other in (("zh-CN", "English"), ("en", "中文")):
            for scene in (STANDING, TABLET):
                scene.put_on(kiosk.page)
                wrong = [*axe(kiosk.page), *faults(kiosk.page, language), *_hidden(kiosk)]
                found += [f"{name}, {language}, {scene.name}: {fault}" for fault in wrong]
                shot(kiosk.page, "kiosk", f"{name}-{scene.name}-{language}")
            kiosk.press(other)
    assert found == [], written(found)


CUT = """() => {
  const main = document.querySelector("main");
  return main.scrollHeight > main.clientHeight + 1 ? [`${main.scrollHeight - main.clientHeight} px below the edge`] : [];
}"""


def _hidden(kiosk: Kiosk) -> list[str]:
    """Nothing of a verdict may need scrolling: nobody scrolls at a door. The notice is a text, and may."""
    return [] if kiosk.screen in ("notice", "policy") else list(kiosk.page.evaluate(CUT))
