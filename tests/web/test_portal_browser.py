"""The portal in a real browser: it keeps itself up to date, its comforts do what they say, and all of it works without them."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from access_log.models import Contact
from access_log.policy.codes import EventType
from tests.web.conftest import Web
from tests.web.portal import all_visits, approve_for_site, ask, events
from tests.web.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def running(web: Web) -> Iterator[Running]:
    server = Running(web)
    yield server
    server.end()


@pytest.fixture
def opened(chromium: Browser, running: Running) -> Iterator[Callable[..., Page]]:
    """Opens a page of the portal for a contact. Afterwards: no script has failed, no policy was broken."""
    trouble: list[str] = []
    contexts = []

    def go(who: Contact, path: str = "/", **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en", **options)
        contexts.append(context)
        token = running.web.as_(who).client.cookies.get("__Host-portal") or ""
        context.add_cookies([{"name": "__Host-portal", "value": token, "url": f"https://127.0.0.1:{running.port}/", "secure": True}])
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda line: trouble.append(line.text) if "Security Policy" in line.text or "Trusted" in line.text else None)
        page.goto(f"http://127.0.0.1:{running.port}/portal{path}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert trouble == []


def told(web: Web, running: Running) -> None:
    """What happened through another process is told to this one."""
    running.state.live.publish(web.cast.site.id or 0, web.cast.nimbus.id or 0)


def test_the_overview_follows_what_happens_and_takes_nothing_out_of_anybodys_hands(
    web: Web, running: Running, opened: Callable[..., Page]
) -> None:
    page = opened(web.cast.lin)
    expect(page.locator("#needs")).to_contain_text("Nothing at the moment.")
    ask(web, web.as_(web.cast.chen))
    told(web, running)
    expect(page.locator("#needs")).to_contain_text("Requests that wait for your approval: 1")
    expect(page.locator(".nav .count")).to_contain_text("1")
    decide = page.locator("#needs a.button")
    decide.focus()
    ask(web, web.as_(web.cast.chen))
    told(web, running)
    expect(page.locator(".nav .count")).to_contain_text("2")
    expect(decide).to_be_focused()


def test_a_visits_page_follows_its_visit_but_a_name_that_was_asked_for_stays(
    web: Web, running: Running, opened: Callable[..., Page]
) -> None:
    (visit,) = ask(web, web.as_(web.cast.lin))
    page, named = opened(web.cast.lin, f"/visits/{visit.id}"), opened(web.cast.lin, f"/visits/{visit.id}")
    named.get_by_role("button", name="Show the name").click()
    expect(named.locator("h1")).to_have_text("魏伟明")
    approve_for_site(web, visit)
    told(web, running)
    expect(page.locator("#visit-head .pill")).to_have_text("Pass issued")
    expect(named.locator("h1")).to_have_text("魏伟明")


def test_the_list_is_filtered_while_typing_and_select_all_takes_what_is_shown(web: Web, opened: Callable[..., Page]) -> None:
    page = opened(web.cast.lin, "/visits/new")
    page.get_by_role("button", name="Show names").click()
    search = page.get_by_label("Search by name")
    search.fill("lucía")
    expect(page.locator("#people .choice:visible")).to_have_count(1)
    page.get_by_role("button", name="Select all").click()
    expect(page.locator("[data-chosen]")).to_have_text("Chosen: 1")
    search.fill("")
    expect(page.locator("#people .choice:visible")).to_have_count(2)
    expect(page.get_by_label("Ana Lucía Ñúñez")).to_be_checked()
    expect(page.get_by_label("魏伟明")).not_to_be_checked()


def test_own_times_show_when_they_are_chosen_and_enter_sends_the_request(web: Web, opened: Callable[..., Page]) -> None:
    page = opened(web.cast.lin, f"/visits/new?who={web.cast.wei.id}")
    expect(page.locator("#f-window_from")).to_be_hidden()
    page.get_by_text("Other times").click()
    page.locator("#f-window_from").fill("2026-11-24T20:00")
    page.get_by_text("Tonight", exact=True).click()
    page.get_by_text("Other times").click()
    expect(page.locator("#f-window_from")).to_have_value("")  # a preset takes back what was typed: nothing is guessed
    page.get_by_text("Tonight", exact=True).click()
    page.get_by_label("Purpose").select_option("repair")
    page.get_by_label("Work order number").fill("WO-7")
    page.get_by_label("Work order number").press("Enter")
    expect(page.locator(".flash")).to_have_text("Your request has been sent.")
    (visit,) = all_visits(web)
    assert visit.work_order == "WO-7"
    assert events(web, EventType.IDENTITY_REVEALED) == []


def test_the_invitation_is_copied_and_the_picture_saved_as_often_as_one_likes(web: Web, opened: Callable[..., Page]) -> None:
    (visit,) = ask(web, web.as_(web.cast.lin))
    approve_for_site(web, visit)
    page = opened(web.cast.lin, f"/visits/{visit.id}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Hand over the pass").click()
    page.get_by_role("button", name="Copy the text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "/visit/" in page.evaluate("navigator.clipboard.readText()")
    for _ in range(2):
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as a picture").click()
        assert saved.value.suggested_filename == "pass-1001-1.png"


def test_everything_works_without_scripts(web: Web, opened: Callable[..., Page]) -> None:
    page = opened(web.cast.lin, "/", java_script_enabled=False)
    page.get_by_role("link", name="Request a visit").first.click()
    page.get_by_label("Search by name").fill("伟明")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("魏伟明").check()
    page.get_by_label("Tonight").check()
    page.get_by_label("Purpose").select_option("cabling")
    page.get_by_role("button", name="Send the request").click()
    expect(page.locator(".flash")).to_have_text("Your request has been sent.")
    (visit,) = all_visits(web)
    approve_for_site(web, visit)
    page.reload()
    page.get_by_role("button", name="Hand over the pass").click()
    expect(page.get_by_label("Text of the invitation")).to_have_value(re.compile("/visit/"))
    page.go_back()
    page.get_by_role("link", name="Cancel the visit").click()
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.locator(".flash")).to_have_text("Cancelled. The pass no longer works.")


WIDE = """document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *")]
.filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 200))"""
SMALL = """[...document.querySelectorAll("a[href], button, select, input:not([type=hidden])")]
.filter((one) => one.getClientRects().length && !one.closest("p, label, li.choice, dd") && !one.matches(".skip"))
.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)])
def test_no_page_is_wider_than_its_window_and_every_target_is_large_enough(
    web: Web, opened: Callable[..., Page], size: tuple[int, int]
) -> None:
    people = [str(web.cast.wei.id), str(web.cast.ana.id)]
    (visit, _other) = ask(web, web.as_(web.cast.lin), technicians=people, work_order="工单-" + "2026-1118/" * 3)
    approve_for_site(web, visit)
    ask(web, web.as_(web.cast.chen), technicians=people)
    paths = (
        "/", "/visits?scope=all", f"/visits/{visit.id}", "/visits/new", f"/visits/{visit.id}/edit", f"/visits/{visit.id}/cancel",
        "/roster", "/roster/new", f"/roster/{web.cast.wei.id}", "/approvals", "/history", "/contacts", "/my-account", "/password",
    )  # fmt: skip
    page = opened(web.cast.lin)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for language in ("zh-CN", "en"):
        for path in paths:
            page.goto(page.url.split("/portal")[0] + f"/portal{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.evaluate(WIDE) == [], path
            assert page.evaluate(SMALL) == [], path
