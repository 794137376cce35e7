"""The administrator sets up the site: settings, areas, doors, kiosks. Each act is recorded; what is refused keeps what was typed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from access_log.models import AccessEvent, Area, Door, Kiosk, RecordEntry, Site
from access_log.policy.codes import Direction, EventType
from access_log.services import kiosks
from tests.web.conftest import Web
from tests.web.pages import beside, ticked, typed

SETTINGS = {
    "name": "浦东机房", "name_en": "Pudong", "zone": "Asia/Tokyo", "guard_phone": "内线 8000", "early_minutes": "60",
    "overstay_minutes": "15", "retention_months": "13",
}  # fmt: skip


def changes(web: Web, kind: EventType = EventType.SITE_CHANGED) -> list[dict[str, Any]]:
    """What was recorded by the administrator, as (event with an entry in the record) details."""
    with web.db() as session:
        found = session.exec(
            select(AccessEvent).where(AccessEvent.type == kind, AccessEvent.actor_id == web.cast.admin.id).order_by(col(AccessEvent.id))
        ).all()
        bodies = [row.body for row in session.exec(select(RecordEntry).order_by(col(RecordEntry.id))).all()]
        assert sum(f'"type":"{kind.value}"'.encode() in body for body in bodies) >= len(found)
        return [event.detail for event in found]


def test_the_settings_change_for_everybody_at_once(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert "12:00" in web.as_(web.cast.admin).get("/admin/customers/1").text  # noon in Shanghai, when everything was made
    answer = admin.post("/admin/site", SETTINGS)
    assert "Saved." in admin.follow(answer).text
    assert "13:00" in admin.get("/admin/customers/1").text  # the same moment in Tokyo
    with web.db() as session:
        site = session.get_one(Site, web.cast.site.id)
        assert (site.name, site.zone, site.early_minutes, site.overstay_minutes) == ("浦东机房", "Asia/Tokyo", 60, 15)
        assert site.retention_months == 13
    assert changes(web) == [{"early": 60, "overstay": 15, "months": 13, "zone": "Asia/Tokyo"}]
    assert admin.post("/admin/site", SETTINGS).status_code == 303
    assert len(changes(web)) == 1  # nothing changed, nothing recorded


WRONG = [
    ("name", "", "Please fill this in."),
    ("name", "x" * 81, "Too long: at most 80 characters."),
    ("zone", "Mars/Olympus", "This cannot be used. Please check it."),
    ("early_minutes", "soon", "Please enter a whole number."),
    ("early_minutes", "-1", "At least 0."),
    ("overstay_minutes", "1441", "At most 1440."),
    ("guard_phone", "1\x00", "This contains characters that cannot be stored. Please type it again."),
    ("guard_phone", "0" * 33, "Too long: at most 32 characters."),
]


def test_a_setting_that_cannot_be_is_refused_beside_its_field(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    for field, value, message in WRONG:
        answer = admin.post("/admin/site", SETTINGS | {field: value})
        assert answer.status_code == 422
        assert beside(answer, field) == message, field
        other = "name_en" if field == "name" else "name"
        assert typed(answer, other) == SETTINGS[other]
        assert ticked(answer, "retention_months") == ["13"]
    assert changes(web) == []


def test_a_period_the_law_of_the_register_does_not_know_is_refused(web: Web) -> None:
    answer = web.as_(web.cast.admin).post("/admin/site", SETTINGS | {"retention_months": "120"})
    assert answer.status_code == 422
    assert "Please choose one of the list." in answer.text


def test_the_list_of_zones_always_holds_the_one_in_use(web: Web) -> None:
    with web.db() as session:
        session.get_one(Site, web.cast.site.id).zone = "Antarctica/Troll"
    page = web.as_(web.cast.admin).get("/admin/site").text
    assert re.search(r'<option value="Antarctica/Troll" selected>', page)
    assert "UTC+08:00" in page


def test_an_area_and_its_door_are_added(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert admin.post("/admin/areas/new", {"code": " M 1 ", "name": "互联间", "name_en": ""}).status_code == 303
    with web.db() as session:
        area = session.exec(select(Area).where(Area.code == "M1")).one()
        assert (area.name, area.name_en, area.closed) == ("互联间", "互联间", False)
    door = {"code": "D3", "name": "三楼门", "name_en": "Third floor", "way": "乘电梯", "way_en": "Take the lift"}
    assert admin.post(f"/admin/areas/{area.id}/doors/new", door).status_code == 303
    page = admin.get("/admin/areas").text
    assert "Third floor" in page
    assert "Take the lift" in page
    assert [set(detail) for detail in changes(web)] == [{"area"}, {"door"}]


@pytest.mark.parametrize("code", ["A1", "a1", ""])
def test_a_code_that_is_taken_or_missing_is_refused_beside_it(web: Web, code: str) -> None:
    answer = web.as_(web.cast.admin).post("/admin/areas/new", {"code": code, "name": "机房"})
    assert answer.status_code == 422
    assert beside(answer, "code") == ("This code is taken already." if code else "Please fill this in.")
    assert typed(answer, "name") == "机房"


def test_an_area_is_closed_and_opened_again(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    hall = f"/admin/areas/{web.cast.hall.id}"
    assert admin.post(hall, {"name": "A1 机房", "name_en": "Hall A1", "closed": "yes"}).status_code == 303
    assert ticked(admin.get(hall), "closed") == ["yes"]
    assert admin.post(hall, {"name": "A1 机房", "name_en": "Hall A1"}).status_code == 303
    with web.db() as session:
        assert not session.get_one(Area, web.cast.hall.id).closed
    assert [detail["closed"] for detail in changes(web)] == [True, False]


def test_the_way_to_a_door_is_told_better(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    facts = {"name": "一楼东门", "name_en": "East door", "way": "大厅左转", "way_en": ""}
    assert admin.post(f"/admin/areas/doors/{web.cast.door.id}", facts).status_code == 303
    with web.db() as session:
        door = session.get_one(Door, web.cast.door.id)
        assert (door.way, door.way_en) == ("大厅左转", "大厅左转")
    answer = admin.post(f"/admin/areas/doors/{web.cast.door.id}", facts | {"way": "x" * 161})
    assert beside(answer, "way") == "Too long: at most 160 characters."
    assert typed(answer, "name_en") == "East door"


def test_a_kiosk_is_added_beside_a_door_of_this_site_only(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    facts = {"code": "K2", "door": str(web.cast.cage_door.id), "direction": "out"}
    assert beside(admin.post("/admin/kiosks/new", facts | {"door": "4711"}), "door") == "Please choose one of the list."
    assert beside(admin.post("/admin/kiosks/new", facts | {"door": str(2**40)}), "door") == f"At most {2**31 - 1}."
    assert beside(admin.post("/admin/kiosks/new", facts | {"code": "k1"}), "code") == "This code is taken already."
    assert beside(admin.post("/admin/kiosks/new", facts | {"direction": "sideways"}), "direction") == "Please choose one of the list."
    assert changes(web) == []
    made = admin.post("/admin/kiosks/new", facts)
    assert "Not enrolled yet" in admin.follow(made).text
    with web.db() as session:
        kiosk = session.exec(select(Kiosk).where(Kiosk.code == "K2")).one()
        assert (kiosk.door_id, kiosk.direction) == (web.cast.cage_door.id, Direction.OUT)


def test_a_kiosk_is_moved(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    moved = {"door": str(web.cast.cage_door.id), "direction": "in"}
    assert admin.post(f"/admin/kiosks/{web.cast.kiosk.id}", moved).status_code == 303
    page = admin.get("/admin/kiosks").text
    assert "West door" in page
    assert "Entry only" in page
    assert changes(web) == [{"kiosk": web.cast.kiosk.id}]


def made_code(page: str) -> str:
    found = re.search(r"<output[^>]*>([0-9A-Z]{5}-[0-9A-Z]{5})</output>", page)
    assert found
    return found[1]


def test_an_enrolment_code_is_shown_once_and_works_once(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/kiosks/{web.cast.kiosk.id}"
    shown = admin.post(f"{place}/code")
    code = made_code(shown.text)
    assert "the device enrolled so far goes on working" in shown.text
    assert "https://testserver/lobby/" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    back = admin.get(f"{place}/code?lang=en")
    assert back.headers["location"] == f"/console{place}?lang=en"
    for page in (place, "/admin/kiosks", "/admin"):
        assert code not in admin.get(page).text
    with web.db() as session:
        kiosks.enrol(session, web.ring, text=code, now=web.clock.now)
    with web.db() as session, pytest.raises(Exception, match="wrong_enrol_code"):
        kiosks.enrol(session, web.ring, text=code, now=web.clock.now)
    assert changes(web) == [{"kiosk": web.cast.kiosk.id, "code": "made"}]
    assert code not in str(changes(web))


def test_a_second_code_kills_the_first(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    codes = [made_code(admin.post(f"/admin/kiosks/{web.cast.kiosk.id}/code").text) for _twice in range(2)]
    assert codes[0] != codes[1]
    with web.db() as session, pytest.raises(Exception, match="wrong_enrol_code"):
        kiosks.enrol(session, web.ring, text=codes[0], now=web.clock.now)


def test_a_kiosk_is_revoked_after_it_was_asked(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    place = f"/admin/kiosks/{web.cast.kiosk.id}"
    assert "Revoke kiosk K1?" in admin.get(f"{place}/revoke").text
    assert "Revoked. The device can no longer register anybody." in admin.follow(admin.post(f"{place}/revoke")).text
    with web.db() as session:
        assert session.get_one(Kiosk, web.cast.kiosk.id).credential_digest is None
    assert len(changes(web, EventType.KIOSK_REVOKED)) == 1


def test_a_silent_kiosk_says_so(web: Web) -> None:
    web.clock.now += timedelta(minutes=3)
    page = web.as_(web.cast.admin).get("/admin/kiosks").text
    assert "Silent" in page
    assert "3 min ago" in page
