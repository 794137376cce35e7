"""The pass on the visitor's page: the right code in every state, as a picture without a name, as a valid calendar file."""

import base64
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from access_log.models import Area, Contact, Customer, Site, Visit
from access_log.policy.codes import Active, HowKnown, Refusal, VisitState
from access_log.services import passes, presence, visit_making, visits
from tests.cast import as_contact
from tests.web.conftest import Browser, Web
from tests.web.test_pass_picture import drawn
from tests.web.visitors import again, coming, opened


def digits_of(web: Web, visit: Visit) -> str:
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        return passes.token_of(web.ring, live)


def shown_code(page: Any) -> str | None:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page.text)
    return zxingcpp.read_barcodes(drawn(base64.b64decode(found[1]).decode()))[0].text if found else None


def change(web: Web, visit: Visit, **values: Any) -> None:
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_the_code_on_the_page_is_the_pass_that_is_in_force(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    assert shown_code(browser.get("/pass")) == digits_of(web, visit)
    with web.db() as session:
        visits.reissue(session, web.ring, visit=session.get_one(Visit, visit.id), actor=as_contact(web.cast.lin), now=web.clock.now)
    assert shown_code(opened(web, visit).get("/pass")) == digits_of(web, visit)


def test_the_page_says_what_one_has_to_know(web: Web) -> None:
    page = opened(web, coming(web)[0]).get("/pass").text
    for words in (
        "2026-11-24 11:00 – 20:00",
        "from 09:00",
        "Hall A1",
        "East door",
        "Turn right",
        "1001-1",
        "021-5555 0100",
        "identity document",
    ):
        assert words in page
    assert "魏" not in page, "and no name"


def test_it_speaks_chinese(web: Web) -> None:
    page = opened(web, coming(web)[0], **{"accept-language": "zh-CN"}).get("/pass").text
    for words in ("通行码现在有效", "A1 机房", "一楼东门", "大厅右转", "短码", "加入日历"):
        assert words in page


@pytest.mark.parametrize(
    ("minutes", "words", "has_code"),
    [
        (-181, "It opens from", True),
        (-180, "Your pass is valid now", True),
        (480, "Your pass is valid now", True),
        (481, "The time of this visit is over", False),
    ],
)
def test_the_clock_decides_what_the_pass_is_worth(web: Web, minutes: int, words: str, has_code: bool) -> None:
    """The window is 11:00 to 20:00, and the door opens two hours before it."""
    visit = coming(web)[0]
    web.clock.now += timedelta(minutes=minutes)
    page = opened(web, visit).get("/pass")
    assert words in page.text
    assert (shown_code(page) is not None) is has_code


@pytest.mark.parametrize(
    ("state", "words", "has_code"),
    [
        (VisitState.REQUESTED, "Not approved yet", False),
        (VisitState.ID_PENDING, "You are registered at the door", True),
        (VisitState.NO_SHOW, "The time of this visit is over", False),
        (VisitState.CLOSED_UNKNOWN, "The visit is closed", False),
        (VisitState.CANCELLED, "This visit is cancelled", False),
    ],
)
def test_each_state_is_told_in_words(web: Web, state: VisitState, words: str, has_code: bool) -> None:
    visit = coming(web)[0]
    change(web, visit, state=state)
    page = opened(web, visit).get("/pass")
    assert words in page.text
    assert (shown_code(page) is not None) is has_code


def test_a_refused_visit_names_who_can_mend_it(web: Web) -> None:
    visit = coming(web)[0]
    change(web, visit, state=VisitState.REFUSED, refusal=Refusal.MAINTENANCE)
    assert "can ask for another one" in opened(web, visit).get("/pass").text


def test_from_entry_to_exit_the_pass_stays_until_it_is_of_no_more_use(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        presence.enter(session, visit=row, area_id=web.cast.hall.id or 0, known=HowKnown.SCAN, at=web.clock.now)
    inside = browser.get("/pass")
    assert "On site since" in inside.text
    assert shown_code(inside)
    web.clock.now += timedelta(minutes=70)
    with web.db() as session:
        presence.leave(session, visit=session.get_one(Visit, visit.id), known=HowKnown.SCAN, at=web.clock.now)
    left = browser.get("/pass")
    assert "You may come back until" in left.text
    assert shown_code(left)
    assert 'href="/visit/receipt"' in left.text
    web.clock.now += timedelta(hours=8)
    over = opened(web, visit).get("/pass")
    assert "the pass no longer works" in over.text
    assert shown_code(over) is None


@pytest.mark.parametrize("who", ["customer", "contact"])
def test_a_pass_without_authority_behind_it_is_not_shown_as_good(web: Web, who: str) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        row = session.get_one(Customer, web.cast.nimbus.id) if who == "customer" else session.get_one(Contact, web.cast.lin.id)
        row.state = Active.SUSPENDED
        session.add(row)
    page = opened(web, visit).get("/pass")
    assert "The pass does not work at the moment" in page.text
    assert shown_code(page) is None


def test_a_closed_area_is_said_before_one_sets_out(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        area = session.get_one(Area, web.cast.hall.id)
        area.closed = True
        session.add(area)
    assert "closed at the moment" in opened(web, visit).get("/pass").text


def picture(browser: Browser, path: str = "/pass.png") -> Any:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer


def test_the_picture_reads_back_and_holds_no_name(web: Web) -> None:
    visit = coming(web)[0]
    answer = picture(opened(web, visit))
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/png", "no-store")
    assert answer.headers["content-disposition"] == 'inline; filename="pass-1001-1.png"'
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)))
    assert found.text == digits_of(web, visit)


