"""The identity check: the name for this check only, at most three acts from scan to admitted, a number that is never kept."""

from datetime import timedelta

import pytest
from sqlmodel import select, text

from access_log.models import Presence, RecordEntry, VaultItem, VaultLabel, Visit
from access_log.policy.codes import DocumentType, EventType, Mismatch, Outcome, RevealPurpose, VisitState
from tests.moments import NOON
from tests.services.test_checks import _right
from tests.services.test_scans import scan
from tests.web.conftest import Web
from tests.web.desk import SOON, WEI, again, at_the_door, by_staff, expected, looks, of_type, on_site, page, sections, value_of

OF_AGE = _right("11010519491231002X")
CHILD = _right("110105201012310029")


def test_from_scan_to_admitted_in_two_presses_three_with_a_badge(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    html = page(mei, "/desk")
    assert f'action="/console/checks/{visit.id}"' in html
    check = mei.post(f"/checks/{visit.id}")  # 1: the key 1
    assert (check.status_code, WEI in check.text) == (200, True)
    admitted = mei.post(f"/checks/{visit.id}/answer", sent(check.text) | {"badge": "V07"})  # 2: the badge; 3: Enter
    assert "Admitted." in mei.follow(admitted).text
    with web.db() as session:
        presence = session.exec(select(Presence)).one()
    assert (presence.visit_id, presence.entered_at) == (visit.id, SOON)
    assert again(web, visit).badge == "V07"


def sent(html: str) -> dict[str, str]:
    """What Enter sends from a fresh check: its defaults and its first button."""
    verdict, _mismatch = html.index('value="admit"'), html.index('name="mismatch"')
    assert verdict < html.index('value="minor"')
    assert verdict < _mismatch, "Enter presses the first button of a form"
    return {"document": value_of(html, "document"), "badge": "", "document_number": "", "verdict": "admit"}


def test_the_name_is_shown_by_the_check_alone_and_the_look_is_recorded(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    for path in ("/desk", "/find", f"/by-hand/{visit.id}"):
        assert WEI not in page(mei, path)
    for path in (f"/checks/{visit.id}", f"/checks/{visit.id}/answer"):
        assert mei.get(path).headers["location"] == "/console/desk", "a name is never behind an address"
    assert looks(web) == []
    assert WEI in mei.post(f"/checks/{visit.id}").text
    (look,) = looks(web)
    assert (look.subject_id, look.actor_id, look.detail["purpose"]) == (visit.subject_id, web.cast.mei.id, RevealPurpose.IDENTITY_CHECK)
    assert look.detail["items"] == ["name"]


def test_no_name_for_somebody_who_does_not_wait(web: Web) -> None:
    visit = on_site(web)
    known = len(looks(web))
    answer = web.as_(web.cast.mei).post(f"/checks/{visit.id}")
    assert (answer.status_code, WEI in answer.text) == (409, False)
    assert "Another guard was faster" in answer.text
    assert len(looks(web)) == known


@pytest.mark.parametrize("reason", sorted(Mismatch))
def test_one_press_records_a_mismatch_and_the_pass_stays_valid(web: Web, reason: Mismatch) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    answer = mei.post(f"/checks/{visit.id}/answer", {"document": "passport", "mismatch": reason.value, "badge": ""})
    assert "Recorded. The pass stays valid." in mei.follow(answer).text
    assert again(web, visit).state is VisitState.PASS_ISSUED
    (attested,) = by_staff(web, EventType.IDENTITY_ATTESTED)
    assert attested.detail["why"] == reason
    assert ("document" in attested.detail) is (reason is not Mismatch.NO_DOCUMENT)
    with web.db() as session:
        assert session.exec(select(Presence)).all() == []
        assert scan(session, web.ring, web.cast, visit, nonce="again", minutes=5).outcome is Outcome.ID_PENDING


def test_every_reason_and_every_kind_of_document_is_one_press_away(web: Web) -> None:
    visit = at_the_door(web)
    html = web.as_(web.cast.mei).post(f"/checks/{visit.id}").text
    for reason in Mismatch:
        assert f'name="mismatch" value="{reason.value}"' in html
    for document in DocumentType:
        assert f'name="document" value="{document.value}"' in html


def test_a_verdict_without_a_reason_is_asked_for_one(web: Web) -> None:
    visit = at_the_door(web)
    answer = web.as_(web.cast.mei).post(f"/checks/{visit.id}/answer", {"verdict": "refuse", "badge": "V07"})
    assert answer.status_code == 422
    assert "Choose a reason." in answer.text
    assert value_of(answer.text, "badge") == "V07"
    assert again(web, visit).state is VisitState.ID_PENDING


def test_a_minor_is_erased_after_one_more_question(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    asked = mei.post(f"/checks/{visit.id}/answer", {"verdict": "minor"})
    assert (asked.status_code, "This cannot be undone." in asked.text) == (200, True)
    assert again(web, visit).state is VisitState.ID_PENDING, "nothing has happened yet"
    answer = mei.post(f"/checks/{visit.id}/answer", {"verdict": "minor", "sure": "yes"})
    assert "has been erased" in mei.follow(answer).text
    with web.db() as session:
        for table in (VaultItem, VaultLabel):
            assert session.exec(select(table).where(table.subject_id == visit.subject_id)).all() == []
    (counted,) = of_type(web, EventType.MINOR_TURNED_AWAY)
    assert (counted.visit_id, counted.subject_id, counted.customer_id) == (None, None, None)


def test_a_number_of_somebody_under_age_asks_instead_of_admitting(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    asked = mei.post(f"/checks/{visit.id}/answer", {"verdict": "admit", "document_number": CHILD})
    assert "Under 18: turn away and erase?" in asked.text
    assert CHILD not in asked.text
    assert again(web, visit).state is VisitState.ID_PENDING


def test_a_right_number_of_age_admits_and_is_nowhere_afterwards(web: Web) -> None:
    visit = at_the_door(web)
    answer = web.as_(web.cast.mei).post(f"/checks/{visit.id}/answer", {"verdict": "admit", "document_number": OF_AGE})
    assert answer.status_code == 303
    with web.db() as session:
        bodies = b"".join(session.exec(select(RecordEntry.body)).all())
        rows = session.execute(text("select detail from access_event")).all()
    assert OF_AGE.encode() not in bodies
    assert OF_AGE not in str(rows)


def test_a_number_that_is_none_is_refused_beside_its_field_and_not_shown_again(web: Web) -> None:
    visit = at_the_door(web)
    answer = web.as_(web.cast.mei).post(
        f"/checks/{visit.id}/answer", {"verdict": "admit", "document_number": "110105194912310021", "badge": "V07"}
    )
    assert answer.status_code == 422
    assert "This is not a valid identity number. It was not kept." in answer.text
    assert "110105194912310021" not in answer.text
    assert value_of(answer.text, "badge") == "V07"
    assert again(web, visit).state is VisitState.ID_PENDING


def test_a_badge_that_somebody_wears_is_not_given_twice(web: Web) -> None:
    on_site(web, web.cast.wei, badge="V07")
    ana = at_the_door(web, web.cast.ana)
    mei = web.as_(web.cast.mei)
    answer = mei.post(f"/checks/{ana.id}/answer", {"verdict": "admit", "badge": "V07"})
    assert answer.status_code == 422
    assert "Somebody inside has this badge already." in answer.text
    assert again(web, ana).state is VisitState.ID_PENDING, "nothing is half-done"
    assert len(by_staff(web, EventType.ENTRY_GRANTED)) == 1
    assert mei.post(f"/checks/{ana.id}/answer", {"verdict": "admit", "badge": "V08"}).status_code == 303


def test_who_left_before_the_check_is_recorded_and_may_come_back(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    answer = mei.post(f"/checks/{visit.id}/answer", {"verdict": "gone"})
    assert "they left before the check" in mei.follow(answer).text
    assert again(web, visit).state is VisitState.PASS_ISSUED
    assert "Left before the check" in sections(page(mei, "/desk"))["recent"]


def test_two_guards_and_one_visitor_admit_once(web: Web) -> None:
    visit = at_the_door(web)
    first, second = web.as_(web.cast.mei), web.as_(web.cast.mei)
    for guard in (first, second):
        assert guard.post(f"/checks/{visit.id}").status_code == 200
    assert first.post(f"/checks/{visit.id}/answer", {"verdict": "admit"}).status_code == 303
    late = second.post(f"/checks/{visit.id}/answer", {"verdict": "admit"})
    assert (late.status_code, "Another guard was faster" in late.text) == (409, True)
    assert "<b>1001</b>" in late.text, "the frame stays"
    assert len(of_type(web, EventType.ENTRY_GRANTED)) == 1


def test_somebody_inside_on_another_visit_is_not_let_in_twice(web: Web) -> None:
    on_site(web)
    second = again(web, at_the_door_once_more(web))
    answer = web.as_(web.cast.mei).post(f"/checks/{second.id}/answer", {"verdict": "admit"})
    assert (answer.status_code, "already inside" in answer.text) == (409, True)


def at_the_door_once_more(web: Web) -> Visit:
    """Wei's second visit, put at the door as a kiosk that lost its connection would."""
    (visit,) = expected(web, web.cast.wei, hours=6)
    with web.db() as session:
        row = session.merge(visit)
        row.state, row.arrived_at, row.arrived_kiosk_id = VisitState.ID_PENDING, NOON + timedelta(minutes=1), web.cast.kiosk.id
    return visit


@pytest.mark.parametrize(
    "spoilt", [{"verdict": "maybe"}, {"verdict": "admit", "document": "library_card"}, {"verdict": "admit", "badge": "V" * 17}]
)
def test_what_no_button_sends_is_refused(web: Web, spoilt: dict[str, str]) -> None:
    visit = at_the_door(web)
    answer = web.as_(web.cast.mei).post(f"/checks/{visit.id}/answer", spoilt)
    assert answer.status_code == 422
    assert again(web, visit).state is VisitState.ID_PENDING


def test_nobody_is_checked_whose_visit_is_unknown(web: Web) -> None:
    mei = web.as_(web.cast.mei)
    for path in ("/checks/00000000-0000-4000-8000-000000000000", "/checks/none"):
        assert mei.post(path).status_code == 404
        assert mei.post(f"{path}/answer", {"verdict": "admit"}).status_code == 404


def test_the_language_link_of_a_check_leads_to_the_desk_and_changes_the_language(web: Web) -> None:
    visit = at_the_door(web)
    mei = web.as_(web.cast.mei)
    answer = mei.get(f"/checks/{visit.id}?lang=zh-CN")
    assert answer.headers["location"] == "/console/desk?lang=zh-CN"
    assert "等候核验" in page(mei, "/desk?lang=zh-CN")
