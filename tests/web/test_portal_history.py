"""Who of the company is inside and who was: looked at, and taken as a file in which nothing runs and nobody is named unasked."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from access_log.models import Subject, Visit
from access_log.policy.actors import system
from access_log.policy.codes import EventType, HowKnown
from access_log.services import presence, vault
from tests.cast import with_pass
from tests.web.conftest import Web
from tests.web.portal import errors, events, set_rights, text, typed

DAYS = {"first": "2026-11-01", "last": "2026-11-24"}


def enter(web: Web, *people: Any, hours: float = 8) -> list[Visit]:
    """People inside since now."""
    with web.db() as session:
        made = with_pass(session, web.ring, web.cast, *people, now=web.clock.now, hours=hours)
        for visit in made:
            presence.enter(session, visit=visit, area_id=web.cast.hall.id or 0, known=HowKnown.SCAN, at=web.clock.now)
    return made


def leave(web: Web, visit: Visit, known: HowKnown = HowKnown.SCAN) -> None:
    with web.db() as session:
        presence.leave(session, visit=session.get_one(Visit, visit.id), known=known, at=web.clock.now)


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_who_is_inside_shows_until_they_leave_and_longer_than_they_should(web: Web) -> None:
    (visit,) = enter(web, web.cast.wei, hours=2)
    chen = web.as_(web.cast.chen)
    assert "魏*明 Hall A1 since 11-24 12:00" in text(chen.get("/"))
    web.clock.now += timedelta(hours=2, minutes=31)
    lin = web.as_(web.cast.lin)
    assert "魏*明 should have left" in text(lin.get("/"))
    assert "Should have left" in lin.get("/history").text
    leave(web, visit)
    assert "Nobody of your company is inside." in lin.get("/").text
    assert "should have left" not in lin.get("/").text


def test_the_history_shows_entries_exits_and_how_they_are_known(web: Web) -> None:
    wei, ana = enter(web, web.cast.wei, web.cast.ana)
    web.clock.now += timedelta(hours=1, minutes=30)
    leave(web, wei)
    leave(web, ana, HowKnown.UNKNOWN)
    lin = web.as_(web.cast.lin)
    page = text(lin.get("/history"))
    assert "魏*明 Hall A1 Repair WO-4711 11-24 12:00 Scan at the kiosk 11-24 13:30 Scan at the kiosk" in page
    assert "A. Ñ** Hall A1 Repair WO-4711 11-24 12:00 Scan at the kiosk not known" in page
    assert "No entry on these days" in lin.get("/history?first=2026-11-01&last=2026-11-23").text
    assert "魏*明" in lin.get("/history?first=2026-11-24&last=2026-11-24").text


def test_days_that_cannot_be_meant_are_said_beside_the_field(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    backwards = lin.get("/history?first=2026-11-24&last=2026-11-01")
    assert (backwards.status_code, errors(backwards)) == (422, {"last": "The end must be after the beginning."})
    assert (typed(backwards, "first"), typed(backwards, "last")) == ("2026-11-24", "2026-11-01")
    assert errors(lin.get("/history?first=2024-01-01&last=2026-11-01")) == {"last": "At most 366 days."}
    for odd in ("first=yesterday", "last=9999-99-99", "first=0001-01-01", "page=-1"):
        assert lin.get(f"/history?{odd}").status_code == 200, odd


def test_a_day_of_the_history_is_the_sites_day(web: Web) -> None:
    web.clock.now = web.clock.now.replace(hour=15, minute=30)  # 23:30 in Shanghai
    enter(web, web.cast.wei)
    lin = web.as_(web.cast.lin)
    assert "11-24 23:30" in lin.get("/history?first=2026-11-24&last=2026-11-24").text
    assert "No entry on these days" in lin.get("/history?first=2026-11-25&last=2026-11-25").text


def test_a_file_is_masked_and_recorded(web: Web) -> None:
    (visit,) = enter(web, web.cast.wei)
    web.clock.now += timedelta(hours=1)
    leave(web, visit)
    answer = web.as_(web.cast.lin).post("/history/export", DAYS | {"names": "masked"})
    assert answer.headers["content-disposition"] == 'attachment; filename="entries-2026-11-01-2026-11-24.csv"'
    headings, row = rows(answer)
    assert headings[0:2] == ["Visit", "Technician"]
    assert row == [
        "1001-1", "魏*明", "Hall A1", "Repair", "WO-4711", "2026-11-24 12:00", "Scan at the kiosk", "2026-11-24 13:00", "Scan at the kiosk",
    ]  # fmt: skip
    (record,) = events(web, EventType.REPORT_EXPORTED)
    assert (record.actor_id, record.customer_id) == (web.cast.lin.id, web.cast.nimbus.id)
    assert record.detail == {"rows": 1, "names": False} | DAYS
    assert events(web, EventType.IDENTITY_REVEALED) == []


@pytest.mark.clause("1.4.e", "2.2")
def test_names_in_a_file_are_a_recorded_choice(web: Web) -> None:
    (visit,) = enter(web, web.cast.wei)
    answer = web.as_(web.cast.lin).post("/history/export", DAYS | {"names": "names"})
    assert rows(answer)[1][1] == "魏伟明"
    (look,) = events(web, EventType.IDENTITY_REVEALED)
    assert (look.subject_id, look.detail["purpose"]) == (visit.subject_id, "customer_roster")
    assert events(web, EventType.REPORT_EXPORTED)[0].detail["names"] is True


def test_an_exit_nobody_knows_has_no_time_in_the_file(web: Web) -> None:
    (visit,) = enter(web, web.cast.wei)
    web.clock.now += timedelta(hours=1)
    leave(web, visit, HowKnown.UNKNOWN)
    assert rows(web.as_(web.cast.lin).post("/history/export", DAYS))[1][-2:] == ["", "Unknown"]


def test_no_cell_of_the_file_runs_in_a_spreadsheet(web: Web) -> None:
    (visit,) = enter(web, web.cast.wei)
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        row.work_order = "=1+1"  # as an older release might have kept it
        hall = session.merge(web.cast.hall)
        hall.name_en = "@SUM(A1)"
        session.add_all([row, hall])
    row_ = rows(web.as_(web.cast.lin).post("/history/export", DAYS))[1]
    assert (row_[2], row_[4]) == ("'@SUM(A1)", "'=1+1")


def test_a_refused_export_makes_no_file_and_no_record(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for sent in (DAYS | {"last": "2026-10-01"}, DAYS | {"first": "2024-01-01"}, {"first": "", "last": ""}, DAYS | {"names": "everything"}):
        answer = lin.post("/history/export", sent)
        assert (answer.status_code, bool(errors(answer) or "choose one of the list" in text(answer))) == (422, True), sent
    assert events(web, EventType.REPORT_EXPORTED) == []
    assert lin.get("/history/export").headers["location"] == "/portal/history"


def test_the_export_needs_its_right(web: Web) -> None:
    set_rights(web, web.cast.chen, "request", "approve")
    chen = web.as_(web.cast.chen)
    assert chen.get("/history").status_code == 403
    assert chen.post("/history/export", DAYS).status_code == 403


def test_an_erased_person_stays_as_an_entry_without_a_name(web: Web) -> None:
    (visit,) = enter(web, web.cast.wei)
    leave(web, visit)
    with web.db() as session:
        subject = session.get_one(Subject, visit.subject_id)
        vault.erase_subject(session, subject=subject, reason="due", actor=system(visit.site_id), now=web.clock.now)
    lin = web.as_(web.cast.lin)
    assert "erased" in text(lin.get("/history"))
    assert rows(lin.post("/history/export", DAYS | {"names": "names"}))[1][1] == ""
