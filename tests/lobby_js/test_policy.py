"""The policy in force, read at the kiosk before anything is scanned; and what has changed, for whoever reads the notice again."""

from datetime import UTC, datetime

import pytest

from tests.lobby_js.stand_in import NOTICE, OFFLINE, POLICY, Kiosk, answer, both

pytestmark = pytest.mark.browser


def test_whoever_waits_may_read_the_policy_in_both_languages_and_goes_back(kiosk: Kiosk) -> None:
    kiosk.says["/policy"] = POLICY
    kiosk.press("隐私政策").until("policy")
    page = kiosk.page.locator("body")
    for words in (
        "版本 2026-11",
        "自 2026-11-24 起施行",
        "自 2026-12-01 起变更",
        "保存时间变长",
        "来访人姓名",
        "离开后 6 个月 → 删除",
        "提供给谁",
    ):
        assert words in page.inner_text()
    kiosk.press("English")
    for words in (
        "From 2026-12-01 this changes",
        "Kept longer",
        "Name of the visitor",
        "6 months after the visit → deleted",
        "Your company",
    ):
        assert words in page.inner_text()
    kiosk.press("Back").until("idle")


def test_a_change_to_come_is_said_on_the_first_screen(page_of_kiosk: Kiosk) -> None:
    page_of_kiosk.says["/ping"] = {"now": datetime.now(UTC).isoformat(), "change": "2026-12-01"}
    kiosk = page_of_kiosk.open()
    kiosk.wait(lambda: "自 2026-12-01 起隐私政策有变" in kiosk.page.locator("main").inner_text(), "the change")


def test_without_a_connection_the_policy_cannot_be_shown_and_that_is_said(kiosk: Kiosk) -> None:
    kiosk.says["/policy"] = OFFLINE
    kiosk.press("隐私政策").until("no_connection")


def test_a_notice_read_again_begins_with_what_has_changed(kiosk: Kiosk) -> None:
    kiosk.says["/scan"] = answer("no_notice", notice=NOTICE | {"changed": both("保存时间变长", "Kept longer")})
    kiosk.scanner().until("notice")
    cards = kiosk.page.locator(".sheet .card")
    assert "自您上次阅读以来的变更" in cards.first.inner_text()
    assert "保存时间变长" in cards.first.inner_text()
    kiosk.page.keyboard.press("Escape")
    kiosk.until("idle")
    kiosk.says["/scan"] = answer("no_notice", notice=NOTICE | {"changed": both("", "")})
    kiosk.scanner().until("notice")
    assert "自您上次阅读" not in kiosk.page.locator("main").inner_text()
