"""Finding a visit: numbers open no name, a name is a recorded search, and nothing else is shown."""

import pytest

from access_log.crypto.codes import group_code
from access_log.policy.codes import EventType, RevealPurpose
from access_log.services import passes
from tests.web.conftest import Web
from tests.web.desk import WEI, at_the_door, by_staff, expected, guard_of_another_site, looks, on_site, page, value_of


def test_a_number_or_short_code_finds_without_opening_a_name(web: Web) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        live = passes.live_pass(session, visit=visit)
        assert live is not None
        code = group_code(passes.short_code_of(web.ring, live))
    mei = web.as_(web.cast.mei)
    for wanted in ("1001", "1001-1", code, code.lower()):
        html = mei.post("/find", {"wanted": wanted}).text
        assert f'href="/console/by-hand/{visit.id}"' in html
        assert WEI not in html
    assert by_staff(web, EventType.IDENTITY_SEARCHED, EventType.IDENTITY_REVEALED) == []


def test_a_search_by_name_shows_its_hits_and_is_recorded_with_them(web: Web) -> None:
    expected(web, web.cast.wei, web.cast.ana)
    html = web.as_(web.cast.mei).post("/find", {"wanted": "lucía"}).text
    assert "Ana Lucía Ñúñez" in html
    assert WEI not in html
    searched, look = by_staff(web, EventType.IDENTITY_SEARCHED, EventType.IDENTITY_REVEALED)
    assert (searched.actor_id, searched.detail) == (web.cast.mei.id, {"purpose": "search", "among": 2})
    assert look.detail["purpose"] == RevealPurpose.SEARCH
    assert "lucía" not in str(searched.detail)


def test_a_search_that_finds_nobody_is_recorded_too(web: Web) -> None:
    expected(web)
    html = web.as_(web.cast.mei).post("/find", {"wanted": "无此人"}).text
    assert "Nobody found" in html
    assert len(by_staff(web, EventType.IDENTITY_SEARCHED)) == 1
    assert looks(web) == []


@pytest.mark.parametrize("wanted", ["魏", "é"])
def test_one_character_of_a_name_is_too_little(web: Web, wanted: str) -> None:
    expected(web)
    answer = web.as_(web.cast.mei).post("/find", {"wanted": wanted})
    assert (answer.status_code, "At least two characters" in answer.text) == (422, True)
    assert value_of(answer.text, "wanted") == wanted
    assert by_staff(web, EventType.IDENTITY_SEARCHED) == []


def test_nobody_of_another_day_or_already_gone_is_found_by_name(web: Web) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        row = session.merge(visit)
        row.window_from, row.window_until = row.window_from.replace(day=26), row.window_until.replace(day=26)
    assert "Nobody found" in web.as_(web.cast.mei).post("/find", {"wanted": WEI}).text
    assert looks(web) == []


@pytest.mark.parametrize("wanted", ["", "x" * 81, "\x00魏", "魏\u202e伟"])
def test_what_is_no_name_is_refused(web: Web, wanted: str) -> None:
    answer = web.as_(web.cast.mei).post("/find", {"wanted": wanted})
    assert answer.status_code == 422
    assert by_staff(web, EventType.IDENTITY_SEARCHED) == []


@pytest.mark.parametrize("wanted", ["9999", "1001-9", "' or 1=1", "%", "../1001", "0" * 60])
def test_what_is_nobodys_number_finds_nobody(web: Web, wanted: str) -> None:
    expected(web)
    answer = web.as_(web.cast.mei).post("/find", {"wanted": wanted})
    assert answer.status_code in (200, 422)
    assert "/console/by-hand/" not in answer.text


def test_who_waits_is_checked_from_the_list_and_who_is_inside_is_opened(web: Web) -> None:
    inside = on_site(web, web.cast.wei)
    waiting = at_the_door(web, web.cast.ana)
    mei = web.as_(web.cast.mei)
    assert f'action="/console/checks/{waiting.id}"' in mei.post("/find", {"wanted": "1002"}).text
    assert f'href="/console/by-hand/{inside.id}"' in mei.post("/find", {"wanted": "1001"}).text


def test_another_sites_people_are_found_neither_by_number_nor_by_name(web: Web) -> None:
    expected(web)
    elsewhere = guard_of_another_site(web)
    for wanted in ("1001", WEI):
        html = elsewhere.post("/find", {"wanted": wanted}).text
        assert "Nobody found" in html
    (searched,) = by_staff(web, EventType.IDENTITY_SEARCHED)
    assert searched.detail["among"] == 0
    assert looks(web) == []


def test_the_search_of_the_desk_is_the_same(web: Web) -> None:
    html = page(web.as_(web.cast.mei), "/desk")
    assert '<form method="post" action="/console/find"' in html
