"""From the pass to the words: every answer has a screen, in both languages, and a scan is never lost silently."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from access_log.policy.codes import Outcome
from tests.lobby_js.stand_in import NOTICE, OFFLINE, PASS, RECEIPT, Kiosk, answer

pytestmark = pytest.mark.browser
SAME_WORDS = {"revoked": "invalid", "unknown_pass": "invalid", "bad_signature": "invalid", "no_notice": "declined"}


def test_every_outcome_has_a_screen_of_its_own_in_both_languages(kiosk: Kiosk) -> None:
    for outcome in Outcome:
        kiosk.says["/scan"] = answer(outcome)
        kiosk.scanner().until(SAME_WORDS.get(outcome, outcome))
        zh, en = kiosk.page.locator(".headline span[lang=zh-CN]").inner_text(), kiosk.page.locator(".headline span[lang=en]").inner_text()
        assert zh
        assert en.isascii()
        kiosk.page.keyboard.press("Escape")
        kiosk.until("idle")


def test_an_outcome_from_the_future_sends_the_visitor_to_the_guard(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("something_new")
    kiosk.scanner().until("denied_person")
    assert kiosk.headline == "请到保安台"


def test_a_first_scan_asks_for_the_document_and_turns_green_when_the_guard_has_confirmed(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("id_pending")
    kiosk.scanner().until("id_pending")
    assert kiosk.headline == "请到保安台核验证件"
    kiosk.says["/watch/ticket"] = {"state": "admitted"}
    kiosk.until("granted")
    assert kiosk.headline == "请进"


def test_a_visitor_turned_away_reads_neutral_words(kiosk: Kiosk) -> None:
    kiosk.says |= {"/scan": answer("id_pending"), "/watch/ticket": {"state": "turned_away"}}
    kiosk.scanner().until("turned_away")
    assert kiosk.headline == "请与保安联系"


def test_an_exit_says_what_is_still_held_and_until_when(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("exited", receipt=RECEIPT)
    kiosk.scanner().until("exited")
    assert "2027-05-24" in kiosk.page.locator(".receipt").inner_text()
    assert "2 小时 14 分钟" in kiosk.page.locator(".text").first.inner_text()


def test_a_short_stay_is_told_in_minutes_alone(kiosk: Kiosk) -> None:
    short = answer("exited", receipt=RECEIPT)
    short["args"]["minutes"] = 40
    kiosk.says["/scan"] = short
    kiosk.scanner().until("exited")
    assert kiosk.page.locator(".text").first.inner_text() == "本次停留 40 分钟。"


def test_a_time_of_today_is_told_without_its_date(kiosk: Kiosk) -> None:
    now = datetime.now(UTC)
    shanghai = now.astimezone(ZoneInfo("Asia/Shanghai"))
    early = answer("too_early")
    early["args"]["from"] = now.isoformat()
    kiosk.says["/scan"] = [early, answer("too_early")]
    kiosk.scanner().until("too_early")
    assert kiosk.page.locator(".text").first.inner_text() == f"通行码自 {shanghai:%H:%M} 起有效。"
    kiosk.scanner().wait(lambda: "2001-11-24 14:00" in kiosk.page.locator(".text").first.inner_text(), "another day's date")


def test_a_scan_without_connection_is_repeated_with_its_nonce_until_it_is_answered(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = [OFFLINE, OFFLINE, answer("granted")]
    kiosk.scanner().until("no_connection")
    assert "网络中断" in kiosk.headline
    kiosk.until("granted")
    nonces = [body["nonce"] for body in kiosk.scans()]
    assert len(nonces) == 3
    assert len(set(nonces)) == 1


def test_a_server_out_of_order_is_retried_too(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = [503, answer("granted")]
    kiosk.scanner().until("out_of_order").until("granted")
    first, second = kiosk.scans()
    assert first == second


def test_two_scans_have_two_nonces(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("granted")
    kiosk.scanner().until("granted")
    kiosk.scanner().wait(lambda: len(kiosk.scans()) == 2, "second scan")
    assert kiosk.scans()[0]["nonce"] != kiosk.scans()[1]["nonce"]


@pytest.mark.parametrize("end", ["Enter", "Tab", "NumpadEnter"])
def test_a_hand_scanner_is_read_whatever_the_input_method_makes_of_its_keys(kiosk: Kiosk, end: str) -> None:
    kiosk.says["/scan"] = answer("granted")
    kiosk.page.locator("#controls button").first.focus()
    kiosk.scanner(end=end).until("granted")
    assert (kiosk.scans()[0]["how"], kiosk.scans()[0]["text"]) == ("scanner", PASS)


def test_what_another_code_says_never_leaves_the_page(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("not_a_pass", visit=None)
    kiosk.scanner("6222020200112233445").scanner("62220202001122334455").until("not_a_pass")
    assert [body["text"] for body in kiosk.scans()] == [""]


def test_a_short_code_is_typed_on_the_screen_or_on_a_keyboard(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("id_pending")
    kiosk.press("输入短码").until("keypad").press("7")
    kiosk.page.keyboard.type("o1lz-u4")  # look-alikes are digits; a dash and U are nothing
    kiosk.press("删除最后一位")
    kiosk.page.keyboard.type("ab9xyz")
    kiosk.press("继续").until("id_pending")
    assert (kiosk.scans()[0]["how"], kiosk.scans()[0]["text"]) == ("code", "7011ZAB9XY")


def test_too_many_wrong_codes_lead_to_the_guard(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = 429
    kiosk.press("输入短码").until("keypad")
    kiosk.page.keyboard.type("0123456789")
    kiosk.press("继续").until("too_many_codes")


def test_the_scan_reads_the_measure_for_the_bench(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("granted")
    kiosk.scanner().until("granted")
    measured = "performance.getEntriesByName('scan').length"
    kiosk.wait(lambda: kiosk.page.evaluate(measured) == 1, "measure")


def test_the_page_works_on_a_host_name_of_its_own(browser: Browser) -> None:
    page = browser.new_page()
    kiosk = Kiosk(page, base="").open()
    kiosk.says["/scan"] = answer("granted")
    kiosk.scanner().until("granted")
    page.close()


def notice_shown(kiosk: Kiosk, then: dict[str, Any]) -> Kiosk:
    kiosk.says |= {"/scan": answer("no_notice", notice=NOTICE), "/notice": then}
    return kiosk.scanner().until("notice")


def test_the_notice_is_read_and_the_scan_goes_on(kiosk: Kiosk) -> None:
    notice_shown(kiosk, answer("id_pending")).press("我已阅读，继续").until("id_pending")
    assert kiosk.sent[-1][1]["answer"] == "read"


@pytest.mark.parametrize(
    ("choice", "sure", "sent", "screen"),
    [("不同意", "停止并删除", "decline", "declined"), ("未满 18 周岁", "是，未满 18 周岁", "minor", "minor")],
)
def test_ways_out_of_the_notice_are_asked_twice_and_lead_to_the_guard(kiosk: Kiosk, choice: str, sure: str, sent: str, screen: str) -> None:
    outcome = {"declined": "no_notice"}.get(screen, screen)
    notice_shown(kiosk, answer(outcome)).press(choice)
    assert [path for path, _ in kiosk.sent] == ["/scan"]
    kiosk.press("返回").until("notice").press(choice).press(sure).until(screen)
    assert kiosk.sent[-1][1] | {"nonce": ""} == {"token": "ticket", "answer": sent, "nonce": ""}
    assert kiosk.page.get_by_role("button", name="呼叫保安").is_visible()
