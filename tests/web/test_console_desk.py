"""The guards' desk: what needs somebody comes first, names are masked, one press does what it says."""

from datetime import timedelta

import pytest

from access_log.models import GuardCall, Kiosk
from access_log.policy.codes import EventType, Outcome, Role
from access_log.services import calls
from tests.cast import PASSWORD, requested
from tests.moments import NOON
from tests.services.test_scans import scan
from tests.web.conftest import Web
from tests.web.desk import SOON, WEI, again, at_the_door, by_staff, expected, guard_of_another_site, looks, of_type, on_site, page, sections


def test_the_desk_shows_who_waits_is_inside_and_is_expected_masked(web: Web) -> None:
    on_site(web, web.cast.wei)
    at_the_door(web, web.cast.ana)
    expected(web, web.cast.wei, hours=9)
    shown = sections(page(web.as_(web.cast.mei), "/desk"))
    assert "Waits for a check A. Ñ**" in shown["needs"]
    assert "魏" in shown["inside"]
    assert "V07" in shown["inside"]
    assert "魏*明" in shown["expected"]
    assert "云帆网络" in shown["recent"]
    for name in (WEI, "伟", "Lucía"):
        assert name not in "".join(shown.values())


def test_looking_at_the_desk_records_nothing_and_reveals_nobody(web: Web) -> None:
    at_the_door(web)
    mei = web.as_(web.cast.mei)
    before = len(of_type(web, *EventType))
    page(mei, "/desk")
    assert len(of_type(web, *EventType)) == before
    assert looks(web) == []


def test_an_empty_desk_says_so(web: Web) -> None:
    shown = sections(page(web.as_(web.cast.mei), "/desk"))
    assert "Nobody waits, nothing is open." in shown["needs"]
    assert "Nobody is inside." in shown["inside"]


def test_a_request_without_approval_is_told_from_one_with_a_pass(web: Web) -> None:
    expected(web, web.cast.wei)
    with web.db() as session:
        requested(session, web.ring, web.cast, web.cast.ana)
    shown = sections(page(web.as_(web.cast.mei), "/desk"))["expected"]
    assert "Pass issued" in shown
    assert "Waiting for the site's approval" in shown


def test_one_key_answers_the_oldest_call_and_the_kiosk_is_told(web: Web) -> None:
    with web.db() as session:
        first = calls.call(session, kiosk=web.cast.kiosk, nonce="a", visit_id=None, outcome=Outcome.EXPIRED, now=NOON)
        calls.call(session, kiosk=web.cast.kiosk, nonce="b", visit_id=None, outcome=None, now=NOON + timedelta(seconds=5))
    mei = web.as_(web.cast.mei)
    web.clock.now = NOON + timedelta(seconds=40)
    html = page(mei, "/desk")
    assert "Refused: the pass is past its time · 40 s" in sections(html)["needs"]
    assert html.count('data-key="a"') == 1
    answer = mei.post(f"/calls/{first.id}/answer")
    assert "Call answered." in mei.follow(answer).text
    with web.db() as session:
        assert session.get_one(GuardCall, first.id).answered_by == web.cast.mei.id
    (answered,) = by_staff(web, EventType.GUARD_ANSWERED)
    assert answered.detail == {"seconds": 40}


def test_who_should_have_left_stands_there_until_a_guard_ends_it(web: Web) -> None:
    on_site(web)
    web.clock.now = NOON + timedelta(hours=8, minutes=46)
    shown = sections(page(web.as_(web.cast.mei), "/desk"))["needs"]
    assert "Should have left" in shown
    assert "46 min over the time" in shown


def test_a_silent_kiosk_is_told(web: Web) -> None:
    web.clock.now = NOON + timedelta(minutes=3)
    assert "Kiosk silent K1" in sections(page(web.as_(web.cast.mei), "/desk"))["needs"]
    with web.db() as session:
        kiosk = session.get_one(Kiosk, web.cast.kiosk.id)
        kiosk.seen_at = web.clock.now
    assert "Kiosk silent" not in sections(page(web.as_(web.cast.mei), "/desk"))["needs"]


