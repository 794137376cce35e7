"""The frame of the portal: who is signed in finds the places their rights open, and no other."""

import pytest

from tests.web.conftest import Web

PLACES = {"Visits": "/portal/visits", "Approvals": "/portal/approvals", "Technicians": "/portal/roster", "History": "/portal/history"}


@pytest.mark.parametrize(
    ("rights", "found"),
    [
        ({"may_request": True}, {"Visits", "Technicians"}),
        ({"may_request": False, "may_approve": True}, {"Visits", "Approvals"}),
        ({"may_request": False, "may_report": True}, {"History"}),
        ({"may_request": True, "may_approve": True, "may_report": True}, set(PLACES)),
    ],
)
def test_a_contact_finds_the_places_their_rights_open(web: Web, rights: dict[str, bool], found: set[str]) -> None:
    with web.db() as session:
        chen = session.merge(web.cast.chen)
        for name, value in rights.items():
            setattr(chen, name, value)
    page = web.as_(web.cast.chen).get("/")
    assert page.status_code == 200
    assert {name for name, path in PLACES.items() if f'href="{path}"' in page.text} == found
