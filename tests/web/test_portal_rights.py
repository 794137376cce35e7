"""Who may do what in the portal: each right its own part, and nothing of another company at all."""

from typing import Any

import pytest
from fastapi import FastAPI

from access_log.models import OutboxMessage, Technician, Visit
from access_log.policy.codes import EventType, VisitState
from access_log.services import company_approvals, desk
from kiosk.web.policy import policies
from tests.cast import with_pass
from tests.web.conftest import Web
from tests.web.portal import all_visits, errors, events, request_form, set_rights, visit_now

EDIT = {"window": "own", "window_from": "2026-11-25T09:00", "window_until": "2026-11-25T17:30", "purpose": "inspect", "work_order": ""}

PAGES = {
    "/": {"request", "approve", "report"},
    "/visits": {"request", "approve"},
    "/visits/new": {"request"},
    "/visits/{visit}": {"request", "approve"},
    "/visits/{visit}/edit": {"request"},
    "/visits/{visit}/copy": {"request"},
    "/visits/{visit}/cancel": {"request"},
    "/visits/{visit}/reissue": {"request"},
    "/roster": {"request"},
    "/roster/new": {"request"},
    "/roster/{technician}": {"request"},
    "/roster/{technician}/remove": {"request"},
    "/approvals": {"approve"},
    "/history": {"report"},
    "/contacts": {"request", "approve", "report"},
    "/my-account": {"request", "approve", "report"},
    "/password": {"request", "approve", "report"},
    "/rights": {"request", "approve", "report"},
}
"""Page → the rights that open it, one each."""

ACTS = {
    "/visits/new": {"request"},
    "/visits/new/names": {"request"},
    "/visits/{visit}/name": {"request", "approve"},
    "/visits/{visit}/pass": {"request"},
    "/visits/{visit}/pass.png": {"request"},
    "/visits/{visit}/send-again": {"request"},
    "/visits/{visit}/edit": {"request"},
    "/visits/{visit}/reissue": {"request"},
    "/visits/{visit}/cancel": {"request"},
    "/roster/names": {"request"},
    "/roster/search": {"request"},
    "/roster/new": {"request"},
    "/roster/{technician}/open": {"request"},
    "/roster/{technician}/correct": {"request"},
    "/roster/{technician}/remove": {"request"},
    "/approvals/names": {"approve"},
    "/approvals/approve": {"approve"},
    "/approvals/refuse": {"approve"},
    "/history/export": {"report"},
    "/my-account/language": {"request", "approve", "report"},
    "/password": {"request", "approve", "report"},
}
"""What a form does → the rights that allow it. Every answer but 403 means that the right was enough."""


def paths_of(web: Web, visit: Visit, technician: Technician) -> dict[str, str]:
    return {"visit": str(visit.id), "technician": str(technician.id)}


@pytest.mark.parametrize("right", ["request", "approve", "report"])
def test_a_right_opens_its_own_pages_and_acts_and_no_other(web: Web, right: str) -> None:
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    set_rights(web, web.cast.chen, right)
    chen = web.as_(web.cast.chen)
    ids = paths_of(web, visit, web.cast.wei)
    opened = {path: chen.get(path.format(**ids)).status_code for path in PAGES}
    assert opened == {path: 200 if right in rights else 403 for path, rights in PAGES.items()}
    refused = {path for path in ACTS if chen.post(path.format(**ids)).status_code == 403}
    assert refused == {path for path, rights in ACTS.items() if right not in rights}


def test_the_lists_above_name_every_page_and_act_of_the_portal(web: Web) -> None:
    known = {("GET", path) for path in PAGES} | {("POST", path) for path in ACTS}
    found = {(method, path.replace("{visit_id}", "{visit}").replace("{technician_id}", "{technician}")) for method, path in _routes(web)}
    missing = found - known
    # What only leads back, the stream, the policy that everybody may read, and the doors.
    leads_back = {path for method, path in missing if method == "GET" and ("POST", path) in known}
    left = {path for _method, path in missing if path not in leads_back}
    doors = {path for path in left if path.startswith(("/sign-", "/second-factor", "/account/", "/roster/import"))}
    own = {path for path in left if path.startswith("/rights/")}  # about oneself, whatever one may do: test_portal_own_rights.py
    assert left - doors - own == {"/live", "/policy", "/approvals/{act}"}