def test_a_badge_that_went_out_is_asked_for_and_comes_back_once(web: Web) -> None:
    visit = on_site(web)
    with web.db() as session:
        assert scan(session, web.ring, web.cast, visit, nonce="out", minutes=30).outcome is Outcome.EXITED
    web.clock.now = NOON + timedelta(minutes=40)
    mei = web.as_(web.cast.mei)
    assert "Badge still out V07" in sections(page(mei, "/desk"))["needs"]
    assert mei.post(f"/badges/{visit.id}/return").status_code == 303
    assert again(web, visit).badge_returned_at == web.clock.now
    assert "Badge still out" not in sections(page(mei, "/desk"))["needs"]
    twice = mei.post(f"/badges/{visit.id}/return")
    assert (twice.status_code, "This badge has been returned already." in twice.text) == (409, True)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.GUARD}))
def test_only_guards_reach_the_desk(web: Web, role: Role) -> None:
    visit = at_the_door(web)
    people = {
        Role.REVIEWER: web.cast.rui,
        Role.PRIVACY_OFFICER: web.cast.pang,
        Role.AUDITOR: web.cast.xu,
        Role.ADMINISTRATOR: web.cast.admin,
    }
    browser = web.as_(people[role])
    for path in ("/desk", "/find", f"/by-hand/{visit.id}", f"/checks/{visit.id}", "/pin", "/awake"):
        assert browser.get(path).status_code == 403
    for path in ("/find", f"/checks/{visit.id}", f"/checks/{visit.id}/answer", f"/by-hand/{visit.id}/name", f"/by-hand/{visit.id}/exit"):
        assert browser.post(path, {"wanted": WEI, "verdict": "admit"}).status_code == 403
    assert looks(web) == []


def test_another_site_is_not_there(web: Web) -> None:
    visit = at_the_door(web)
    elsewhere = guard_of_another_site(web)
    for path in (f"/checks/{visit.id}", f"/checks/{visit.id}/answer", f"/by-hand/{visit.id}/name", f"/badges/{visit.id}/return"):
        assert elsewhere.post(path, {"verdict": "admit"}).status_code == 404
    html = page(elsewhere, "/desk")
    shown = " ".join(sections(html).values())
    assert "Beijing Two" in html
    assert "Nobody waits" in shown
    for part in ("1001-1", "云帆网络", "D1"):
        assert part not in shown
    assert looks(web) == []


def test_the_frame_shows_who_is_signed_in_and_only_their_pages(web: Web) -> None:
    guard, auditor = page(web.as_(web.cast.mei), "/desk"), page(web.as_(web.cast.xu), "/events")
    assert "<b>1001</b> Guard" in guard
    assert 'href="/console/desk" aria-current="page"' in guard
    assert "/console/looks" not in guard
    assert "/console/looks" in auditor
    assert "/console/desk" not in auditor
    assert 'action="/console/lock"' in guard
    assert 'action="/console/lock"' not in auditor


@pytest.mark.parametrize(
    ("who", "home"), [("mei", "/desk"), ("rui", "/reports"), ("pang", "/events"), ("xu", "/events"), ("admin", "/admin")]
)
def test_each_role_lands_on_its_own_page(web: Web, who: str, home: str) -> None:
    answer = web.as_(getattr(web.cast, who)).get("/")
    assert answer.headers["location"] == f"/console{home}"


def test_no_address_or_log_line_of_the_desk_carries_anything_about_a_person(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    with caplog.at_level("INFO"):
        mei.post("/find", {"wanted": WEI})
        mei.post(f"/checks/{visit.id}")
        mei.post(f"/checks/{visit.id}/answer", {"verdict": "admit", "badge": "V07", "document_number": "11010519491231002X"})
    told = " ".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name.startswith(("kiosk", "access_log"))
    )
    assert "POST /checks/{visit_id}/answer" in told
    for secret in (WEI, "魏", "11010519491231002X", PASSWORD, str(visit.id)):
        assert secret not in told


def test_who_did_what_stands_in_the_event(web: Web) -> None:
    on_site(web)
    (entry,) = of_type(web, EventType.ENTRY_GRANTED)
    assert (entry.actor_id, entry.at) == (web.cast.mei.id, SOON)
