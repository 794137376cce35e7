"""The register of disclosures at the console: a paper, the people, two persons, one file; and who may be given data at all."""

import io
import re
import zipfile

import pytest
from sqlmodel import select

from access_log.models import Disclosure, Visit
from tests.cast import with_pass
from tests.web.conftest import Browser, Web

PAPER = {
    "authority": "police",
    "office": "市公安局网安支队",
    "legal_basis": "《刑事诉讼法》第五十四条",
    "instrument": "沪公调证字〔2026〕114号",
    "instrument_on": "2026-11-23",
    "officers": "012345",
    "fields": ["name", "times"],
    "numbers": "WO-4711",
}


@pytest.fixture
def visit(web: Web) -> Visit:
    with web.db() as session:
        (made,) = with_pass(session, web.ring, web.cast)
    return made


def entered(officer: Browser) -> int:
    page = officer.post("/disclosures/new", PAPER).text
    assert "魏*明" in page
    ticked = re.findall(r'name="visits" value="([^"]+)"', page)
    answer = officer.post("/disclosures/new", PAPER | {"sure": "yes", "visits": ticked})
    return int(answer.headers["location"].rsplit("/", 1)[1])


def test_a_demand_goes_through_two_people_to_one_file(web: Web, visit: Visit) -> None:
    pang, xu = web.as_(web.cast.pang), web.as_(web.cast.xu)
    number = entered(pang)
    assert "Release…" not in pang.get(f"/disclosures/{number}").text
    assert "It cannot be you." in pang.post(f"/disclosures/{number}/release").text
    assert "Compare the paper" in xu.get(f"/disclosures/{number}/release").text
    assert "Released." in xu.follow(xu.post(f"/disclosures/{number}/release")).text
    assert xu.post(f"/disclosures/{number}/download").status_code == 403
    file = pang.post(f"/disclosures/{number}/download")
    assert file.headers["content-disposition"] == f'attachment; filename="disclosure-{number}.zip"'
    with zipfile.ZipFile(io.BytesIO(file.content)) as bundle:
        assert "魏伟明" in bundle.read("disclosure.csv").decode("utf-8-sig")
    page = xu.get(f"/disclosures/{number}").text
    with web.db() as session:
        assert session.get_one(Disclosure, number).sha256.hex() in page  # type: ignore[union-attr]
    assert "Given to a public authority" in web.as_(visit).get("/receipt").text


def test_an_authority_abroad_is_refused_with_the_law(web: Web, visit: Visit) -> None:
    pang = web.as_(web.cast.pang)
    answer = pang.follow(pang.post("/disclosures/new", PAPER | {"authority": "foreign"}))
    assert "PIPL article 41" in answer.text
    assert "Refused" in pang.get("/disclosures").text


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"numbers": "WO-0"}, 422, "Nobody was found"),
        ({"instrument_on": "2027-01-01"}, 422, "still to come"),
        ({"officers": "13912345678"}, 422, "phone or identity number"),
        ({"fields": []}, 422, "Please fill this in."),
        ({"authority": "my boss"}, 422, "choose one of the list"),
        ({"fields": ["reach"]}, 409, "does not let this recipient have"),
    ],
)
def test_what_cannot_be_is_said(web: Web, visit: Visit, changed: dict[str, object], status: int, said: str) -> None:
    answer = web.as_(web.cast.pang).post("/disclosures/new", PAPER | changed)
    assert (answer.status_code, said in answer.text) == (status, True)
    with web.db() as session:
        assert session.exec(select(Disclosure)).all() == []


def test_the_two_watchers_see_who_is_given_data_and_nobody_else_does(web: Web) -> None:
    for watcher in (web.cast.pang, web.cast.xu):
        page = web.as_(watcher).get("/recipients").text
        assert "a public authority with a lawful written demand" in page
        assert "no end set" in page
    assert web.as_(web.cast.admin).get("/recipients").status_code == 403
    assert web.as_(web.cast.rui).get("/disclosures").status_code == 403
