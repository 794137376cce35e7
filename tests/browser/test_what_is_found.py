"""The control: what the other tests here look for is found where it is."""

import pytest
from playwright.sync_api import Browser

from tests.browser.look import COLOUR_RULES, DESKTOP, PHONE, PHONE_DARK, axe, faults, untranslated
from tests.browser.pages import Pages

pytestmark = pytest.mark.browser
SOUND = """<!doctype html><html lang="en"><head><title>Sound</title></head><body><main><h1>Sound</h1>{}</main></body></html>"""
GREY_AT_NIGHT = "<style>p { color: #333 } @media (prefers-color-scheme: dark) { p { background: #222 } }</style><p>Words</p>"
TINY = """<style>a { display: inline-block; width: 9px; height: 9px }</style><div><a href="/a">a</a><a href="/b">b</a></div>"""


@pytest.fixture
def tab(chromium: Browser):  # type: ignore[no-untyped-def]
    context = chromium.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def test_a_sound_page_has_no_fault(tab) -> None:  # type: ignore[no-untyped-def]
    tab.set_content(SOUND.format("<p>Words</p>"))
    assert axe(tab) + faults(tab, "en") + untranslated(tab, "en", ()) == []


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        ('<img src="data:,">', "image-alt"),
        ('<p style="color: #bbb">Words</p>', "color-contrast"),
        (TINY, "target-size"),
        ("<input>", "label"),
        ("<h1>Again</h1>", "2 h1"),
        ('<div style="width: 600px">Words</div>', "scrolls sideways"),
    ],
)
def test_a_broken_rule_is_found(tab, inner: str, rule: str) -> None:  # type: ignore[no-untyped-def]
    PHONE.put_on(tab)
    tab.set_content(SOUND.format(inner))
    assert any(rule in fault for fault in axe(tab) + faults(tab, "en"))


def test_what_is_only_pale_at_night_is_found_at_night(tab) -> None:  # type: ignore[no-untyped-def]
    tab.set_content(SOUND.format(GREY_AT_NIGHT))
    found = {}
    for scene in (DESKTOP, PHONE_DARK):
        scene.put_on(tab)
        found[scene] = axe(tab, COLOUR_RULES)
    assert found[DESKTOP] == []
    assert any("color-contrast" in fault for fault in found[PHONE_DARK])


def test_a_text_in_the_other_language_is_found_unless_it_says_so_or_is_a_name(tab) -> None:  # type: ignore[no-untyped-def]
    tab.set_content(SOUND.format('<p>工单</p><p lang="zh-CN">中文</p><p>魏伟明 is here</p><p title="说明">Words</p>'))
    assert untranslated(tab, "en", ("魏伟明",)) == ["工单", "说明"]
    tab.set_content(SOUND.replace('"en"', '"zh-CN"').format("<p>Sign out</p><p>You were signed out</p><p>PDF</p><p>Kestrel Systems</p>"))
    assert untranslated(tab, "zh-CN", ()) == ["Sign out", "You were signed out"]


def test_every_page_that_a_route_has_is_looked_at_and_only_files_streams_and_redirects_are_not(pages: Pages) -> None:
    """A route that leads nowhere new, or to something that is no page, is listed here by what it answered."""
    assert {told.status for told in pages.skipped.values()} <= {200, 204, 303, 308}
    assert {told.kind for told in pages.skipped.values() if told.status == 200} <= {
        "application/json", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "image/png", "text/calendar", "text/csv",
        "text/event-stream", "text/plain", "application/zip",
    }  # fmt: skip
    assert all(page.status < 500 for page in pages.found)
