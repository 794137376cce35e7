"""The desk in a real browser: it keeps itself up to date and leaves alone what somebody is doing; every act works without scripts too."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from access_log.models import Staff
from access_log.policy.codes import EventType
from access_log.services import calls
from tests.web.conftest import Web
from tests.web.desk import SOON, WEI, at_the_door, expected, looks, of_type, on_site
from tests.web.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def running(web: Web) -> Iterator[Running]:
    server = Running(web)
    yield server
    server.end()


@pytest.fixture
def opened(chromium: Browser, running: Running) -> Iterator[Callable[..., Page]]:
    """Opens a page of the console for somebody signed in. Afterwards: no script has failed, no policy was broken."""
    trouble: list[str] = []
    contexts = []

    def go(who: Staff, path: str = "/desk", *, csrf: list[str] | None = None, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en", **options)
        contexts.append(context)
        browser = running.web.as_(who)
        if csrf is not None:
            csrf.append(browser.csrf)
        token = browser.client.cookies.get("__Host-console") or ""
        context.add_cookies([{"name": "__Host-console", "value": token, "url": f"https://127.0.0.1:{running.port}/", "secure": True}])
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda line: trouble.append(line.text) if "Security Policy" in line.text or "Trusted" in line.text else None)
        page.goto(f"http://127.0.0.1:{running.port}/console{path}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert trouble == []


def test_who_arrives_appears_by_itself_and_nothing_that_is_done_is_disturbed(
    web: Web, running: Running, opened: Callable[..., Page]
) -> None:
    on_site(web)
    page = opened(web.cast.mei)
    expect(page.locator("#live")).to_contain_text("Live")
    page.locator("#f-wanted").press_sequentially("half typ")
    page.locator("#inside a.button").focus()
    visit = at_the_door(web, web.cast.ana)
    running.state.live.publish(web.cast.site.id or 0)
    expect(page.locator("#needs .check")).to_contain_text("A. Ñ**")
    expect(page.locator("#news")).to_have_text("Somebody waits for a check")
    expect(page).to_have_title("(1) Desk")
    expect(page.locator("#f-wanted")).to_have_value("half typ")
    web.as_(web.cast.mei).post(f"/checks/{visit.id}/answer", {"verdict": "admit", "badge": "V08"})
    running.state.live.publish(web.cast.site.id or 0)
    expect(page.locator("#inside tbody tr")).to_have_count(2)
    expect(page.locator("#inside tbody tr:has-text('V07') a.button")).to_be_focused()


def test_one_key_each_from_the_call_to_the_badge(web: Web, opened: Callable[..., Page]) -> None:
    with web.db() as session:
        calls.call(session, kiosk=web.cast.kiosk, nonce="c", visit_id=None, outcome=None, now=SOON)
    at_the_door(web)
    page = opened(web.cast.mei)
    page.keyboard.press("a")
    expect(page.locator(".flash")).to_have_text("Call answered.")
    page.keyboard.press("1")
    expect(page.locator(".person")).to_have_text(WEI)
    page.keyboard.type("V07")
    page.keyboard.press("Enter")
    expect(page.locator(".flash")).to_have_text("Admitted.")
    expect(page.locator("#inside")).to_contain_text("V07")
    page.keyboard.press("l")
    expect(page.locator("h1")).to_have_text("The desk is locked")


def test_a_key_is_a_letter_while_somebody_types_and_nothing_once_switched_off(web: Web, opened: Callable[..., Page]) -> None:
    at_the_door(web)
    page = opened(web.cast.mei)
    page.keyboard.press("f")
    page.keyboard.type("1d")
    expect(page.locator("#f-wanted")).to_have_value("1d")
    page.keyboard.press("Escape")
    expect(page.locator("#f-wanted")).not_to_be_focused()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.keyboard.press("1")
    page.keyboard.press("m")
    expect(page).to_have_title("(1) Desk")
    assert looks(web) == []
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.locator("body").press("m")
    expect(page).to_have_title("Find a visit")


def test_the_desk_says_when_it_is_cut_off(web: Web, running: Running, opened: Callable[..., Page]) -> None:
    page = opened(web.cast.mei)
    expect(page.locator("#live")).to_contain_text("Live")
    running.stop()
    expect(page.locator("#live")).to_contain_text("Not connected since 12:00")


def test_ten_idle_minutes_lock_the_desk_by_themselves(web: Web, opened: Callable[..., Page]) -> None:
    page = opened(web.cast.mei, "/find")
    page.clock.install()
    page.reload()
    page.clock.fast_forward("09:00")
    expect(page).to_have_title("Find a visit")
    page.clock.fast_forward("01:30")
    expect(page.locator("h1")).to_have_text("The desk is locked")


def test_an_opened_name_does_not_stay_on_an_unwatched_screen(web: Web, opened: Callable[..., Page]) -> None:
    at_the_door(web)
    page = opened(web.cast.mei)
    page.clock.install()
    page.keyboard.press("1")
    expect(page.locator(".person")).to_have_text(WEI)
    page.clock.fast_forward("02:50")
    expect(page.locator(".person")).to_have_text(WEI)
    page.clock.fast_forward("00:20")
    expect(page).to_have_title("(1) Desk")


def test_a_desk_locked_from_another_window_leads_to_the_lock(web: Web, running: Running, opened: Callable[..., Page]) -> None:
    csrf: list[str] = []
    page = opened(web.cast.mei, csrf=csrf)
    expect(page.locator("#live")).to_contain_text("Live")
    answer = page.request.post(f"http://127.0.0.1:{running.port}/console/lock", form={"csrf": csrf[0]}, max_redirects=0)
    assert answer.status == 303
    running.state.live.publish(web.cast.site.id or 0)
    expect(page.locator("h1")).to_have_text("The desk is locked")


def test_everything_works_without_scripts(web: Web, opened: Callable[..., Page]) -> None:
    at_the_door(web)
    expected(web, web.cast.ana)
    page = opened(web.cast.mei, java_script_enabled=False)
    page.get_by_role("button", name="Check identity").click()
    page.get_by_label("Badge number").fill("V07")
    page.keyboard.press("Enter")
    expect(page.locator(".flash")).to_have_text("Admitted.")
    page.locator("#inside a.button").click()
    page.get_by_label("They forgot to scan").check()
    page.get_by_label("Seen by the guard").check()
    page.get_by_label("Badge V07 is back").check()
    page.get_by_role("button", name="Record the exit").click()
    expect(page.locator(".flash")).to_have_text("The exit has been recorded.")
    page.locator("#f-wanted").fill("lucía")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("table")).to_contain_text("Ana Lucía Ñúñez")
    page.get_by_role("link", name="Hand over").click()
    page.get_by_label("Staff number").fill("1001")
    page.get_by_label("PIN").fill("482915")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Desk")
    assert len(of_type(web, EventType.EXIT_RECORDED)) == 1


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)])
def test_no_page_is_wider_than_its_window_and_every_target_is_large_enough(
    web: Web, opened: Callable[..., Page], size: tuple[int, int]
) -> None:
    on_site(web)
    waiting = at_the_door(web, web.cast.ana)
    (coming,) = expected(web, web.cast.wei, hours=9)
    for language in ("zh-CN", "en"):
        page = opened(web.cast.mei, f"/desk?lang={language}")
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for path in ("/desk", "/find", f"/by-hand/{waiting.id}", f"/by-hand/{coming.id}", "/switch", "/pin"):
            page.goto(page.url.split("/console")[0] + f"/console{path}?lang={language}")
            wide = page.evaluate(
                """document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
                .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 200))"""
            )
            assert wide == [], path
            small = page.evaluate(
                """[...document.querySelectorAll("a[href], button, select, input:not([type=hidden])")]
                .filter((one) => one.getClientRects().length && !one.closest("p, label") && !one.matches(".skip"))
                .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""
            )
            assert small == [], path
