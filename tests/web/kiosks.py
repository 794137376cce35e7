"""Enrolled kiosks, for the tests of the lobby's routes."""

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlmodel import col, select

from access_log.models import AccessEvent, Visit
from access_log.policy.attest import Look
from access_log.policy.codes import Direction, DocumentType, Mismatch
from access_log.services import checks, kiosks, passes
from tests.cast import KIOSK_CREDENTIAL, as_staff
from tests.web.conftest import Browser, Web
from tests.web.visitors import coming


@dataclass
class Device:
    """An enrolled kiosk: its browser, and the token that stands in its page."""

    browser: Browser
    token: str

    def post(self, path: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"accept": "application/json", "content-type": "application/json", "x-csrf": self.token.encode("latin-1")} | headers
        return self.browser.client.post(self.browser.prefix + path, content=content, headers=sent, follow_redirects=False)

    def get(self, path: str) -> Any:
        sent = {"accept": "application/json", "x-csrf": self.token.encode("latin-1")}
        return self.browser.client.get(self.browser.prefix + path, headers=sent, follow_redirects=False)

    def scan(self, text: str, how: str = "scanner", nonce: str = "") -> Any:
        return self.post("/scan", {"nonce": nonce or str(uuid4()), "how": how, "text": text})

    def verdict(self, text: str, how: str = "scanner", nonce: str = "") -> Any:
        answer = self.scan(text, how, nonce)
        assert answer.status_code == 200, answer.text
        return answer.json()


def device(web: Web, credential: str = KIOSK_CREDENTIAL) -> Device:
    browser = web.browser("lobby")
    browser.client.cookies.set("__Host-lobby", credential, domain="testserver.local", path="/")
    return Device(browser, config_of(browser.get("/"))["csrf"])


def config_of(page: Any) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="kiosk-config">(.*?)</script>', page.text, re.DOTALL)
    assert found, page.text
    return json.loads(found[1])  # type: ignore[no-any-return]


def code_of(web: Web, visit: Visit) -> str:
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        return passes.token_of(web.ring, live)


def ready(web: Web) -> tuple[Visit, str]:
    """Wei's visit with the notice read, and the digits of the pass."""
    visit = coming(web)[0]
    change(web, visit, notice_read_at=web.clock.now, notice_version="default-1")
    return visit, code_of(web, visit)


def change(web: Web, visit: Visit, **values: Any) -> None:
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def scans(web: Web) -> list[AccessEvent]:
    with web.db() as session:
        return list(session.exec(select(AccessEvent).where(col(AccessEvent.outcome).is_not(None)).order_by(col(AccessEvent.id))).all())


def attest(web: Web, visit: Visit, mismatch: Mismatch | None = None, *, of_age: bool = True) -> None:
    with web.db() as session:
        checks.attest(
            session, web.ring, visit_id=visit.id, look=Look(of_age=of_age, mismatch=mismatch), document=DocumentType.PASSPORT, badge="",
            guard=as_staff(web.cast.mei), now=web.clock.now,
        )  # fmt: skip


def second(web: Web) -> Device:
    """Another kiosk beside the same door."""
    browser = web.browser("lobby")
    with web.db() as session:
        made = kiosks.add(
            session, site_id=web.cast.site.id or 0, door_id=web.cast.door.id or 0, code="K2", direction=Direction.BOTH,
            actor=as_staff(web.cast.admin), now=web.clock.now,
        )  # fmt: skip
        code = kiosks.enrol_code(session, web.ring, kiosk=made, now=web.clock.now)
    browser.post("/enrol", {"code": code})
    return Device(browser, config_of(browser.get("/"))["csrf"])
