"""The kiosk's page in a real browser, without a server: the browser's requests are answered from here."""

import json
import mimetypes
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserType, Page, Route

from kiosk.lobby.face import CSP
from kiosk.lobby.texts import page_texts
from kiosk.web.render import STATIC, environment, text_in

ORIGIN = "https://testserver"
PASS = "7" * 196
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"]
OFFLINE = 0
"""Instead of a status: the line is down."""

Answer = dict[str, Any] | int


def launch(chromium: BrowserType, *more: str) -> Browser:
    return chromium.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, *more])


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh-CN": zh, "en": en}


def answer(outcome: str, **more: Any) -> dict[str, Any]:
    """What the server says to a scan. Long ago, so that no test meets its own day: times of today are told without their date."""
    args = {
        "from": "2001-11-24T06:00:00Z",
        "until": "2001-11-24T10:00:00Z",
        "since": "2001-11-24T00:12:00Z",
        "areas": [both("A1 机房", "Hall A1")],
        "way": None,
        "minutes": 134,
    }
    known = {"outcome": outcome, "direction": "in", "at": "2001-11-24T04:00:00Z", "args": args}
    return known | {"notice": None, "receipt": None, "visit": "ticket", "can_call": True} | more


NOTICE = {
    "token": "ticket",
    "version": "2026-11",
    "title": both("访客告知", "For visitors"),
    "sections": [{"heading": both("我们记录什么", "What we record"), "body": both("姓名。\n不拍照。", "Your name.\nNo photograph.")}],
    "deletion": [{"what": both("姓名", "Name"), "date": "2027-05-24"}],
}
POLICY = {
    "version": "2026-11",
    "since": "2026-11-24",
    "controller": both("上海一号数据中心 · 021-5555 0100", "Shanghai One · 021-5555 0100"),
    "coming": [{"date": "2026-12-01", "changes": both("保存时间变长：手机号", "Kept longer: phone")}],
    "kept": [
        {
            "name": both("来访人姓名", "Name of the visitor"),
            "body": both("在门口核对\n离开后 6 个月 → 删除", "At the door\n6 months after the visit → deleted"),
        }
    ],
    "recipients": [both("您单位", "Your company"), both("国家机关", "A public authority")],
}
RECEIPT = {"held": [{"what": both("姓名", "Name"), "until": "2027-05-24"}]}


class Kiosk:
    """One kiosk's page. `says` maps a path to its answer, or to a list of answers for one request after another."""

    def __init__(self, page: Page, *, base: str = "/lobby") -> None:
        self.page = page
        self.base = base
        self.says: dict[str, Answer | list[Answer]] = {
            "/watch/ticket": {"state": "id_pending"},
            "/call": {"called_at": "2001-11-24T04:00:00Z", "answered": False},
        }
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.record: dict[str, Any] = {}
        self.trouble: list[str] = []
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda line: self.trouble.append(line.text) if "Security Policy" in line.text else None)
        page.route("**/*", self._serve)

    def open(self) -> "Kiosk":
        self.page.goto(f"{ORIGIN}{self.base}/")
        return self.until("idle")

    def _serve(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        elif path == f"{self.base}/":
            route.fulfill(
                body=shell(self.base, self.record), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": CSP}
            )
        else:
            self._answer(route, path.removeprefix(self.base))

    def _answer(self, route: Route, path: str) -> None:
        body = json.loads(route.request.post_data or "{}")
        if route.request.method == "POST":
            self.sent.append((path, body))
        said = self.says.get(path, {"now": datetime.now(UTC).isoformat()} if path == "/ping" else {"answered": False})
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if said == OFFLINE:
            route.abort("internetdisconnected")
        elif isinstance(said, int):
            route.fulfill(status=said, json={"error": "test"})
        else:
            route.fulfill(json=said)

    @property
    def screen(self) -> str:
        return str(self.page.evaluate("document.body.dataset.screen"))

    @property
    def headline(self) -> str:
        return self.page.locator(".headline > span:first-child").inner_text()

    def wait(self, true: Callable[[], bool], what: str, seconds: float = 8) -> None:
        """Poll from here: the page's policy forbids the browser's own waiting (it uses eval)."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what} did not come; the screen is {self.screen}, trouble: {self.trouble}"
            self.page.wait_for_timeout(30)

    def until(self, screen: str) -> "Kiosk":
        self.wait(lambda: self.screen == screen, f"screen {screen}")
        return self

    def scanner(self, digits: str = PASS, end: str = "Enter") -> "Kiosk":
        """A hand scanner: very fast keys. `key` is what an input method makes of them; only `code` tells the truth."""
        self.page.evaluate(
            """([digits, end]) => {
              const press = (code) => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", { code, key: "Process", bubbles: true, cancelable: true }));
              for (const digit of digits) press(`Digit${digit}`);
              press(end);
            }""",
            [digits, end],
        )
        return self

    def scans(self) -> list[dict[str, Any]]:
        return [body for path, body in self.sent if path == "/scan"]

    def press(self, words: str) -> "Kiosk":
        self.page.get_by_role("button", name=words, exact=True).click()
        return self


def shell(base: str, record: dict[str, Any]) -> str:
    """The page as the server renders it."""
    config = {
        "site": {"name": both("上海一号数据中心", "Shanghai One"), "zone": "Asia/Shanghai", "guard_phone": "021-5555 0100"},
        "door": {"name": both("一楼东门", "East door"), "code": "D1"},
        "direction": "both",
        "default_language": "zh-CN",
        "idle_seconds": 45,
        "warn_seconds": 20,
        "csrf": "token",
        "record": {"origin": "", "keys": [], "name": "test", "enrolled": "", "every": 3600} | record,
        "texts": {language: page_texts(partial(text_in, language)) for language in ("zh-CN", "en")},
    }
    return environment("zh-CN").get_template("lobby/shell.html").render(base=base, config=config)
