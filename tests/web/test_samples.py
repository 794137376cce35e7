"""Auditor pack and named samples at the console: whoever may, sees; whoever may not, does not; nothing is shown without its record."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, col, select

from access_log.crypto.checkpoint import LogKeys
from access_log.models import AccessEvent, NameSample, Visit
from access_log.policy.codes import EventType
from access_log.sealing import seal_all
from access_log.services import erasure, samples
from access_log.verify_alone import check_pack
from tests.cast import as_staff, with_pass
from tests.moments import NOON
from tests.web.conftest import Browser, Web

DAYS = {"first": "2026-11-24", "last": "2026-11-24"}
WHY = {"reason": "control_test", "reference": "AUDIT-7"}


@pytest.fixture
def came(web: Web) -> list[Visit]:
    """Wei and Ana have passes, and everything is sealed."""
    with web.db() as session:
        made = with_pass(session, web.ring, web.cast, web.cast.wei, web.cast.ana)
    seal_all(web.engine, web.ring, web.clock())
    return made


def of_type(web: Web, *types: EventType) -> list[AccessEvent]:
    with web.db() as session:
        return list(session.exec(select(AccessEvent).where(col(AccessEvent.type).in_(types)).order_by(col(AccessEvent.id))).all())


def looks(web: Web) -> list[UUID | None]:
    """Whose names the auditor has looked at, in order."""
    return [one.subject_id for one in of_type(web, EventType.IDENTITY_REVEALED) if one.detail["purpose"] == "audit_sample"]


def asked(web: Web, came: list[Visit]) -> tuple[Browser, str]:
    """The auditor's browser, and the address of the sample it asked for."""
    xu = web.as_(web.cast.xu)
    answer = xu.post("/pack/sample", DAYS | WHY | {"visits": [str(visit.id) for visit in came]})
    assert answer.headers["location"].endswith("/samples"), answer.text
    with web.db() as session:
        return xu, f"/samples/{session.exec(select(NameSample.id).order_by(col(NameSample.asked_at).desc())).first()}"


def test_the_auditor_sees_how_much_it_is_and_takes_a_pack_that_is_good(web: Web, came: list[Visit], tmp_path: Path) -> None:
    xu = web.as_(web.cast.xu)
    page = xu.get("/pack?first=2026-11-24&last=2026-11-24").text
    assert "1001-1" in page
    assert "魏*明" in page
    assert "魏伟明" not in page
    answer = xu.post("/pack/download", DAYS)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-pack-SHA1-2026-11-24-2026-11-24.zip"'
    assert answer.headers["cache-control"] == "no-store"
    path = tmp_path / "pack.zip"
    path.write_bytes(answer.content)
    shown, findings = check_pack(path, [str(LogKeys.of(web.ring).verifiers[0])])
    assert (findings, shown[:8]) == ([], "2 visits")
    (taken,) = of_type(web, EventType.AUDIT_PACK_EXPORTED)
    assert taken.actor_id == web.cast.xu.id
    assert came


