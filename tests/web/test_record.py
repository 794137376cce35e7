"""The record at the console: the verdict in words, verify now, one entry with a proof that stands without us."""

import base64
import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from access_log import verifying
from access_log.crypto.checkpoint import LogKeys, Note, hashes_of
from access_log.crypto.merkle import consistent, proven_root
from access_log.crypto.record import leaf_hash
from access_log.models import RecordEntry, RecordVerification
from access_log.policy.codes import EventType
from access_log.sealing import seal_all
from access_log.services import events, verifications
from access_log.verifying import verify_once
from tests.cast import as_staff
from tests.moments import NOON
from tests.tampering import unguarded
from tests.web.conftest import Web


def sealed(web: Web) -> int:
    """Seal what waits. Returns how many entries there are."""
    seal_all(web.engine, web.ring, web.clock())
    with web.db() as session:
        return len(session.execute(text("select 1 from record_leaf")).all())


def verify(web: Web) -> None:
    verify_once(web.engine, web.ring, threading.Event(), web.clock)


def happen(web: Web) -> None:
    with web.db() as session:
        events.record(session, EventType.SITE_CHANGED, site_id=web.cast.site.id or 0, now=web.clock(), detail={"area": 1})


def test_the_auditor_reads_that_the_record_is_whole_and_when_it_was_verified(web: Web) -> None:
    count = sealed(web)
    xu = web.as_(web.cast.xu)
    assert "Not verified yet" in xu.get("/record").text
    verify(web)
    page = xu.get("/record")
    assert "The record is whole." in page.text
    assert f'<dd class="mono">{count}</dd>' in page.text
    assert "2026-11-24 12:00" in page.text
    assert "记录完整。" in xu.get("/record", headers={"accept-language": "zh-CN"}).text


def test_a_tampered_entry_is_named_on_the_page(web: Web) -> None:
    sealed(web)
    with unguarded(web.engine) as session:
        session.execute(text("update record_entry set body = :other where id = 3"), {"other": b'{"type":"another"}'})
    verify(web)
    pang = web.as_(web.cast.pang)
    page = pang.get("/record").text
    assert "The record is not whole" in page
    assert "Entry 3 was changed." in page
    assert "条目 3 被改动。" in pang.get("/record", headers={"accept-language": "zh-CN"}).text


def test_verify_now_begins_once_is_carried_out_beside_and_stands_in_the_record(web: Web) -> None:
    sealed(web)
    verify(web)
    xu = web.as_(web.cast.xu)
    assert "begins within seconds" in xu.follow(xu.post("/record/check")).text
    assert xu.post("/record/check").status_code == 409, "a second press asks for nothing"
    assert "A check is under way." in xu.get("/record").text
    sealed(web)
    verify(web)
    with web.db() as session:
        newest = verifications.latest(session)
        assert newest is not None
        assert (newest.asked_by, newest.finding_count) == (web.cast.xu.id, 0)
        bodies = [json.loads(body) for (body,) in session.execute(text("select body from record_entry order by id")).all()]
        told = [body for body in bodies if body["type"] == "record:verified"]
        assert [(body["actor"], body.get("actor_id")) for body in told] == [("system", None), ("staff", web.cast.xu.id)]
    assert "A check is under way." not in xu.get("/record").text


def test_the_daily_check_comes_by_itself_and_not_more_often(web: Web) -> None:
    sealed(web)
    for hours, expected in ((0, 1), (1, 1), (23.9, 1), (24, 2), (25, 2)):
        web.clock.now = NOON + timedelta(hours=hours)
        verify(web)
        sealed(web)
        with web.db() as session:
            assert len(session.execute(text("select 1 from record_verification")).all()) == expected


def test_a_check_whose_process_died_is_begun_again(web: Web) -> None:
    sealed(web)
    with web.db() as session:
        verifications.ask(session, actor=as_staff(web.cast.xu), now=web.clock())
        assert verifications.claim(session, now=web.clock()) == 1
        assert verifications.claim(session, now=web.clock()) is None, "nobody else takes it meanwhile"
        assert verifications.claim(session, now=web.clock() + 2 * verifications.LEASE) == 1


