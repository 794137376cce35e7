"""The notice at the door, the way in and out, and the call for the guard."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from access_log.models import GuardCall, Notice, VaultItem, Visit
from access_log.policy.codes import EventType, HowKnown, Mismatch, VisitState
from access_log.services import calls, passes, presence
from tests.cast import as_staff
from tests.web.conftest import Web
from tests.web.kiosks import Device, attest, code_of, device, ready, second
from tests.web.visitors import again, coming, events_of


@pytest.fixture
def kiosk(web: Web) -> Device:
    """The kiosk of the cast, beside the hall's door."""
    return device(web)


def unread(web: Web, kiosk: Device) -> tuple[Visit, Any]:
    visit = coming(web)[0]
    answer = kiosk.verdict(code_of(web, visit))
    assert answer["outcome"] == "no_notice"
    return visit, answer["notice"]


def say(kiosk: Device, token: str, answer: str, nonce: str = "") -> Any:
    return kiosk.post("/notice", {"nonce": nonce or str(uuid4()), "token": token, "answer": answer}, **{"accept-language": "zh-CN"})


def test_an_unread_notice_is_shown_whole_in_both_languages_with_the_visits_dates(web: Web, kiosk: Device) -> None:
    _visit, notice = unread(web, kiosk)
    shown = json.dumps(notice, ensure_ascii=False)
    with web.db() as session:
        for published in session.exec(select(Notice)).all():
            for line in filter(None, (line.strip("# ") for line in published.body.splitlines())):
                assert line in shown
    assert [row["date"] for row in notice["deletion"]] == ["2026-11-25", "2026-12-24", "2027-05-24", "2029-11-24"]


def test_reading_it_at_the_door_goes_on_to_the_guard_and_is_recorded(web: Web, kiosk: Device) -> None:
    visit, notice = unread(web, kiosk)
    answer = say(kiosk, notice["token"], "read").json()
    assert answer["outcome"] == "id_pending"
    [event] = events_of(web, EventType.NOTICE_SHOWN)
    assert (event.detail["where"], event.detail["version"]) == ("kiosk", "default-1")
    with web.db() as session:
        hashes = {base64.b64encode(notice.sha256).decode().rstrip("=") for notice in session.exec(select(Notice)).all()}
    assert event.detail["sha256"] in hashes
    assert again(web, visit).state is VisitState.ID_PENDING


@pytest.mark.parametrize(("answer", "outcome"), [("decline", "no_notice"), ("minor", "minor")])
def test_a_no_at_the_door_erases_at_once(web: Web, kiosk: Device, answer: str, outcome: str) -> None:
    visit, notice = unread(web, kiosk)
    said = say(kiosk, notice["token"], answer).json()
    assert (said["outcome"], said["visit"], said["notice"]) == (outcome, None, None)
    with web.db() as session:
        assert session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id)).all() == []
    assert say(kiosk, notice["token"], "read").status_code in (404, 409), "there is nothing to go on with"


@pytest.mark.parametrize("answer", ["decline", "minor"])
def test_nobody_who_is_inside_can_be_erased_from_the_door(web: Web, kiosk: Device, answer: str) -> None:
    visit, notice = unread(web, kiosk)
    with web.db() as session:
        row = session.get_one(Visit, visit.id)
        presence.enter(session, visit=row, area_id=web.cast.hall.id or 0, known=HowKnown.GUARD_SAW, at=web.clock.now)
    assert say(kiosk, notice["token"], answer).status_code == 409
    assert again(web, visit).state is VisitState.ADMITTED
    with web.db() as session:
        assert session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id)).all()


@pytest.mark.parametrize("forge", ["", "x", "a.b.c", "{id}.1.aa", "{token}0", "{old}"])
def test_a_ticket_cannot_be_made_up_and_does_not_last(web: Web, kiosk: Device, forge: str) -> None:
    visit, notice = unread(web, kiosk)
    token = forge.format(id=visit.id.hex, token=notice["token"], old=notice["token"])
    if forge == "{old}":
        web.clock.now += timedelta(minutes=21)
    assert say(kiosk, token, "minor").status_code == 404
    assert kiosk.get(f"/watch/{token or '-'}").status_code == 404
    assert again(web, visit).erased_at is None


