"""What the tests of the guards' desk share: people at the door, and what was recorded of what was pressed."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from sqlmodel import col, select

from access_log.models import AccessEvent, Kiosk, Site, Technician, Visit
from access_log.policy.codes import ActorKind, EventType, Outcome, Role
from tests.cast import Maker, with_pass
from tests.moments import NOON
from tests.services.test_scans import scan
from tests.web.conftest import Browser, Web

WEI = "魏伟明"
SOON = NOON + timedelta(minutes=2)


def expected(web: Web, *people: Technician, hours: float = 8) -> list[Visit]:
    """Visits with a pass whose notice has been read."""
    with web.db() as session:
        return with_pass(session, web.ring, web.cast, *people, hours=hours)


def at_the_door(web: Web, *people: Technician) -> Visit:
    """The first of `people` (Wei) has scanned in and waits for a check."""
    visit = expected(web, *people)[0]
    with web.db() as session:
        assert scan(session, web.ring, web.cast, visit, nonce=visit.id.hex).outcome is Outcome.ID_PENDING
        session.get_one(Kiosk, web.cast.kiosk.id).seen_at = SOON
    web.clock.now = SOON
    return visit


def on_site(web: Web, *people: Technician, badge: str = "V07") -> Visit:
    """Checked and let in by Mei."""
    visit = at_the_door(web, *people)
    mei = web.as_(web.cast.mei)
    assert mei.post(f"/checks/{visit.id}/answer", {"verdict": "admit", "badge": badge}).status_code == 303
    return visit


def guard_of_another_site(web: Web) -> Browser:
    """Signed in at a second site of the same installation."""
    with web.db() as session:
        site = Site(code="BJS2", name="北京二号", name_en="Beijing Two", created_at=NOON)
        session.add(site)
        session.flush()
        guard = Maker(session, web.ring, site.id or 0, NOON).staff("7001", "别处", Role.GUARD)
    return web.as_(guard)


def again(web: Web, visit: Visit) -> Visit:
    """The visit as it is now."""
    with web.db() as session:
        return session.get_one(Visit, visit.id)  # type: ignore[no-any-return]


def by_staff(web: Web, *types: EventType) -> list[AccessEvent]:
    """Events of these types that members of staff caused, in order."""
    with web.db() as session:
        statement = select(AccessEvent).where(col(AccessEvent.type).in_(types), AccessEvent.actor_kind == ActorKind.STAFF)
        return list(session.exec(statement.order_by(col(AccessEvent.id))).all())


def of_type(web: Web, *types: EventType) -> list[AccessEvent]:
    """As `by_staff`, whoever caused them."""
    with web.db() as session:
        return list(session.exec(select(AccessEvent).where(col(AccessEvent.type).in_(types)).order_by(col(AccessEvent.id))).all())


def looks(web: Web) -> list[AccessEvent]:
    """The looks at identities by members of staff."""
    return by_staff(web, EventType.IDENTITY_REVEALED)


def page(browser: Browser, path: str) -> str:
    """A page that is there."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    return str(answer.text)


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, list[str]] = {}
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.open.append(dict(attrs).get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.parts.setdefault(self.open[-1], []).append(data.strip())


def sections(html: str) -> dict[str, str]:
    """The text of a page's sections by their id."""
    seen = _Seen()
    seen.feed(html)
    return {name: " ".join(parts) for name, parts in seen.parts.items()}


def value_of(html: str, name: str) -> Any:
    """What stands in a field of a page."""

    class Fields(HTMLParser):
        found: Any = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            ticked = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if tag == "input" and given.get("name") == name and ticked:
                self.found = given.get("value", "")

    fields = Fields()
    fields.feed(html)
    return fields.found
