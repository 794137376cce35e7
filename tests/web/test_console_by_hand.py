"""Entries and exits by hand: a reason, how it is known, a time somebody can have seen; what was typed is kept."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from access_log.models import Presence, Subject, VisitArea
from access_log.policy.codes import Active, EventType, HowKnown, RevealPurpose, VisitState
from access_log.services import notices, vault
from tests.cast import as_staff, requested
from tests.moments import NOON
from tests.web.conftest import Web
from tests.web.desk import WEI, again, at_the_door, by_staff, expected, looks, of_type, on_site, page, value_of

ENTRY = {"reason": "kiosk_down", "known": "guard_saw", "at": "2026-11-24T11:40", "document": "passport", "badge": "", "checked": "yes"}
EXIT = {"reason": "forgot_to_scan", "known": "guard_saw", "at": "2026-11-24T12:30"}
"""Times as a guard in Shanghai writes them."""
LATER = NOON + timedelta(minutes=45)


def presences(web: Web) -> list[Presence]:
    with web.db() as session:
        return list(session.exec(select(Presence)).all())


def utc(hour: int, minute: int) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


def test_an_entry_by_hand_is_recorded_as_it_was_written(web: Web) -> None:
    (visit,) = expected(web)
    mei = web.as_(web.cast.mei)
    assert "Record an entry by hand" in page(mei, f"/by-hand/{visit.id}")
    answer = mei.post(f"/by-hand/{visit.id}/entry", ENTRY | {"badge": "V11"})
    assert "The entry has been recorded." in mei.follow(answer).text
    (made,) = presences(web)
    assert (made.entered_at, made.entered_known, made.visit_id) == (utc(3, 40), HowKnown.GUARD_SAW, visit.id)
    (entry,) = of_type(web, EventType.ENTRY_GRANTED)
    assert entry.detail == {"reason": "kiosk_down", "at": "2026-11-24T03:40:00+00:00"}
    (attested,) = by_staff(web, EventType.IDENTITY_ATTESTED)
    assert attested.detail["document"] == "passport"
    assert again(web, visit).badge == "V11"


def test_an_exit_by_hand_is_recorded_and_the_badge_with_it(web: Web) -> None:
    visit = on_site(web)
    web.clock.now = LATER
    mei = web.as_(web.cast.mei)
    assert "Badge V07 is back" in page(mei, f"/by-hand/{visit.id}")
    answer = mei.post(f"/by-hand/{visit.id}/exit", EXIT | {"badge_back": "yes"})
    assert "The exit has been recorded." in mei.follow(answer).text
    (closed,) = presences(web)
    assert (closed.left_at, closed.left_known, closed.person_id) == (utc(4, 30), HowKnown.GUARD_SAW, None)
    assert again(web, visit).badge_returned_at == LATER


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-24T12:50", "This time is still to come."),
        ("2026-11-23T12:00", "At most 24 hours ago."),
        ("2026-11-24T11:00", "This is before the entry."),
        ("", "Please fill this in."),
        ("yesterday", "Please enter a date and time."),
        ("0001-01-01T00:00", "At most 24 hours ago."),
        ("9999-12-31T23:59", "This time is still to come."),
    ],
)
def test_a_time_nobody_can_have_seen_is_refused_and_what_was_written_is_kept(web: Web, at: str, said: str) -> None:
    visit = on_site(web)
    web.clock.now = LATER
    answer = web.as_(web.cast.mei).post(f"/by-hand/{visit.id}/exit", EXIT | {"at": at, "badge_back": "yes"})
    assert (answer.status_code, said in answer.text) == (422, True)
    kept = [value_of(answer.text, name) for name in ("reason", "known", "at", "badge_back")]
    assert kept == ["forgot_to_scan", "guard_saw", at, "yes"]
    assert [one.left_at for one in presences(web)] == [None]


@pytest.mark.parametrize("missing", ["reason", "known"])
def test_why_and_how_it_is_known_must_be_said(web: Web, missing: str) -> None:
    visit = on_site(web)
    web.clock.now = LATER
    for given in ("", "unlikely", "not_found" if missing == "reason" else "scan"):
        form = EXIT | {missing: given}
        answer = web.as_(web.cast.mei).post(f"/by-hand/{visit.id}/exit", form)
        expected_status = 303 if given == "not_found" else 422
        assert answer.status_code == expected_status, given


def test_an_exit_nobody_saw_closes_without_a_time_after_one_more_question(web: Web) -> None:
    visit = on_site(web)
    web.clock.now = LATER
    mei = web.as_(web.cast.mei)
    form = {"reason": "not_found", "known": "unknown", "at": ""}
    asked = mei.post(f"/by-hand/{visit.id}/exit", form)
    assert (asked.status_code, "without an exit time" in asked.text) == (422, True)
    assert again(web, visit).state is VisitState.ADMITTED
    answer = mei.post(f"/by-hand/{visit.id}/exit", form | {"sure": "yes"})
    assert "None was invented." in mei.follow(answer).text
    assert again(web, visit).state is VisitState.CLOSED_UNKNOWN
    assert of_type(web, EventType.EXIT_RECORDED) == []


def test_nobody_comes_in_by_hand_unchecked(web: Web) -> None:
    (visit,) = expected(web)
    answer = web.as_(web.cast.mei).post(f"/by-hand/{visit.id}/entry", ENTRY | {"checked": ""})
    assert (answer.status_code, "Nobody comes in without an identity check." in answer.text) == (422, True)
    assert value_of(answer.text, "document") == "passport"
    assert presences(web) == []


def test_the_name_for_that_check_is_a_recorded_look(web: Web) -> None:
    (visit,) = expected(web)
    mei = web.as_(web.cast.mei)
    assert WEI not in page(mei, f"/by-hand/{visit.id}")
    assert mei.get(f"/by-hand/{visit.id}/name").headers["location"] == f"/console/by-hand/{visit.id}"
    assert looks(web) == []
    assert WEI in mei.post(f"/by-hand/{visit.id}/name").text
    (look,) = looks(web)
    assert (look.subject_id, look.detail["purpose"]) == (visit.subject_id, RevealPurpose.IDENTITY_CHECK)


def test_only_who_is_late_may_be_reached_and_that_is_a_recorded_look(web: Web) -> None:
    visit = on_site(web)
    mei = web.as_(web.cast.mei)
    assert mei.post(f"/by-hand/{visit.id}/reach").status_code == 409
    known = len(looks(web))
    web.clock.now = NOON + timedelta(hours=9)
    mei = web.as_(web.cast.mei)
    assert "Show how to reach them" in page(mei, f"/by-hand/{visit.id}")
    assert "wei@nimbus.example" in mei.post(f"/by-hand/{visit.id}/reach").text
    look = looks(web)[-1]
    assert (len(looks(web)), look.detail["purpose"]) == (known + 1, RevealPurpose.OVERSTAY_CONTACT)
    assert look.detail["items"] == ["name", "contact"]


def test_what_the_door_would_have_refused_is_asked_once_more_and_marked(web: Web) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        customer = session.merge(web.cast.nimbus)
        customer.state = Active.SUSPENDED
    mei = web.as_(web.cast.mei)
    asked = mei.post(f"/by-hand/{visit.id}/entry", ENTRY)
    assert (asked.status_code, "Refused: the customer is suspended" in asked.text) == (422, True)
    assert presences(web) == []
    assert mei.post(f"/by-hand/{visit.id}/entry", ENTRY | {"sure": "yes"}).status_code == 303
    (entry,) = of_type(web, EventType.ENTRY_GRANTED)
    assert entry.detail["against"] == "customer_suspended"
    assert "although the door would have said: Refused: the customer is suspended" in page(web.as_(web.cast.rui), "/events")


def test_an_unread_notice_is_handed_over_on_paper_first(web: Web) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        row = session.merge(visit)
        row.notice_read_at = row.notice_version = None
        notices.publish_default(session, site_id=row.site_id, now=NOON)
    mei = web.as_(web.cast.mei)
    refused = mei.post(f"/by-hand/{visit.id}/entry", ENTRY)
    assert (refused.status_code, "have not read the privacy notice" in refused.text) == (422, True)
    assert of_type(web, EventType.ENTRY_GRANTED, EventType.NOTICE_SHOWN) == [], "nothing is half-done"
    assert mei.post(f"/by-hand/{visit.id}/entry", ENTRY | {"notice": "yes"}).status_code == 303
    assert again(web, visit).notice_read_at == NOON


def test_where_several_areas_were_asked_for_one_is_chosen(web: Web) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        session.add(VisitArea(visit_id=visit.id, area_id=web.cast.cage.id or 0, site_id=visit.site_id))
    mei = web.as_(web.cast.mei)
    for area in ("", "999"):
        answer = mei.post(f"/by-hand/{visit.id}/entry", ENTRY | {"area": area})
        assert (answer.status_code, 'id="e-area"' in answer.text) == (422, True)
    assert mei.post(f"/by-hand/{visit.id}/entry", ENTRY | {"area": str(web.cast.cage.id)}).status_code == 303
    assert [one.area_id for one in presences(web)] == [web.cast.cage.id]


def test_a_visit_in_another_state_offers_what_can_be_done_and_no_more(web: Web) -> None:
    with web.db() as session:
        (asked,) = requested(session, web.ring, web.cast, web.cast.ana)
    waiting = at_the_door(web)
    mei = web.as_(web.cast.mei)
    assert "still waits for the site&#39;s approval" in page(mei, f"/by-hand/{asked.id}")
    assert f'action="/console/checks/{waiting.id}"' in page(mei, f"/by-hand/{waiting.id}")
    for visit in (asked, waiting):
        assert mei.post(f"/by-hand/{visit.id}/entry", ENTRY).status_code == 409
        assert mei.post(f"/by-hand/{visit.id}/exit", EXIT).status_code == 409
        assert mei.post(f"/by-hand/{visit.id}/name").status_code == 409
    assert (presences(web), looks(web)) == ([], [])


def test_the_second_of_two_guards_who_write_the_same_exit_is_told(web: Web) -> None:
    visit = on_site(web)
    web.clock.now = LATER
    mei = web.as_(web.cast.mei)
    assert mei.post(f"/by-hand/{visit.id}/exit", EXIT).status_code == 303
    late = mei.post(f"/by-hand/{visit.id}/exit", EXIT)
    assert (late.status_code, "Nobody is inside on this visit any more." in late.text) == (409, True)
    assert len(of_type(web, EventType.EXIT_RECORDED)) == 1


def test_the_time_offered_is_now_in_the_sites_zone(web: Web) -> None:
    (visit,) = expected(web)
    assert value_of(page(web.as_(web.cast.mei), f"/by-hand/{visit.id}"), "at") == "2026-11-24T12:00"


def test_an_erased_person_has_no_name_left_to_show(web: Web) -> None:
    (visit,) = expected(web)
    with web.db() as session:
        subject = session.get_one(Subject, visit.subject_id)
        vault.erase_subject(session, subject=subject, reason="test", actor=as_staff(web.cast.pang), now=NOON)
    assert "(name erased)" in web.as_(web.cast.mei).post(f"/by-hand/{visit.id}/name").text
