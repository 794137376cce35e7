"""Language, time, calls, and that nothing is left of one visitor for the next."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.lobby_js.stand_in import NOTICE, Kiosk, answer

pytestmark = pytest.mark.browser


def test_a_language_is_chosen_for_one_visitor_and_then_forgotten(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("granted")
    kiosk.press("English")
    kiosk.scanner().until("granted")
    assert kiosk.headline == "Please come in"
    assert kiosk.page.evaluate("document.documentElement.lang") == "en"
    kiosk.press("Done").until("idle")
    assert kiosk.page.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.mark.parametrize(("outcome", "seconds"), [("granted", 12), ("expired", 20)])
def test_an_answer_is_wiped_after_its_time(page_of_kiosk: Kiosk, outcome: str, seconds: int) -> None:
    page_of_kiosk.page.clock.install()
    kiosk = page_of_kiosk.open()
    kiosk.says["/scan"] = answer(outcome)
    kiosk.scanner().until(outcome)
    kiosk.page.clock.fast_forward((seconds - 4) * 1000)
    kiosk.page.wait_for_timeout(300)
    assert kiosk.screen == outcome
    kiosk.page.clock.fast_forward(4500)
    kiosk.until("idle")
    assert "A1" not in kiosk.page.locator("body").inner_text()


def test_the_notice_warns_twenty_seconds_before_it_is_wiped_and_any_key_keeps_it(page_of_kiosk: Kiosk) -> None:
    page_of_kiosk.page.clock.install()
    kiosk = page_of_kiosk.open()
    kiosk.says["/scan"] = answer("no_notice", notice=NOTICE)
    kiosk.scanner().until("notice")
    warning = kiosk.page.locator("#warning")
    assert warning.is_hidden()
    kiosk.page.clock.fast_forward(50_000)
    kiosk.wait(warning.is_visible, "warning")
    assert "秒后清除" in warning.inner_text()
    assert "秒后清除" in kiosk.page.locator("#said").inner_text()
    kiosk.page.keyboard.press("Shift")
    kiosk.wait(warning.is_hidden, "no warning")
    kiosk.page.clock.fast_forward(66_000)
    kiosk.until("idle")


def test_a_language_left_behind_on_the_first_screen_is_forgotten(page_of_kiosk: Kiosk) -> None:
    page_of_kiosk.page.clock.install()
    kiosk = page_of_kiosk.open()
    kiosk.press("English")
    kiosk.page.clock.fast_forward(46_000)
    kiosk.wait(lambda: kiosk.page.evaluate("document.documentElement.lang") == "zh-CN", "Chinese")


def test_a_call_says_when_it_was_made_and_that_the_guard_is_coming(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("expired")
    kiosk.scanner().until("expired").press("呼叫保安").until("called")
    path, body = kiosk.sent[-1]
    assert (path, body["visit"], body["outcome"]) == ("/call", "ticket", "expired")
    assert "2001-11-24 12:00" in kiosk.page.locator(".said").inner_text()
    kiosk.says[f"/call/{body['nonce']}"] = {"answered": True}
    kiosk.until("answered")


def test_a_wrong_clock_closes_the_kiosk_until_it_is_right(kiosk: Kiosk) -> None:
    def pulse() -> None:
        kiosk.page.evaluate("dispatchEvent(new Event('online'))")

    kiosk.says["/ping"] = {"now": (datetime.now(UTC) + timedelta(seconds=300)).isoformat()}
    pulse()
    kiosk.until("kiosk_clock_wrong")
    kiosk.scanner()
    kiosk.says["/ping"] = {"now": datetime.now(UTC).isoformat()}
    pulse()
    kiosk.until("idle")
    assert kiosk.scans() == []


def test_a_broken_line_shows_on_every_screen(kiosk: Kiosk) -> None:
    kiosk.says |= {"/ping": 0, "/scan": answer("expired")}
    kiosk.page.evaluate("dispatchEvent(new Event('offline'))")
    badge = kiosk.page.locator("#network[data-online=false]")
    kiosk.wait(lambda: badge.count() == 1, "badge")
    kiosk.scanner().until("expired")
    assert badge.inner_text() == "网络中断"


def test_without_a_camera_the_hand_scanner_and_the_code_are_named(kiosk: Kiosk) -> None:
    kiosk.wait(lambda: "扫描枪" in kiosk.headline, "hint")
    assert "短码" in kiosk.page.locator(".note").inner_text()


def test_a_screen_that_was_pressed_away_hands_the_focus_to_the_next_headline(kiosk: Kiosk) -> None:
    kiosk.press("输入短码").until("keypad")
    assert kiosk.page.evaluate("document.activeElement.className").startswith("headline")


def test_every_flow_works_from_the_keyboard(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("no_notice", notice=NOTICE)
    kiosk.scanner().until("notice")
    kiosk.page.wait_for_timeout(300)  # a second end of the scanner's would be swallowed until here
    for _ in range(12):
        kiosk.page.keyboard.press("Tab")
        if kiosk.page.evaluate("document.activeElement.textContent") == "我已阅读，继续":
            break
    kiosk.says["/notice"] = answer("id_pending")
    kiosk.page.keyboard.press("Enter")
    kiosk.until("id_pending")