def test_a_pack_holds_no_lock_while_it_is_sent(web: Web, came: list[Visit], monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two of its pieces somebody else can write."""
    from kiosk.console import packs

    written = []

    def write(_seconds: float) -> None:
        with web.db() as session:
            session.execute(text("update site set guard_phone = '1'"))
            written.append(1)

    monkeypatch.setattr(packs.time, "sleep", write)
    answer = web.as_(web.cast.xu).post("/pack/download", DAYS)
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert len(written) > 5
    assert came


def test_a_period_without_sense_is_said_beside_its_field_and_nothing_is_recorded(web: Web, came: list[Visit]) -> None:
    xu = web.as_(web.cast.xu)
    for days, said in (
        ({"first": "2026-11-25", "last": "2026-11-24"}, "The end must be after the beginning."),
        ({"first": "2024-11-25", "last": "2026-11-24"}, "At most 366 days."),
        ({"first": "x", "last": "2026-11-24"}, "Please enter a date"),
        ({"first": "", "last": ""}, "Please fill this in."),
    ):
        answer = xu.post("/pack/download", days)
        assert (answer.status_code, said in answer.text) == (422, True), days
        assert xu.get(f"/pack?first={days['first']}&last={days['last']}").status_code == 200
    assert xu.post("/pack/download", DAYS | {"customer": "99999"}).status_code == 404
    assert of_type(web, EventType.AUDIT_PACK_EXPORTED) == []
    assert came


def test_before_anything_is_sealed_the_page_says_so(web: Web) -> None:
    xu = web.as_(web.cast.xu)
    assert "Nothing to pack" in xu.get("/pack").text
    assert xu.post("/pack/download", DAYS).status_code == 409


def test_a_sample_is_asked_for_released_and_seen_by_its_auditor_alone(web: Web, came: list[Visit]) -> None:
    xu, path = asked(web, came)
    pang = web.as_(web.cast.pang)
    assert xu.post(f"{path}/names").status_code == 409, "not released yet"
    for page in (pang.get("/events").text, pang.get("/samples").text):
        assert '<span class="count">1' in page
    assert "Test of a control" in pang.get(path).text
    assert "魏伟明" not in pang.get(path).text
    assert pang.post(f"{path}/names").status_code == 403
    assert "Released." in pang.follow(pang.post(f"{path}/release")).text
    assert '<span class="count">1' in xu.get("/events").text
    assert looks(web) == []
    answer = xu.post(f"{path}/names")
    assert "魏伟明" in answer.text
    assert "Ana Lucía Ñúñez" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["refresh"].startswith("1800; url=/console/samples/")
    assert "content-disposition" not in answer.headers
    assert sorted(map(str, looks(web))) == sorted(str(visit.subject_id) for visit in came)
    assert '<span class="count">1' not in xu.get("/events").text
    assert "魏伟明" not in xu.get(path).text, "never behind an address"
    assert xu.get(f"{path}/names").status_code == 303


def test_the_half_hour_ends_on_the_server_and_each_look_is_recorded_anew(web: Web, came: list[Visit]) -> None:
    xu, path = asked(web, came)
    web.as_(web.cast.pang).post(f"{path}/release")
    assert xu.post(f"{path}/names").status_code == 200
    web.clock.now = NOON + timedelta(minutes=29)
    again = xu.post(f"{path}/names")
    assert (again.status_code, again.headers["refresh"][:4]) == (200, "60; ")
    assert len(looks(web)) == 4
    web.clock.now = NOON + timedelta(minutes=30)
    late = xu.post(f"{path}/names")
    assert late.status_code == 409
    assert "魏伟明" not in late.text
    assert len(looks(web)) == 4
    assert "The time is over" in xu.get(path).text


def test_a_release_that_nobody_uses_ends_after_three_days(web: Web, came: list[Visit]) -> None:
    _xu, path = asked(web, came)
    web.as_(web.cast.pang).post(f"{path}/release")
    web.clock.now = NOON + samples.OPEN_WITHIN
    assert web.as_(web.cast.xu).post(f"{path}/names").status_code == 409
    assert looks(web) == []


def test_a_refusal_has_a_reason_that_the_auditor_reads(web: Web, came: list[Visit]) -> None:
    xu, path = asked(web, came)
    pang = web.as_(web.cast.pang)
    assert "Please fill this in." in pang.post(f"{path}/refuse").text
    pang.post(f"{path}/refuse", {"refusal": "masked_is_enough"})
    assert "Masked names are enough for this" in xu.get(path).text
    assert "遮盖后的姓名已足够" in xu.get(path, headers={"accept-language": "zh-CN"}).text
    assert xu.post(f"{path}/names").status_code == 409
    assert pang.post(f"{path}/release").status_code == 409, "decided once"
    (refused,) = of_type(web, EventType.SAMPLE_REFUSED)
    assert (refused.actor_id, refused.detail["reason"]) == (web.cast.pang.id, "masked_is_enough")


def test_somebody_erased_meanwhile_is_not_opened_and_said_to_be_erased(web: Web, came: list[Visit]) -> None:
    xu, path = asked(web, came)
    web.as_(web.cast.pang).post(f"{path}/release")
    with web.db() as session:
        erasure.erase(session, [erasure.Target(came[0].subject_id)], reason="request", actor=as_staff(web.cast.pang), now=NOON)
    page = xu.post(f"{path}/names").text
    assert "魏" not in page
    assert "erased on 2026-11-24" in page
    assert "Ana Lucía Ñúñez" in page
    assert looks(web) == [came[1].subject_id]


def test_no_name_without_its_record(web: Web, came: list[Visit]) -> None:
    """The record of the look cannot be written: nothing is shown, and the half hour has not begun."""
    xu, path = asked(web, came)
    web.as_(web.cast.pang).post(f"{path}/release")

    def refuse(_session: Session, _context: object, _instances: object) -> None:
        if any(isinstance(row, AccessEvent) and row.type is EventType.IDENTITY_REVEALED for row in _session.new):
            raise RuntimeError("the record is full")

    event.listen(Session, "before_flush", refuse)
    try:
        answer = xu.post(f"{path}/names")
    finally:
        event.remove(Session, "before_flush", refuse)
    assert answer.status_code == 500
    assert "魏" not in answer.text
    assert looks(web) == []
    assert xu.post(f"{path}/names").status_code == 200


def test_what_is_picked_is_checked_and_kept(web: Web, came: list[Visit]) -> None:
    xu = web.as_(web.cast.xu)
    wrong = (
        ({"numbers": "7-7"}, "no number of a visit here"),
        ({"numbers": "Wei"}, "no number of a visit here"),
        ({}, "Pick at least one visit."),
        ({"numbers": "1001-1", "reference": "魏伟明"}, "reference"),
        ({"numbers": " ".join(f"{number}-1" for number in range(60))}, "At most 25 visits"),
    )
    for given, said in wrong:
        answer = xu.post("/pack/sample", DAYS | WHY | given)
        assert (answer.status_code, said in answer.text) == (422, True), given
    assert xu.post("/pack/sample", DAYS | {"numbers": "1001-1"}).status_code == 422, "a reason is needed"
    assert xu.post("/pack/sample", DAYS | WHY | {"visits": [str(uuid4())]}).status_code == 404
    assert xu.post("/pack/sample", DAYS | WHY | {"visits": [str(uuid4()) for _ in range(26)]}).status_code == 422
    assert of_type(web, EventType.SAMPLE_REQUESTED) == []
    assert xu.post("/pack/sample", DAYS | WHY | {"numbers": "1001-1、1001-2"}).status_code == 303
    (event_,) = of_type(web, EventType.SAMPLE_REQUESTED)
    assert event_.detail["rows"] == 2
    assert came


def test_another_auditor_finds_nothing(web: Web, came: list[Visit]) -> None:
    from access_log.policy.codes import Role
    from tests.cast import Maker

    _xu, path = asked(web, came)
    with web.db() as session:
        other = Maker(session, web.ring, web.cast.site.id or 0, NOON).staff("4002", "徐旭", Role.AUDITOR)
    web.as_(web.cast.pang).post(f"{path}/release")
    browser = web.as_(other)
    assert browser.get(path).status_code == 404
    assert browser.post(f"{path}/names").status_code == 404
    assert "You have not asked for names" in browser.get("/samples").text
    assert looks(web) == []


def test_the_person_sees_that_the_auditor_looked_and_why(web: Web, came: list[Visit]) -> None:
    xu, path = asked(web, came)
    web.as_(web.cast.pang).post(f"{path}/release")
    xu.post(f"{path}/names")
    assert "Named sample of an audit" in web.as_(came[0]).get("/receipt").text
