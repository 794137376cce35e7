"""Legal holds at the console: set by one, confirmed by another, opened by the officer alone, released by two."""

import re
from uuid import UUID

import pytest
from sqlmodel import select

from access_log.models import HeldSubject, LegalHold, VaultItem, Visit
from access_log.services.held import is_held
from tests.cast import with_pass
from tests.web.conftest import Browser, Web

PAPER = {
    "ground": "investigation",
    "instrument": "沪公调证字〔2026〕114号",
    "ordered_by": "市公安局网安支队",
    "review_on": "2027-01-31",
    "items": ["document", "contact"],
}


@pytest.fixture
def visit(web: Web) -> Visit:
    """Wei may come; the visit is not over."""
    with web.db() as session:
        (made,) = with_pass(session, web.ring, web.cast)
    return made


def look(officer: Browser, **changed: object) -> object:
    return officer.post("/holds/new", {"numbers": "WO-4711"} | PAPER | changed)


def set_hold(web: Web, officer: Browser) -> int:
    page = look(officer).text  # type: ignore[attr-defined]
    ticked = re.findall(r'name="visits" value="([^"]+)"', page)
    answer = officer.post("/holds/new", {"numbers": "WO-4711", "sure": "yes", "visits": ticked} | PAPER)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rsplit("/", 1)[1])


def test_a_hold_goes_through_four_hands(web: Web, visit: Visit) -> None:
    pang, xu = web.as_(web.cast.pang), web.as_(web.cast.xu)
    number = set_hold(web, pang)
    assert "Confirm…" not in pang.get(f"/holds/{number}").text
    assert "Confirm…" in xu.get(f"/holds/{number}").text
    assert "until two people release it" in xu.get(f"/holds/{number}/confirm").text
    assert "The hold is confirmed." in xu.follow(xu.post(f"/holds/{number}/confirm")).text
    assert "魏伟明" not in pang.get(f"/holds/{number}").text
    assert "魏伟明" in pang.post(f"/holds/{number}/names").text
    assert xu.post(f"/holds/{number}/names").status_code == 403
    pang.post(f"/holds/{number}/ask-release")
    assert "It cannot be you." in pang.post(f"/holds/{number}/release").text
    assert "within the hour" in xu.follow(xu.post(f"/holds/{number}/release")).text
    with web.db() as session:
        assert not is_held(session, visit.subject_id)
    assert "Released" in xu.get("/holds").text


def test_nothing_is_frozen_before_the_people_were_seen(web: Web, visit: Visit) -> None:
    answer = look(web.as_(web.cast.pang))
    assert "魏*明" in answer.text  # type: ignore[attr-defined]
    with web.db() as session:
        assert session.exec(select(LegalHold)).all() == []


def test_only_who_is_ticked_is_held(web: Web, visit: Visit) -> None:
    pang = web.as_(web.cast.pang)
    answer = pang.post("/holds/new", {"numbers": "WO-4711", "sure": "yes", "visits": []} | PAPER)
    assert (answer.status_code, "Nobody was found" in answer.text) == (422, True)
    assert set_hold(web, pang)
    with web.db() as session:
        assert [row.visit_id for row in session.exec(select(HeldSubject)).all()] == [visit.id]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"numbers": "WO-0"}, "Nobody was found"),
        ({"numbers": ""}, "Say whose"),
        ({"instrument": ""}, "Please fill this in."),
        ({"ordered_by": "王警官 139 1234 5678"}, "names_a_person"),
        ({"review_on": "2026-11-01"}, "This time is already over."),
        ({"review_on": "tomorrow"}, "Please enter a date."),
        ({"numbers": "", "customer": "1", "first": "2026-11-24", "last": "9999-12-31"}, "This cannot be used."),
        ({"ground": "because"}, "Please choose one of the list."),
        ({"numbers": "", "customer": "1", "first": "2026-11-24"}, "Please fill this in."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(web: Web, visit: Visit, changed: dict[str, str], said: str) -> None:
    said = {"names_a_person": "This looks like a phone or identity number."}.get(said, said)
    answer = look(web.as_(web.cast.pang), **changed)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert said in answer.text  # type: ignore[attr-defined]
    if "instrument" not in changed:
        assert PAPER["instrument"] in answer.text  # type: ignore[attr-defined]


def test_the_roles_meet_their_limits(web: Web, visit: Visit) -> None:
    number = set_hold(web, web.as_(web.cast.pang))
    for other in (web.cast.admin, web.cast.mei, web.cast.rui):
        assert web.as_(other).get("/holds").status_code == 403
        assert web.as_(other).post(f"/holds/{number}/confirm").status_code == 403
    assert look(web.as_(web.cast.xu)).status_code == 403  # type: ignore[attr-defined]
    assert web.as_(web.cast.xu).get("/holds/999").status_code == 404


def test_a_visit_of_another_site_cannot_be_ticked_in(web: Web, visit: Visit) -> None:
    answer = web.as_(web.cast.pang).post("/holds/new", {"numbers": "x", "sure": "yes", "visits": [str(UUID(int=7))]} | PAPER)
    assert answer.status_code == 422


def test_the_navigation_counts_what_waits_for_a_second_person(web: Web, visit: Visit) -> None:
    xu = web.as_(web.cast.xu)
    assert 'class="count">1' not in xu.get("/record").text
    set_hold(web, web.as_(web.cast.pang))
    assert 'class="count">1' in xu.get("/record").text


def test_the_visitor_is_told_why_nothing_changes(web: Web, visit: Visit) -> None:
    set_hold(web, web.as_(web.cast.pang))
    answer = web.as_(visit).post("/data/contact", {"mail": "", "phone": ""})
    assert answer.status_code == 409
    assert "order of an authority" in answer.text
    with web.db() as session:
        assert session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id)).all()
