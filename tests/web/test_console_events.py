"""What happened, for reviewers, privacy officer and auditor: masked, by day and kind, page by page."""

from datetime import timedelta

import pytest

from access_log.policy.codes import EventType, Role
from access_log.services import calls, events
from access_log.services.happened import GROUPS
from kiosk.web.render import word
from tests.moments import NOON
from tests.services.test_scans import scan
from tests.web.conftest import Web
from tests.web.desk import WEI, at_the_door, by_staff, of_type, on_site, page

PEOPLE = {Role.GUARD: "mei", Role.REVIEWER: "rui", Role.PRIVACY_OFFICER: "pang", Role.AUDITOR: "xu", Role.ADMINISTRATOR: "admin"}
MAY = {"/events": {Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR}, "/looks": {Role.PRIVACY_OFFICER, Role.AUDITOR}}


@pytest.mark.parametrize("path", sorted(MAY))
def test_who_may_look_things_up(web: Web, path: str) -> None:
    answers = {role: web.as_(getattr(web.cast, name)).get(path).status_code for role, name in PEOPLE.items()}
    assert {role for role, status in answers.items() if status == 200} == MAY[path]
    assert set(answers.values()) == {200, 403}


def test_events_say_what_who_where_and_how_it_is_known_and_no_name(web: Web) -> None:
    on_site(web)
    html = page(web.as_(web.cast.rui), "/events?group=door")
    for part in (
        "Entry",
        "Arrived at the door",
        "Badge handed out",
        "badge V07",
        "1001-1",
        "云帆网络",
        "D1",
        "Staff 1001",
        "Seen by the guard",
    ):
        assert part in html
    assert "伟" not in html


def test_every_look_stands_among_the_looks_with_its_purpose_and_who_looked(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    mei.post(f"/checks/{visit.id}")
    mei.post("/find", {"wanted": "伟明"})
    html = page(web.as_(web.cast.pang), "/looks")
    for part in ("Identity looked at", "Searched by name", "Identity check at the door", "Search by name", "Staff 1001"):
        assert part in html
    assert WEI not in html
    assert "Arrived at the door" not in html


def test_looking_up_events_reveals_nobody_and_records_nothing(web: Web) -> None:
    on_site(web)
    before = len(of_type(web, *EventType))
    for person in (web.cast.rui, web.cast.pang, web.cast.xu):
        page(web.as_(person), "/events")
    assert len(of_type(web, *EventType)) == before


def test_a_day_is_the_sites_day_and_one_goes_to_its_neighbours(web: Web) -> None:
    with web.db() as session:
        calls.call(session, kiosk=web.cast.kiosk, nonce="a", visit_id=None, outcome=None, now=NOON.replace(hour=15, minute=59))
        calls.call(session, kiosk=web.cast.kiosk, nonce="b", visit_id=None, outcome=None, now=NOON.replace(hour=16, minute=1))
    web.clock.now = NOON + timedelta(days=1)
    rui = web.as_(web.cast.rui)
    for day, time, neighbours in (("2026-11-24", "23:59:00", ("2026-11-23", "2026-11-25")), ("2026-11-25", "00:01:00", ("2026-11-24", ""))):
        html = page(rui, f"/events?group=door&day={day}")
        assert html.count("Guard called") == 1
        assert f"{day} {time}" in html
        for neighbour in neighbours:
            assert not neighbour or f"group=door&amp;day={neighbour}" in html
    assert "Day after" not in html, "there is no tomorrow yet"


def test_pages_go_on_where_the_last_one_ended(web: Web) -> None:
    with web.db() as session:
        for number in range(60):
            calls.call(session, kiosk=web.cast.kiosk, nonce=f"c{number}", visit_id=None, outcome=None, now=NOON + timedelta(seconds=number))
    rui = web.as_(web.cast.rui)
    first = page(rui, "/events?group=door")
    older = [event.id for event in of_type(web, EventType.GUARD_CALLED)][10]
    assert first.count("Guard called") == 50
    assert f"group=door&amp;before={older}" in first
    second = page(rui, f"/events?group=door&before={older}")
    assert second.count("Guard called") == 10
    assert "Older" not in second


@pytest.mark.parametrize(
    "query",
    ["day=2026-13-40", "day=9999-12-31", "day=0001-01-01", "group=nothing", "before=-1", "before=" + "9" * 40, "day=&group=&before="],
)
def test_what_cannot_be_a_day_or_a_kind_narrows_nothing(web: Web, query: str) -> None:
    on_site(web)
    assert "Arrived at the door" in page(web.as_(web.cast.rui), f"/events?{query}")


def test_a_day_without_events_says_so(web: Web) -> None:
    assert "Nothing happened here" in page(web.as_(web.cast.rui), "/events?day=2026-01-01")


def test_a_refusal_is_told_by_its_reason(web: Web) -> None:
    visit = at_the_door(web)
    web.as_(web.cast.mei).post(f"/checks/{visit.id}/answer", {"mismatch": "name_differs"})
    with web.db() as session:
        scan(session, web.ring, web.cast, visit, nonce="late", minutes=60 * 9)
    html = page(web.as_(web.cast.rui), "/events?group=door")
    assert "Refused: the document does not match" in html
    assert "Refused: the pass is past its time" in html
    assert "The name differs" in page(web.as_(web.cast.rui), "/events?group=identity")
    assert by_staff(web, EventType.ENTRY_REFUSED)[0].actor_id == web.cast.mei.id


def test_in_chinese_every_code_has_its_words(web: Web) -> None:
    on_site(web)
    html = page(web.as_(web.cast.pang), "/events?lang=zh-CN")
    for part in ("到达门口", "访客证已发放", "身份已核验", "员工 1001", "访客证 V07"):
        assert part in html


@pytest.mark.parametrize("type_", EventType)
def test_every_kind_of_event_has_words_in_both_languages(type_: EventType) -> None:
    assert word("event", type_, "en") != word("event", type_, "zh-CN")


def test_a_page_with_every_kind_of_event_can_be_read(web: Web) -> None:
    with web.db() as session:
        for type_ in EventType:
            events.record(session, type_, site_id=web.cast.site.id or 0, now=web.clock.now)
    for query in ("", *(f"?group={group}" for group in GROUPS)):
        assert web.as_(web.cast.pang).get(f"/events{query}").status_code == 200