def test_the_picture_can_be_kept_as_a_file_or_pressed_and_held(web: Web) -> None:
    browser = opened(web, coming(web)[0])
    assert picture(browser, "/pass.png?save=true").headers["content-disposition"].startswith("attachment")
    page = browser.get("/pass/picture").text
    assert 'src="/visit/pass.png"' in page
    assert "Press and hold" in page


@pytest.mark.parametrize("path", ["/pass.png", "/pass.ics", "/pass/picture"])
def test_where_there_is_no_pass_there_is_no_picture_of_it(web: Web, path: str) -> None:
    visit = coming(web)[0]
    change(web, visit, state=VisitState.CANCELLED)
    assert opened(web, visit).get(path).status_code == 404


def calendar_of(browser: Browser) -> dict[str, str]:
    """The file's properties; of repeated ones the first. Checks the form that RFC 5545 asks for."""
    answer = browser.get("/pass.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.content.endswith(b"END:VCALENDAR\r\n")
    lines = answer.content.split(b"\r\n")
    assert b"\n" not in b"".join(lines), "no bare line feeds"
    assert max(map(len, lines)) <= 75, "octets a line"
    for line in lines:
        line.decode()  # never folded within a character
    unfolded = answer.content.decode().replace("\r\n ", "").split("\r\n")
    kinds = [line for line in unfolded if line.startswith(("BEGIN", "END"))]
    assert kinds == ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "BEGIN:VALARM", "END:VALARM", "END:VEVENT", "END:VCALENDAR"]
    found: dict[str, str] = {}
    for line in filter(None, unfolded):
        name, value = line.split(":", 1)
        found.setdefault(name, value)
    return found


def test_the_calendar_file_has_the_right_moments_in_utc(web: Web) -> None:
    found = calendar_of(opened(web, coming(web)[0]))
    assert (found["DTSTART"], found["DTEND"]) == ("20261124T030000Z", "20261124T120000Z"), "11:00 to 20:00 in Shanghai"
    assert found["SUMMARY"] == "Visit to Shanghai One"
    assert found["LOCATION"] == "Shanghai One · East door"
    assert {"VERSION", "PRODID", "UID", "DTSTAMP"} <= found.keys()


def test_the_calendar_file_is_nobodys(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit, **{"accept-language": "zh-CN"})
    found = calendar_of(browser)
    assert found["SUMMARY"] == "上海一号数据中心来访"
    whole = browser.get("/pass.ics").text
    for secret in ("魏", "wei@", str(visit.id), visit.id.hex, visit_making.link_of(web.ring, visit), "WO-4711", "云帆"):
        assert secret not in whole


def test_a_new_pass_replaces_the_entry_in_the_calendar(web: Web) -> None:
    visit = coming(web)[0]
    before = calendar_of(opened(web, visit))
    web.clock.now += timedelta(minutes=5)
    with web.db() as session:
        visits.reissue(session, web.ring, visit=session.get_one(Visit, visit.id), actor=as_contact(web.cast.lin), now=web.clock.now)
    after = calendar_of(opened(web, visit))
    assert before["UID"] == after["UID"]
    assert 0 < int(before["SEQUENCE"]) < int(after["SEQUENCE"]) < 2**31


def test_names_of_places_cannot_break_the_calendar_file(web: Web) -> None:
    visit = coming(web)[0]
    with web.db() as session:
        site = session.get_one(Site, web.cast.site.id)
        site.name_en = "One; Two, Three\\Four " + "𠮷" * 20
        session.add(site)
    found = calendar_of(opened(web, visit))
    assert found["SUMMARY"] == "Visit to One\\; Two\\, Three\\\\Four " + "𠮷" * 20


def test_looking_at_the_pass_changes_nothing(web: Web) -> None:
    visit = coming(web)[0]
    browser = opened(web, visit)
    before = again(web, visit)
    for path in ("/pass", "/pass/picture", "/pass.png", "/pass.ics", "/notice", "/receipt"):
        browser.get(path)
    assert again(web, visit) == before