def test_a_ticket_of_one_kiosk_is_none_for_another(web: Web, kiosk: Device) -> None:
    visit, notice = unread(web, kiosk)
    assert say(second(web), notice["token"], "minor").status_code == 404
    assert again(web, visit).erased_at is None


def test_the_waiting_screen_turns_when_the_guard_has_looked(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    ticket = kiosk.verdict(code)["visit"]
    assert kiosk.get(f"/watch/{ticket}").json() == {"state": "id_pending"}
    attest(web, visit)
    assert kiosk.get(f"/watch/{ticket}").json() == {"state": "admitted"}


@pytest.mark.parametrize(("mismatch", "of_age"), [(Mismatch.OTHER_PERSON, True), (None, False)])
def test_who_was_not_admitted_is_told_so_and_no_more(web: Web, kiosk: Device, mismatch: Mismatch | None, of_age: bool) -> None:
    visit, code = ready(web)
    ticket = kiosk.verdict(code)["visit"]
    attest(web, visit, mismatch, of_age=of_age)
    assert kiosk.get(f"/watch/{ticket}").json() == {"state": "turned_away"}


def test_the_exit_is_registered_and_the_receipt_shown(web: Web, kiosk: Device) -> None:
    visit, code = ready(web)
    kiosk.verdict(code)
    attest(web, visit)
    web.clock.now += timedelta(minutes=134)
    answer = kiosk.verdict(code)
    assert (answer["outcome"], answer["direction"], answer["args"]["minutes"]) == ("exited", "out", 134)
    held = {row["what"]["en"]: row["until"] for row in answer["receipt"]["held"]}
    assert held == {
        "Mail and phone": "2026-11-25",
        "Type of the document shown": "2026-12-24",
        "Name": "2027-05-24",
        "Entry and exit times without your name": "2029-11-24",
    }
    assert again(web, visit).left_at == web.clock.now


@pytest.mark.parametrize("trouble", ["late", "revoked", "cancelled area"])
def test_an_exit_is_never_refused(web: Web, kiosk: Device, trouble: str) -> None:
    visit, code = ready(web)
    kiosk.verdict(code)
    attest(web, visit)
    web.clock.now += timedelta(hours=9 if trouble == "late" else 1)
    with web.db() as session:
        if trouble == "revoked":
            passes.revoke(session, visit=session.get_one(Visit, visit.id), actor=as_staff(web.cast.admin), reason="lost", now=web.clock.now)
        if trouble == "cancelled area":
            area = session.get_one(type(web.cast.hall), web.cast.hall.id)
            area.closed = True
            session.add(area)
    assert kiosk.verdict(code)["outcome"] == ("overstay_exit" if trouble == "late" else "exited")
    assert again(web, visit).state is VisitState.EXITED


def test_a_call_rings_once_and_shows_when_it_is_answered(web: Web, kiosk: Device) -> None:
    _visit, code = ready(web)
    ticket = kiosk.verdict(code)["visit"]
    nonce = str(uuid4())
    body = {"nonce": nonce, "visit": ticket, "outcome": "id_pending"}
    for _ in range(3):
        assert kiosk.post("/call", body).json() == {"called_at": "2026-11-24T04:00:00Z", "answered": False}
    assert kiosk.get(f"/call/{nonce}").json() == {"answered": False}
    with web.db() as session:
        [ringing] = session.exec(select(GuardCall)).all()
        calls.answer(session, call_id=ringing.id or 0, guard=as_staff(web.cast.mei), now=web.clock.now)
    assert kiosk.get(f"/call/{nonce}").json() == {"answered": True}
    assert len(events_of(web, EventType.GUARD_CALLED)) == 1


def test_a_call_needs_no_visit_and_an_unknown_outcome_is_left_out(web: Web, kiosk: Device) -> None:
    answer = kiosk.post("/call", {"nonce": str(uuid4()), "visit": None, "outcome": "something of tomorrow"})
    assert answer.status_code == 200
    with web.db() as session:
        [ringing] = session.exec(select(GuardCall)).all()
    assert (ringing.visit_id, ringing.outcome) == (None, None)


def test_a_call_nobody_made_is_not_found(web: Web, kiosk: Device) -> None:
    assert kiosk.get(f"/call/{uuid4()}").status_code == 404
    assert kiosk.get("/call/x").status_code == 404
    forged = kiosk.post("/call", {"nonce": str(uuid4()), "visit": "forged"})
    assert forged.status_code == 404
