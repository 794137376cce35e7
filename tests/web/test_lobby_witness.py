"""Kiosks as witnesses, on the server's side: what is taken from them, what is refused, and how it comes to light."""

import base64
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlmodel import select

from access_log.crypto.checkpoint import LogKeys, Note, cosign, hashes_of
from access_log.crypto.merkle import consistent
from access_log.models import AccessEvent, RecordCosignature, RecordWitness
from access_log.policy.codes import EventType
from access_log.sealing import seal_all
from access_log.services import events, kiosks
from access_log.verifying import verify_once
from tests.moments import NOON
from tests.tampering import unguarded
from tests.web.conftest import Web
from tests.web.kiosks import Device, device

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


@pytest.fixture
def kiosk(web: Web) -> Device:
    seal_all(web.engine, web.ring, NOON)
    return device(web)


def signed(web: Web, kiosk: Device, key: Ed25519PrivateKey = KEY, *, old: int = 0, kiosk_id: int = 1) -> dict[str, str]:
    """What a kiosk sends back after a look."""
    shown = kiosk.get(f"/record?old={old}").json()
    note = Note.parse(shown["checkpoint"])
    line = cosign(key, f"{LogKeys.of(web.ring).origin}/kiosk/{kiosk_id}", note.text, web.clock())
    return {"key": base64.b64encode(key.public_key().public_bytes_raw()).decode(), "note": shown["checkpoint"] + str(line)}


def happen(web: Web, count: int = 1) -> None:
    with web.db() as session:
        for _ in range(count):
            events.record(session, EventType.SITE_CHANGED, site_id=web.cast.site.id or 0, now=web.clock(), detail={"area": 1})
    seal_all(web.engine, web.ring, web.clock())


def test_a_kiosk_is_shown_the_newest_checkpoint_and_that_it_begins_with_what_it_holds(web: Web, kiosk: Device) -> None:
    first = kiosk.get("/record?old=0").json()
    keys = LogKeys.of(web.ring)
    was = keys.check(Note.parse(first["checkpoint"])).head
    happen(web, 3)
    then = kiosk.get(f"/record?old={was.size}").json()
    now = keys.check(Note.parse(then["checkpoint"])).head
    assert consistent(was.size, now.size, was.root, now.root, hashes_of(then["hashes"]))
    shorter = kiosk.get(f"/record?old={now.size + 5}").json()
    assert (shorter["checkpoint"], shorter["hashes"]) == (then["checkpoint"], []), "it judges for itself"
    for wrong in ("-1", "x", str(2**60)):
        assert kiosk.get(f"/record?old={wrong}").status_code == 422


def test_before_anything_is_sealed_there_is_nothing_to_witness(web: Web) -> None:
    assert device(web).get("/record").json() == {"checkpoint": "", "hashes": []}


def test_a_cosignature_is_kept_and_shown_to_the_auditor(web: Web, kiosk: Device) -> None:
    assert kiosk.post("/record", signed(web, kiosk)).json() == {"kept": True}
    page = web.as_(web.cast.xu).get("/record").text
    assert "watches" in page
    web.clock.now += timedelta(minutes=4)
    assert "has fallen silent" in web.as_(web.cast.xu).get("/record").text


def test_a_note_is_kept_every_ten_minutes_and_the_newest_in_any_case(web: Web, kiosk: Device) -> None:
    for minute in range(21):
        web.clock.now = NOON + timedelta(minutes=minute)
        happen(web)
        assert kiosk.post("/record", signed(web, kiosk)).status_code == 200
    with web.db() as session:
        kept = session.exec(select(RecordCosignature)).all()
        witness = session.exec(select(RecordWitness)).one()
    assert len(kept) == 3
    assert witness.size == max(row.size for row in kept) == witness.size


def test_the_first_key_of_an_enrolment_stays_its_key(web: Web, kiosk: Device) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    kiosk.post("/record", signed(web, kiosk))
    assert kiosk.post("/record", signed(web, kiosk, other)).status_code == 409
    web.clock.now += timedelta(minutes=1)
    with web.db() as session:
        row = kiosks.get(session, kiosk_id=1, site_id=1)
        code = kiosks.enrol_code(session, web.ring, kiosk=row, now=web.clock())
        _row, credential = kiosks.enrol(session, web.ring, text=code, now=web.clock())
    again = device(web, credential)
    assert again.post("/record", signed(web, again, other)).status_code == 200, "a new enrolment begins with a new key"


@pytest.mark.parametrize("what", ["text", "ours", "theirs", "name", "key", "short", "none"])
def test_what_is_not_signed_by_both_is_refused(web: Web, kiosk: Device, what: str) -> None:
    said = signed(web, kiosk, kiosk_id=2 if what == "name" else 1)
    lines = said["note"].split("\n")
    if what in ("text", "ours", "theirs"):
        at = {"text": 2, "ours": 4, "theirs": 6}[what]
        lines[at] = lines[at][:-3] + ("AA=" if not lines[at].endswith("AA=") else "BA=")
    changed = {"key": base64.b64encode(b"z" * 32).decode()} if what == "key" else {"key": "AAAA"} if what == "short" else {}
    note = {"note": "\n".join(lines[:-2]) + "\n"} if what == "none" else {"note": "\n".join(lines)}
    assert kiosk.post("/record", said | note | changed).status_code == 422
    with web.db() as session:
        assert session.exec(select(RecordWitness)).all() == []


def test_a_dispute_is_recorded_once_an_hour_and_seen_at_once(web: Web, kiosk: Device) -> None:
    kiosk.post("/record", signed(web, kiosk))
    for _ in range(3):
        assert kiosk.post("/record/dispute", {"fault": "rolled_back", "held": "", "shown": ""}).status_code == 200
    with web.db() as session:
        told = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.RECORD_DISPUTED)).all()
    assert [(event.kiosk_id, event.actor_id, event.detail["fault"]) for event in told] == [(None, 1, "rolled_back")]
    page = web.as_(web.cast.xu).get("/record").text
    assert "disputes the record" in page
    assert "a backup was restored, or the end was cut off" in page
    assert "A kiosk disputes the record" in page, "beside the verdict, which knows nothing of it"
    kiosk.post("/record", signed(web, kiosk))
    assert "disputes the record" not in web.as_(web.cast.xu).get("/record").text, "settled"
    assert kiosk.post("/record/dispute", {"fault": "whatever"}).status_code == 422


def test_a_record_set_back_behind_a_kiosks_back_is_named_by_the_next_check(web: Web, kiosk: Device) -> None:
    """The kiosk's head is held against the record even where the kiosk itself is switched off."""
    happen(web, 5)
    kiosk.post("/record", signed(web, kiosk))
    with unguarded(web.engine) as session:
        size = session.execute(text("select size from record_checkpoint order by number limit 1")).scalar_one()
        session.execute(text("delete from record_checkpoint where size > :size"), {"size": size})
        entries = session.execute(text("select entry_id from record_leaf where leaf_index >= :size"), {"size": size}).scalars().all()
        session.execute(text("delete from record_leaf where leaf_index >= :size"), {"size": size})
        for entry in entries:
            session.execute(text("delete from record_entry where id = :id"), {"id": entry})
        session.execute(text("delete from access_event where type = 'site:changed'"))
    verify_once(web.engine, web.ring, threading.Event(), web.clock)
    page = web.as_(web.cast.xu).get("/record").text
    assert f"The record was set back to {size} entries: kiosk 1 holds" in page
