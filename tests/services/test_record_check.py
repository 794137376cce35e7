"""The record read again: whole when nobody touched it, and every tampering named, whoever did it and however well."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from access_log.crypto.checkpoint import LogKeys, NoteError
from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from access_log.db import transaction
from access_log.models import RecordCosignature
from access_log.record_cli import in_words
from access_log.services import passes
from access_log.services.record_check import Known, RecordCheck, Wrong
from access_log.services.scans import read_code, record_scans
from access_log.words import RECORD
from tests.cast import make_cast, with_pass
from tests.conftest import LONG
from tests.moments import NOON
from tests.rings import new_test_ring
from tests.tampering import WAYS, Recorded, View, check, delete_a_head, fork, roll_back, tamper, unguarded

ROUNDS = {"sqlite": 1000, "postgresql": 1000} if LONG else {"sqlite": 70, "postgresql": 30}
"""A tenth of the thousand that bench/record.py makes."""


@pytest.fixture
def recorded(engine: Engine, ring: KeyRing) -> Recorded:
    return Recorded.make(engine, ring, random.Random(4711), entries=280)


def test_a_record_that_nobody_touched_is_whole(recorded: Recorded) -> None:
    result = recorded.check(*recorded.heads)
    assert result.findings == []
    assert result.whole
    assert result.head == recorded.heads[-1].note
    assert result.size + result.waiting == result.bodies == result.events
    assert (result.waiting, result.kiosks, result.heads) == (5, 2, len(recorded.heads))


def test_whatever_can_be_found_can_be_said() -> None:
    assert {code.value for code in Wrong} == set(RECORD)


def test_an_empty_record_is_whole(engine: Engine, ring: KeyRing) -> None:
    result = check(engine, ring, NOON)
    assert (result.whole, result.size, result.heads, result.head) == (True, 0, 0, "")


def test_what_the_services_really_write_agrees_with_the_record(engine: Engine, ring: KeyRing) -> None:
    """Registration, request, approval, pass, scans: events and entries put together by the product itself."""
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        visits = with_pass(session, ring, cast, cast.wei, cast.ana)
        for visit in visits:
            live = passes.live_pass(session, visit=visit)
            assert live is not None
            scan = read_code(ring, kiosk_id=cast.kiosk.id or 0, nonce=str(visit.id), text=passes.token_of(ring, live), typed=False)
            record_scans(session, [scan], NOON + timedelta(seconds=1.25))
    result = check(engine, ring, NOON + timedelta(seconds=30))
    assert result.findings == []
    assert result.events == result.bodies == result.waiting > 20


def test_entries_that_wait_for_more_than_a_minute_are_named(recorded: Recorded) -> None:
    result = check(recorded.engine, recorded.ring, recorded.now + timedelta(seconds=70))
    assert [(finding.code, finding.facts["count"]) for finding in result.findings] == [(Wrong.ENTRY_WAITS, 5)]


@pytest.mark.clause("4.1.e", "3.2.b", "3.2.c")
def test_every_tampering_is_named(engine: Engine, ring: KeyRing) -> None:
    """Every way at least once, then at random: edit, delete, reorder, truncate, roll back, fork."""
    recorded = Recorded.make(engine, ring, random.Random(4711), entries=600)
    rng, ways = random.Random(engine.dialect.name), [way for ways in WAYS.values() for way in ways]
    unnamed = []
    for way in [*ways, *rng.choices(ways, k=ROUNDS[engine.dialect.name] - len(ways))]:
        findings, named = tamper(recorded, rng, way)
        assert all(in_words(finding) for finding in findings), "every finding fills its words"
        if not named:
            unnamed.append((way.__name__, [(one.code.value, one.values) for one in findings][:5]))
    assert unnamed == []
    assert recorded.check(*recorded.heads).findings == [], "and put right again it is whole: the check cries no wolf"


def test_a_rolled_back_or_forked_record_looks_whole_to_whoever_holds_nothing_against_it(recorded: Recorded) -> None:
    """The negative control: without a head from outside nothing is wrong in it. That is what kiosks and reports are for."""
    for way in (roll_back, fork):
        with unguarded(recorded.engine) as session:
            way(View.of(session, random.Random(1), recorded.ring))
        assert recorded.check().findings == []
        assert not recorded.check(recorded.heads[-1]).whole
        recorded.restore()


def test_what_a_kiosk_once_signed_outlives_its_memory(recorded: Recorded) -> None:
    """Rewritten and signed anew, every kiosk enrolled again: nobody holds a head any more, but the heads they signed were kept."""
    with transaction(recorded.engine) as session:
        for at, known in enumerate(recorded.heads):
            size = int(known.note.split("\n")[1])
            session.add(RecordCosignature(site_id=1, kiosk_id=1 + at % 2, size=size, note=known.note, at=recorded.now))
    assert recorded.check().findings == []
    for way, code in ((fork, Wrong.FORKED), (roll_back, Wrong.ROLLED_BACK)):
        with unguarded(recorded.engine) as session:
            way(View.of(session, random.Random(1), recorded.ring))
        found = recorded.check().findings
        assert {(finding.code, finding.facts["source"]) for finding in found} >= {(code, "kiosk 1"), (code, "kiosk 2")}
        recorded.restore()
    with unguarded(recorded.engine) as session:
        delete_a_head(View.of(session, random.Random(1), recorded.ring))
    assert [finding.code for finding in recorded.check().findings] == [Wrong.HEAD_REMOVED], "gone, but the tree still leads to it"


@pytest.mark.parametrize(("change", "field"), [("subject_id = subject_id || 'x'", "subject"), ("at = replace(at, ' ', '_')", "at")])
def test_what_no_reader_of_the_column_would_see_shows(recorded: Recorded, change: str, field: str) -> None:
    """SQLite takes any text for an id or a time."""
    if recorded.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has types for them")
    with unguarded(recorded.engine) as session:
        session.execute(
            text(f"update access_event set {change} where id = (select min(id) from access_event where subject_id is not null)")
        )
    assert [(finding.code, finding.facts["fields"]) for finding in recorded.check().findings] == [(Wrong.EVENT_EDITED, [field])]


def test_two_tamperings_far_apart_are_both_named(recorded: Recorded) -> None:
    """The tree goes on behind a stretch that does not fit."""
    with unguarded(recorded.engine) as session:
        session.execute(text("update record_leaf set hash = :other where leaf_index in (40, 270)"), {"other": b"z" * 32})
    assert {finding.leaf for finding in recorded.check().findings} == {40, 270}


@pytest.mark.parametrize("piece", [1, 7, 256, 1000])
def test_a_check_does_not_depend_on_its_pieces(recorded: Recorded, piece: int) -> None:
    assert recorded.check(*recorded.heads, piece=piece).findings == []
    with unguarded(recorded.engine) as session:
        body = session.execute(text("select body from record_entry where id = 77")).scalar_one()
        session.execute(text("update record_entry set body = :other where id = 77"), {"other": body.replace(b'"site":1', b'"site":2')})
    assert [(finding.code, finding.entry) for finding in recorded.check(piece=piece).findings] == [(Wrong.ENTRY_EDITED, 77)]


def test_what_happens_during_a_check_is_no_finding(recorded: Recorded) -> None:
    rng = random.Random(1)
    running = RecordCheck(recorded.engine, LogKeys.of(recorded.ring), now=recorded.now + timedelta(minutes=1), piece=100)
    before = -1
    for number, progress in enumerate(running.pieces()):
        assert progress.done > before or progress.done == progress.of
        before = progress.done
        recorded.happen(rng, 3)
        if number % 2 == 0:
            recorded.seal()
    assert running.result.findings == []
    assert running.result.size > 292


def test_a_head_that_is_not_this_records_is_refused(recorded: Recorded) -> None:
    foreign = LogKeys.of(new_test_ring(Suite.STD)).sign(size=1, root=bytes(32), now=NOON)
    for text_ in (str(foreign), "no note"):
        with pytest.raises(NoteError):
            RecordCheck(recorded.engine, LogKeys.of(recorded.ring), now=NOON, known=[Known("file", text_)])