def test_an_entry_and_its_proof_stand_without_this_system(web: Web) -> None:
    sealed(web)
    xu = web.as_(web.cast.xu)
    assert xu.get("/record/entry?number=2").headers["location"].endswith("/record/entry/2")
    page = xu.get("/record/entry/2").text
    assert "identity:registered" in page
    shown = xu.get("/record/entry/2/proof").json()
    keys = LogKeys.of(web.ring)
    head = keys.check(Note.parse(shown["checkpoint"])).head
    (entry,) = shown["entries"]
    assert proven_root([(entry["index"], leaf_hash(entry["body"].encode()))], shown["size"], hashes_of(shown["hashes"])) == head.root
    with web.db() as session:
        assert session.get_one(RecordEntry, 2).body == entry["body"].encode()


def test_an_entry_whose_content_was_taken_out_is_still_proven(web: Web) -> None:
    sealed(web)
    with unguarded(web.engine) as session:
        session.execute(text("update record_entry set body = :nothing where id = 2"), {"nothing": b""})
    xu = web.as_(web.cast.xu)
    assert "the content was taken out" in xu.get("/record/entry/2").text
    shown = xu.get("/record/entry/2/proof").json()
    (entry,) = shown["entries"]
    root = LogKeys.of(web.ring).check(Note.parse(shown["checkpoint"])).head.root
    assert proven_root([(entry["index"], base64.b64decode(entry["leaf"]))], shown["size"], hashes_of(shown["hashes"])) == root


def test_whoever_kept_a_checkpoint_is_shown_that_nothing_before_it_changed(web: Web) -> None:
    sealed(web)
    xu = web.as_(web.cast.xu)
    kept = xu.get("/record/checkpoint")
    assert kept.headers["content-disposition"].startswith("attachment")
    keys = LogKeys.of(web.ring)
    old = keys.check(Note.parse(kept.text)).head
    for _ in range(3):
        happen(web)
    sealed(web)
    shown = xu.get(f"/record/consistency?old={old.size}").json()
    new = keys.check(Note.parse(shown["checkpoint"])).head
    assert new.size == old.size + 3
    assert consistent(old.size, new.size, old.root, new.root, hashes_of(shown["hashes"]))
    for wrong in ("", "x", "-1", str(new.size + 1), "9" * 30):
        assert xu.get(f"/record/consistency?old={wrong}").status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "x", "", "9" * 30])
def test_a_number_that_no_entry_has_leads_nowhere(web: Web, number: str) -> None:
    sealed(web)
    xu = web.as_(web.cast.xu)
    found = xu.get(f"/record/entry?number={number}")
    while found.status_code == 303:
        found = xu.client.get(found.headers["location"], headers=xu.headers, follow_redirects=False)
    assert found.status_code in (404, 422)


def test_a_record_that_has_not_begun_says_so(web: Web) -> None:
    xu = web.as_(web.cast.xu)
    assert "Nothing is sealed yet" in xu.get("/record").text
    assert xu.get("/record/checkpoint").status_code == 404


def test_a_sealer_that_stands_still_is_seen(web: Web) -> None:
    sealed(web)
    web.clock.now = NOON.replace(hour=5)
    assert "Nothing has been sealed for more than 20 minutes" in web.as_(web.cast.xu).get("/record").text


def test_a_damaged_place_gives_no_proof_and_says_why(web: Web) -> None:
    sealed(web)
    with unguarded(web.engine) as session:
        session.execute(text("delete from record_leaf where leaf_index = 5"))
    found = web.as_(web.cast.xu).get("/record/entry/2")
    assert found.status_code == 409
    assert "Have it verified" in found.text


def test_a_check_that_is_stopped_is_taken_up_after_its_lease(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(web)
    monkeypatch.setattr(verifying, "PIECE", 5)
    stop = threading.Event()
    stop.set()
    assert verify_once(web.engine, web.ring, stop, web.clock) is None
    with web.db() as session:
        assert session.get_one(RecordVerification, 1).finished_at is None
    web.clock.now = NOON + 2 * verifications.LEASE
    verify(web)
    with web.db() as session:
        assert session.get_one(RecordVerification, 1).finished_at == web.clock.now
