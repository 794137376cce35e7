"""Technicians with their links, for the tests of the visitor's page."""

import re
from typing import Any

from sqlmodel import col, select

from access_log.models import AccessEvent, Technician, Visit
from access_log.policy.codes import EventType
from access_log.services import notices, visit_making, visits
from tests.cast import as_staff, requested
from tests.web.conftest import Browser, Web

WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 "
    "XWEB/1160117 MMWEBSDK/20240404 MicroMessenger/8.0.49.2600 WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64"
)


def coming(web: Web, *people: Technician, hours: float = 8, publish: bool = True) -> list[Visit]:
    """Approved visits with a live pass, the default notice in force and not yet read."""
    with web.db() as session:
        if publish:
            notices.publish_default(session, site_id=web.cast.site.id or 0, now=web.clock.now)
        made = requested(session, web.ring, web.cast, *people, now=web.clock.now, hours=hours)
        for visit in made:
            visits.approve_for_operator(session, web.ring, visit=visit, staff=as_staff(web.cast.admin), now=web.clock.now)
        return made


def link(web: Web, visit: Visit) -> str:
    """The path in the letter, below the face."""
    return f"/{visit_making.link_of(web.ring, again(web, visit))}"


def again(web: Web, visit: Visit) -> Visit:
    """The visit as the database has it now."""
    with web.db() as session:
        return session.get_one(Visit, visit.id)


def opened(web: Web, visit: Visit, **headers: str) -> Browser:
    """A browser in which the link was opened and its button pressed."""
    browser = web.browser("visitor")
    browser.headers |= headers
    path = link(web, visit)
    page = browser.get(path)
    assert page.status_code == 200, page.text
    answer = browser.post(path)
    assert answer.status_code == 303, answer.text
    browser.csrf = token_in(browser.follow(answer))
    return browser


def token_in(page: Any) -> str:
    """The form token of the session that a page was drawn for."""
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def events_of(web: Web, type_: EventType) -> list[AccessEvent]:
    with web.db() as session:
        return list(session.exec(select(AccessEvent).where(AccessEvent.type == type_).order_by(col(AccessEvent.id))).all())