def _routes(web: Web) -> list[tuple[str, str]]:
    face: FastAPI = web.app.state.faces["portal"]
    return [(method, path) for method, path, policy in policies(face) if method in ("GET", "POST") and policy != "public"]


def test_nothing_of_another_company_exists(web: Web) -> None:
    """A rival with every right: the same answer as for what never existed, and not a trace of a change."""
    with web.db() as session:
        (visit,) = with_pass(session, web.ring, web.cast)
    rival = web.as_(web.cast.rival)
    ids = paths_of(web, visit, web.cast.wei)
    body = EDIT | {"areas": str(web.cast.hall.id), "name": "X", "mail": "x@kestrel.example"}
    before = len(all_visits(web))
    for path in (path for path in PAGES if "{" in path):
        assert rival.get(path.format(**ids)).status_code == 404, path
    for path in (path for path in ACTS if "{" in path):
        assert rival.post(path.format(**ids), body).status_code == 404, path
    assert (visit_now(web, visit.id).state, len(all_visits(web))) == (VisitState.PASS_ISSUED, before)
    assert events(web, EventType.IDENTITY_REVEALED, actor_id=web.cast.rival.id) == []
    assert events(web, EventType.PASS_VIEWED) == []
    assert events(web, EventType.TECHNICIAN_CHANGED) == []
    with web.db() as session:
        assert session.get_one(OutboxMessage, 1).attempts == 0


def test_no_list_names_another_company(web: Web) -> None:
    with web.db() as session:
        with_pass(session, web.ring, web.cast)
    rival = web.as_(web.cast.rival)
    pages = [rival.get(path).text for path in ("/", "/visits?scope=all", "/visits/new", "/roster", "/approvals", "/history", "/contacts")]
    named = [rival.post(path, sent).text for path, sent in NAMING.items()]
    export = rival.post("/history/export", {"first": "2026-11-01", "last": "2026-11-30", "names": "names"}).content.decode("utf-8-sig")
    for page in [*pages, *named, export]:
        for trace in ("魏", "Ana", "A. Ñ", "云帆", "林*", "1001"):
            assert trace not in page


NAMING: dict[str, dict[str, Any]] = {
    "/roster/names": {},
    "/roster/search": {"wanted": "伟明"},
    "/visits/new/names": {"wanted": "伟明"},
    "/approvals/names": {},
}


def test_another_companys_requests_cannot_be_decided(web: Web) -> None:
    chen, rival = web.as_(web.cast.chen), web.as_(web.cast.rival)
    chen.post("/visits/new", request_form(web))
    (visit,) = all_visits(web)
    with web.db() as session:
        mark = company_approvals.seen_of(desk.of_visits(session, web.ring, [visit.id])[visit.id])
    assert rival.post("/approvals/approve", {"visits": mark}).status_code == 404
    assert rival.post("/approvals/refuse", {"visits": mark, "refusal": "duplicate"}).status_code == 404
    assert visit_now(web, visit.id).state is VisitState.REQUESTED


def test_another_companys_people_can_neither_be_chosen_nor_shown(web: Web) -> None:
    rival = web.as_(web.cast.rival)
    form = request_form(web, technicians=str(web.cast.wei.id), named="yes")
    answer = rival.post("/visits/new", form)
    assert "technicians" in errors(answer)
    assert "魏" not in answer.text
    assert "魏" not in rival.post("/visits/new/names", {"technicians": str(web.cast.wei.id)}).text
    assert events(web, EventType.IDENTITY_REVEALED, subject_id=web.cast.wei.subject_id) == []


def test_what_never_existed_is_not_found(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    for path in ("/visits/00000000-0000-0000-0000-000000000000", "/visits/nonsense", "/roster/nonsense", "/nowhere"):
        assert lin.get(path).status_code == 404, path


@pytest.mark.clause("4.2.b", "4.1.b")
def test_rights_taken_away_work_at_once(web: Web) -> None:
    lin = web.as_(web.cast.lin)
    assert lin.get("/approvals").status_code == 200
    set_rights(web, web.cast.lin, "request")
    assert lin.get("/approvals").status_code == 403


def test_the_stream_is_for_contacts(web: Web) -> None:
    assert web.browser("portal").get("/live").headers["location"] == "/portal/sign-in"
