"""Who may do what, of every route there is: as agreed in matrix.csv, and what must hold of that file whoever writes it anew."""

from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from access_log.policy.codes import Role
from kiosk.web.faces import make_face, sealed_face
from kiosk.web.policy import policies, staff
from tests.authz.matrix import Installation, Matrix, NoFactoryError, Row, differences, faces, read, rows

AGREED = read()
WORDS = {"allow", "elsewhere", "door", "second_factor", "locked", "401", "refuse", "hidden"}
HELD = {
    "administrator": ["administrator"],
    "privacy_officer": ["privacy_officer"],
    "auditor": ["auditor"],
    "guard": ["guard"],
    "reviewer": ["reviewer"],
}
CONTACTS = ["contact_request", "contact_approve", "contact_report", "contact_no_right"]


def routes_held(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(method, path) of every route below, by walking the routers themselves rather than as `policies` does."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_held(inner.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
        elif isinstance(route, APIRoute):
            yield from ((method, prefix + route.path) for method in route.methods)
        elif not isinstance(route, Mount):
            yield "ANY", prefix + getattr(route, "path", repr(route))


@pytest.mark.asvs("8.2.1", "8.2.2")
@pytest.mark.clause("4.1.b", "2.4")
def test_every_route_is_as_agreed(running: Installation) -> None:
    """On PostgreSQL a tenth of it: the guards know no database, the services' own checks do."""
    wanted = list(rows(running.app, running.objects))
    if running.app.state.register.engine.dialect.name == "postgresql":
        wanted = wanted[::10]
        agreed = {row.key: AGREED[row.key] for row in wanted}
    else:
        agreed = AGREED
    found = running.matrix(wanted)
    assert len(found) == len(wanted)
    assert differences(agreed, found) == []


def test_no_route_is_missed(running: Installation) -> None:
    for name, face in faces(running.app).items():
        told = Counter((method, path) for method, path, _policy in policies(face))
        held = Counter(routes_held(face.routes))
        assert told == held, name
        assert set(told) == {(method, path) for its_face, method, path, *_ in AGREED if its_face == name}


def test_a_changed_cell_a_new_row_and_a_lost_one_are_each_named() -> None:
    before: Matrix = {("console", "GET", "/a", "x", "-"): {"guard": "allow"}, ("console", "GET", "/b", "x", "-"): {"guard": "refuse"}}
    after: Matrix = {("console", "GET", "/a", "x", "-"): {"guard": "refuse"}, ("console", "GET", "/c", "x", "-"): {"guard": "allow"}}
    assert differences(before, before) == []
    assert differences(before, after) == [
        "console GET /a x - for guard: allow -> refuse",
        "console GET /b x - for guard: refuse -> gone",
        "console GET /c x - for guard: not agreed -> allow",
    ]


def test_a_parameter_nothing_is_made_for_is_refused(running: Installation) -> None:
    @running.app.state.faces["console"].get("/new/{strange_id}", dependencies=[Depends(staff(Role.GUARD))])
    def page() -> None: ...

    with pytest.raises(NoFactoryError, match="strange_id"):
        list(rows(running.app, running.objects))


@pytest.mark.clause("4.1.b")
def test_a_route_that_forgot_its_guard_keeps_the_application_from_starting(running: Installation) -> None:
    state = running.app.state.register
    guarded, open_ = APIRouter(prefix="/inner"), APIRouter(prefix="/inner")
    guarded.get("/page", dependencies=[Depends(staff(Role.GUARD))])(lambda: None)
    open_.post("/{visit_id}/page")(lambda: None)
    assert isinstance(sealed_face(_with(make_face("console", state), guarded)), FastAPI)
    with pytest.raises(RuntimeError, match=r"no policy on POST /outer/inner/\{visit_id\}/page"):
        sealed_face(_with(make_face("console", state), guarded, open_))


def _with(face: FastAPI, *routers: APIRouter) -> FastAPI:
    """With the routers one level deeper, as the faces include theirs."""
    outer = APIRouter(prefix="/outer")
    for router in routers:
        outer.include_router(router)
    face.include_router(outer)
    return face


def test_every_answer_is_one_that_was_thought_of() -> None:
    assert len(AGREED) > 250
    assert {word for cells in AGREED.values() for word in cells.values()} <= WORDS


def test_a_role_gets_past_a_guard_that_names_it_and_no_other() -> None:
    for key, cells in AGREED.items():
        policy = key[3]
        if policy.startswith("staff:"):
            named = policy.removeprefix("staff:").split(",")
            got = {name for name in HELD if cells[name] != "refuse"}
            assert got == set(named), key
            others = {cells[name] for name in cells if name not in HELD and name not in ("administrator_password_only", "guard_locked")}
            assert others <= {"door", "401"}, key


def test_a_right_gets_past_a_guard_that_names_it_and_no_other() -> None:
    for key, cells in AGREED.items():
        policy = key[3]
        if policy.startswith("contact:"):
            named = policy.removeprefix("contact:").split(",")
            got = {name for name in CONTACTS if cells[name] != "refuse"}
            assert got == {name for name in CONTACTS if "any" in named or name.removeprefix("contact_") in named}, key
            others = {cells[name] for name in cells if name not in (*CONTACTS, "rival", "contact_approve_password_only")}
            assert others <= {"door", "401"}, key


def test_half_a_sign_in_opens_nothing_but_the_other_half() -> None:
    for (face, *_, policy, _object), cells in AGREED.items():
        if policy not in ("public", "signed_in", "kiosk"):
            assert cells["administrator_password_only"] in {"door", "second_factor", "401"}, (face, policy)
            assert cells["contact_approve_password_only"] in {"door", "second_factor", "401"}, (face, policy)
            assert cells["guard_locked"] in {"door", "locked", "401"}, (face, policy)


@pytest.mark.clause("2.4", "4.1.b")
def test_nobody_and_a_revoked_kiosk_reach_only_what_is_open_to_all() -> None:
    for key, cells in AGREED.items():
        for who in ("nobody", "kiosk_revoked"):
            assert (cells[who] in {"door", "401"}) == (key[3] != "public"), key


def test_what_is_a_strangers_or_unknown_is_not_there_for_any_contact_and_any_role() -> None:
    seen = 0
    for key, cells in AGREED.items():
        face, _method, _path, policy, kind = key
        if kind in ("stranger", "cousin", "unknown") and policy != "public":
            rival = {"rival"} if face == "portal" and kind == "stranger" else set()
            words = {cells[who] for who in (*HELD, *CONTACTS, "kiosk", "visitor", "visitor_other") if who not in rival}
            assert "allow" not in words, key
            assert words & {"hidden", "elsewhere"}, key
            seen += 1
    assert seen > 80


def test_a_strangers_object_is_the_rivals_own_and_the_own_is_hidden_from_the_rival() -> None:
    for key, cells in AGREED.items():
        if key[0] == "portal" and key[4] in ("own", "stranger") and (*key[:4], "stranger") in AGREED and key[3] != "public":
            assert cells["rival"] in ({"hidden", "elsewhere"} if key[4] == "own" else {"allow", "elsewhere"}), key


@pytest.mark.clause("8.b", "2.1.a")
def test_a_visitor_sees_their_own_visit_and_nothing_of_another(running: Installation) -> None:
    mine, theirs = running.objects.cast.nimbus.name.encode(), running.objects.cast.kestrel.name.encode()
    pages = [row for row in rows(running.app, running.objects) if row.face == "visitor" and row.method == "GET" and row.policy == "visitor"]
    who = {person.name: person for person in running.principals}
    seen = {name: b"".join(running.answer(row, who[name]).body for row in pages) for name in ("visitor", "visitor_other")}
    assert mine in seen["visitor"]
    assert theirs not in seen["visitor"]
    assert theirs in seen["visitor_other"]
    assert mine not in seen["visitor_other"]


def test_a_number_that_no_row_can_have_leads_nowhere(running: Installation) -> None:
    guard = next(person for person in running.principals if person.name == "guard")
    for number in (0, -1, 2**31, 2**70):
        row = Row("console", "POST", "/calls/{call_id}/answer", "staff:guard", "unknown", f"/console/calls/{number}/answer")
        assert running.answer(row, guard).status == 404
