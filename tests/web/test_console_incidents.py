"""The list of incidents at the console: entered, told, closed; the clock where everybody who must act sees it."""

from datetime import timedelta

import pytest

from access_log.models import IncidentKind
from access_log.services import incidents
from access_log.services.incidents import Found
from tests.cast import as_staff
from tests.web.conftest import Web

FACTS = {"kind": "leak", "cause": "笔记本电脑遗失", "measures": "账号已停用", "fields": ["name", "times"], "people": "12"}


def local(web: Web, hours: float = 0) -> str:
    """A time of the test's now, as a browser sends it in Shanghai."""
    return (web.clock.now + timedelta(hours=8 + hours)).strftime("%Y-%m-%dT%H:%M")


def test_an_incident_goes_from_the_list_to_its_end(web: Web) -> None:
    pang = web.as_(web.cast.pang)
    answer = pang.post("/incidents/new", FACTS | {"found_at": local(web, -1)})
    own = "/incidents/" + answer.headers["location"].rsplit("/", 1)[1]
    page = pang.get(own).text
    assert "The clock runs" in page
    assert "Not told yet" in page
    assert "Note first who was told" in pang.post(f"{own}/close", {"how": "handled", "reason": "硬盘已加密"}).text
    for audience in ("authority", "customers"):
        pang.post(f"{own}/tell", {"audience": audience, "told_at": local(web), "reference": "网信〔2026〕7号"})
    pang.post(f"{own}/tell", {"audience": "people", "told_at": local(web), "reference": "数据已加密", "waived": "yes"})
    page = pang.get(own).text
    assert "The authority was told in time" in page
    assert "Not told, on this ground" in page
    assert "Closed." in pang.follow(pang.post(f"{own}/close", {"how": "handled", "reason": "硬盘已加密"})).text
    assert "硬盘已加密" in web.as_(web.cast.xu).get(own).text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"fields": ["none", "name"]}, "Either no personal data"),
        ({"cause": "13812345678"}, "looks like a phone"),
        ({"people": "-1"}, "Nothing was saved yet"),
        ({"found_at": "soon"}, "Nothing was saved yet"),
        ({"found_at": "2099-01-01T10:00"}, "still to come"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(web: Web, changed: dict[str, object], said: str) -> None:
    answer = web.as_(web.cast.pang).post("/incidents/new", FACTS | {"found_at": local(web, -1)} | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "账号已停用" in answer.text


def test_the_administrator_is_alarmed_when_the_clock_has_run_for_four_fifths(web: Web) -> None:
    admin = web.as_(web.cast.admin)
    assert "reported to the authority now" not in admin.get("/admin").text
    with web.db() as session:
        found = Found(IncidentKind.LEAK, web.clock.now - timedelta(hours=3.5), "笔记本电脑遗失", "账号已停用", ("name",), 1)
        incidents.enter(session, found=found, actor=as_staff(web.cast.pang), now=web.clock.now)
    assert "1 incident has to be reported to the authority now" in admin.get("/admin").text
    assert admin.get("/incidents").status_code == 403
