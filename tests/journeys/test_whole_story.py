"""The main job from end to end on real parts: import, request, approval, letter, notice, pass, camera, guard, exit, tomorrow's report."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Playwright, sync_playwright
from sqlalchemy.engine import URL

from access_log.db import make_engine
from access_log.runtime import open_reports_ring
from reports.run import run_due
from tests.journeys.people import Person, sign_in
from tests.journeys.running import Running, running, wait_for
from tests.lobby_js.stand_in import launch
from tests.lobby_js.test_camera import film

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def screen(kiosk: Person) -> str:
    return str(kiosk.page.evaluate("document.body.dataset.screen"))


def test_the_whole_story(database: URL, tmp_path: Path, playwright: Playwright) -> None:
    with running(database, tmp_path) as site:
        browser = launch(playwright.chromium)
        kiosk = enrolled(Person(browser, site, "kiosk"), site)
        pass_picture = visit_asked_approved_and_read(browser, site)
        digits = zxingcpp.read_barcode(Image.open(io.BytesIO(pass_picture))).text
        assert len(digits) == 196
        camera = launch(playwright.chromium, *film(tmp_path / "pass.mjpeg", digits))
        guard = sign_in(Person(browser, site, "desk"), "console", "1001")
        arrives_and_is_admitted(Person(camera, site, "kiosk", state=kiosk.context.storage_state()), guard)
        camera.close()
        leaves(kiosk, guard, digits)
        report_of_the_day(browser, site)
        guard.leave()
        kiosk.leave()
        browser.close()


def enrolled(kiosk: Person, site: Running) -> Person:
    """The administrator's one-use code turns a browser into the kiosk."""
    kiosk.go("/lobby/").page.fill("[name=code]", site.enrolment)
    kiosk.press("form.enrol button.primary")
    wait_for(lambda: screen(kiosk) in ("idle", "scanning"), "the kiosk's first screen")
    return kiosk.shot("kiosk")


def visit_asked_approved_and_read(browser: object, site: Running) -> bytes:
    """Lin brings in a technician and asks; the administrator approves; the technician reads the notice. Returns the pass as a PNG."""
    lin = sign_in(Person(browser, site, "desk"), "portal", "lin@yunfan.example")  # type: ignore[arg-type]
    lin.go("/portal/roster/import").page.fill("[name=rows]", "姓名\t邮箱\n阿卜杜拉·买买提\tabdulla@yunfan.example\n")
    lin.press("form:has(#f-rows) button").sees("阿卜杜拉·买买提").shot("portal-import")
    lin.press("form[action$='/apply'] button")
    lin.go("/portal/visits/new").page.fill("[name=wanted]", "阿卜杜拉")
    lin.press("button[formaction$='/visits/new/names']")
    lin.page.locator("[name=technicians]").first.check()
    lin.page.locator("[name=window][value=today]").check()
    lin.page.locator("[name=areas]").first.check()
    lin.page.select_option("[name=purpose]", "repair")
    lin.page.fill("[name=work_order]", "WO-5120")
    lin.shot("portal-request", full=True)
    lin.press("[data-main]").shot("portal-visit")
    admin = sign_in(Person(browser, site, "desk"), "console", "9001")  # type: ignore[arg-type]
    admin.go("/console/admin/approvals").shot("approvals")
    admin.press(".order:has-text('WO-5120') button.main")
    link = site.letters.link("abdulla@yunfan.example", "/visit/")
    admin.leave()
    lin.leave()
    visitor = Person(browser, site, "phone")  # type: ignore[arg-type]
    visitor.go(link).press("main form button.main")
    visitor.go("/visit/notice").shot("visitor-notice").press("form[action$='/notice'] button.main")
    visitor.go("/visit/pass").shot("visitor-pass", full=True)
    picture = visitor.context.request.get(f"{site.base}/visit/pass.png").body()
    assert "阿卜杜拉".encode() not in picture
    visitor.leave()
    return picture


def arrives_and_is_admitted(kiosk: Person, guard: Person) -> None:
    """The camera reads the pass; the visitor is sent to the desk; three presses of the guard later the kiosk says yes."""
    kiosk.go("/lobby/")
    wait_for(lambda: screen(kiosk) == "id_pending", "the verdict")
    kiosk.sees("请到保安台核验证件").shot("kiosk-id-pending")
    guard.go("/console/desk").sees("阿*").shot("desk")
    guard.press("form[action*='/checks/'] button").sees("阿卜杜拉·买买提").shot("check")
    guard.page.fill("[name=badge]", "V31")
    guard.page.keyboard.press("Enter")
    wait_for(lambda: screen(kiosk) == "granted", "the green screen")
    kiosk.shot("kiosk-granted").leave()


def leaves(kiosk: Person, guard: Person, digits: str) -> None:
    """By hand scanner, twelve seconds after the entry: sooner it counts as the same scan."""
    kiosk.page.wait_for_timeout(10_500)
    kiosk.go("/lobby/")
    wait_for(lambda: screen(kiosk) in ("idle", "scanning"), "the idle screen")
    wait_for(lambda: _scanned(kiosk, digits), "the exit screen")
    kiosk.sees("已登记离开").shot("kiosk-exited")
    guard.go("/console/desk").sees("V31")


def _scanned(kiosk: Person, digits: str) -> bool:
    """A hand scanner types and presses Enter. On a busy machine digits may come too slowly to be a scanner's: then scan again."""
    kiosk.page.keyboard.type(digits)
    kiosk.page.keyboard.press("Enter")
    kiosk.page.wait_for_timeout(1500)
    return screen(kiosk) == "exited"


def report_of_the_day(browser: object, site: Running) -> None:
    """Tomorrow at noon, by the site's clock, the report of today is there and none later; the reviewer opens and signs it."""
    engine = make_engine(site.settings.url)
    tomorrow = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)).replace(hour=12).astimezone(UTC)
    written, failed = run_due(engine, engine, open_reports_ring(site.settings), lambda: tomorrow)
    engine.dispose()
    assert (written >= 1, failed) == (True, 0)
    reviewer = sign_in(Person(browser, site, "desk"), "console", "2001")  # type: ignore[arg-type]
    reviewer.go("/console/reports").shot("reports")
    reviewer.press("td a")
    listed = reviewer.page.url
    reviewer.page.locator("form[action$='/page']").evaluate("form => form.removeAttribute('target')")  # in this tab, to look at it
    reviewer.press("form[action$='/page'] button").sees("阿**·买**", "WO-5120", "V31").shot("report", full=True)
    assert "阿卜杜拉" not in reviewer.page.content()
    reviewer.go(listed).page.locator("[name=finding][value=none]").check()
    reviewer.press("form[action$='/sign'] button").sees("2001")
    reviewer.leave()
