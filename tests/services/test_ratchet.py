"""The ratchet: everything moves to new keys while people come and go, old ones go in time, and any interruption is made up for."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, text
from sqlmodel import Session, col, func, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.errors import KeyMissing
from access_log.crypto.ring import KeyRing, Purpose, new_key
from access_log.crypto.ring_file import Unprotected, damaged_of, load_ring
from access_log.db import reading, transaction
from access_log.models import AccessEvent, BackupRun, Escrow, Kek, RatchetRun, Subject, VaultItem, VaultLabel
from access_log.policy.actors import system
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.policy.keys import Hold
from access_log.ratcheting import Ratchet
from access_log.runtime import REPORTS_KEYS
from access_log.services import bulk, erasure, keks, ratchet, vault
from access_log.services.keks import Around
from access_log.services.key_state import REPORTS_RING, RING_BEHIND
from access_log.services.labels import read_labels
from access_log.services.opening import open_items, open_secret
from access_log.services.wrapped import WRAPPED, versions_used
from tests.cast import Cast, make_cast
from tests.installation import Installation, fill
from tests.moments import NOON

DAY = timedelta(days=1)


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Installation:
    return Installation(engine, tmp_path)


@pytest.fixture
def people(site: Installation) -> Cast:
    with transaction(site.engine) as session:
        return make_cast(session, site.ring)


def everything_opens(engine: Engine, ring: KeyRing, cast: Cast, subjects: list[Subject], offset: int = 0) -> None:
    """Names, labels and the index say today what they said when they were sealed."""
    ids = [subject.id for subject in subjects]
    with reading(engine) as session:
        names = open_items(session, ring, subjects=ids, items=[Item.NAME])
        assert [names[id_, Item.NAME] for id_ in ids] == [f"张测试{n}" for n in range(offset, offset + len(ids))]
        assert len(read_labels(session, ring.subset(REPORTS_KEYS), ids)) == len(ids)
        for place in (0, len(ids) - 1):
            found = vault.find_subjects(
                session, ring, site_id=cast.site.id or 0, kind=IndexKind.PHONE, value=f"+86138{place:08}", of=SubjectKind.ROSTER
            )
            assert [subject.id for subject in found] == [ids[place]]


def test_every_day_each_purpose_gets_a_new_key_and_every_row_moves_to_it(site: Installation, people: Cast) -> None:
    subjects = fill(site.engine, site.ring, people, 40)
    with transaction(site.engine) as session:
        vault.keep_secret(session, site.ring, subject_id=subjects[0].id, site_id=people.site.id or 0, secret=b"twenty bytes of seed")
    with reading(site.engine) as session:
        rows = sum(session.execute(select(func.count()).select_from(each.table)).scalar_one() for each in WRAPPED)
    for day in (1, 2, 3):
        run = site.turn()
        assert run is not None
        assert (run.state, run.made, run.moved, run.waiting, run.destroyed, run.error) == ("done", 4, rows, 0, 0, "")
        assert {purpose: site.ring.newest(purpose) for purpose in Purpose} == dict.fromkeys(Purpose, day + 1)
        with reading(site.engine) as session:
            assert all(set(versions_used(session, purpose)) <= {day + 1} for purpose in Purpose)
        assert site.ratchet.turn() is None, "nothing is left to do"
        everything_opens(site.engine, site.ring, people, subjects)
    with reading(site.engine) as session:
        assert open_secret(session, site.ring, subject_id=subjects[0].id) == b"twenty bytes of seed"
        made = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.KEY_CREATED)).all()
        assert [event.detail["keks"]["identity"] for event in made] == [[2], [3], [4]]
    assert site.reports.load().keys == site.ring.subset(REPORTS_KEYS).keys


def test_only_keys_are_wrapped_again_no_ciphertext_is_touched(site: Installation, people: Cast) -> None:
    with reading(site.engine) as session:
        before = {(row.subject_id, row.item): (row.ciphertext, row.wrapped_key) for row in session.exec(select(VaultItem))}
    site.turn()
    with reading(site.engine) as session:
        after = {(row.subject_id, row.item): (row.ciphertext, row.wrapped_key) for row in session.exec(select(VaultItem))}
    assert before.keys() == after.keys()
    assert all(before[key][0] == after[key][0] and before[key][1] != after[key][1] for key in before)


def test_an_old_key_is_destroyed_on_the_day_nothing_stands_against_it(site: Installation, people: Cast) -> None:
    for day in range(1, 14):
        site.turn()
        site.keep_safe()
        assert 1 in site.holds(), day
    assert site.holds()[1] == (Hold.YOUNG,)
    run = site.turn()
    assert run is not None
    assert (run.state, run.destroyed) == ("done", 4)
    assert site.ring.kek_versions(Purpose.IDENTITY) == list(range(2, 16))
    for copy in (site.main.path, site.main.path.with_name("ring.json.previous"), site.reports.path):
        assert all(1 not in load_ring(copy, Unprotected()).kek_versions(purpose) for purpose in Purpose)
    with reading(site.engine) as session:
        gone = session.exec(select(Kek).where(col(Kek.destroyed_at).is_not(None))).all()
        assert {(row.purpose, row.version, row.destroyed_at) for row in gone} == {(purpose.value, 1, site.now) for purpose in Purpose}
        told = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.KEY_DESTROYED)).all()
        assert sorted(event.detail["keks"].popitem() for event in told) == [
            (name, [1]) for name in ("identity", "index", "label", "report")
        ]


@pytest.mark.parametrize("missing", ["escrow", "backup", "verification"])
def test_without_safe_keeping_nothing_is_destroyed_and_it_is_an_alarm(site: Installation, people: Cast, missing: str) -> None:
    for _ in range(16):
        site.turn()
    site.keep_safe()
    with transaction(site.engine) as session:
        for row in [*session.exec(select(Escrow)), *session.exec(select(BackupRun))]:
            if missing == "verification":
                row.verified_at = None
                session.add(row)
            elif isinstance(row, Escrow) is (missing == "escrow"):
                session.delete(row)
    assert site.turn() is not None
    assert site.ring.kek_versions(Purpose.IDENTITY) == list(range(1, 19))
    with reading(site.engine) as session:
        found = keks.verdicts(session, site.ring, around=Around(), horizon=site.settings.horizon, now=site.now)
    assert {verdict.kek.version for verdict in found if verdict.overdue} == {1, 2, 3}


def test_a_key_that_rows_are_still_under_is_kept_whatever_its_age(site: Installation, people: Cast) -> None:
    for _ in range(20):
        site.turn()
    with transaction(site.engine) as session:
        row = session.exec(select(VaultItem).limit(1)).one()
        stale = vault.seal(site.ring, purpose=Purpose.IDENTITY, subject=row.subject_id, item=row.item.value, plaintext=b"x")
        assert stale.kek_version == 21
        row.wrapped_key, row.kek_version = b"damaged by somebody" * 3, 2
        session.add(row)
    site.keep_safe()
    with transaction(site.engine) as session:
        (backup,) = session.exec(select(BackupRun)).all()
        backup.keks = backup.keks | {"identity": [21]}
        session.add(backup)
    run = site.turn()
    assert run is not None
    assert run.waiting == 1
    assert site.holds()[2] == (Hold.IN_USE,)
    assert 1 not in site.ring.kek_versions(Purpose.IDENTITY)
    assert site.turn(days=0) is None, "the one damaged row is not tried for ever"


def test_while_none_can_go_no_more_than_thirty_are_made(site: Installation, people: Cast) -> None:
    for _ in range(40):
        site.turn()
    assert len(site.ring.kek_versions(Purpose.IDENTITY)) == 30


def test_a_server_that_was_off_for_three_weeks_makes_one_new_set_and_goes_on(site: Installation, people: Cast) -> None:
    site.turn()
    site.keep_safe()
    run = site.turn(days=21)
    assert run is not None
    assert (run.made, run.destroyed) == (4, 4), "version 1 has an escrowed successor and a backup without it; version 2 has not yet"
    assert site.ring.kek_versions(Purpose.IDENTITY) == [2, 3]
    site.keep_safe()
    site.turn(days=0)
    assert site.ring.kek_versions(Purpose.IDENTITY) == [3]


def test_a_clock_that_ran_ahead_for_a_while_keeps_no_key_longer(site: Installation, people: Cast) -> None:
    site.turn(days=400)
    site.turn(days=-399)
    assert site.ring.newest(Purpose.IDENTITY) == 3
    site.keep_safe()
    site.turn(days=14)
    assert site.ring.kek_versions(Purpose.IDENTITY) == [3, 4]


# Whoever works meanwhile


def test_what_is_sealed_again_or_erased_while_a_batch_is_computed_is_left_as_it_is(
    site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = fill(site.engine, site.ring, people, 3)
    real = ratchet.store

    def late(session: Session, *args: Any, **named: Any) -> int:
        if args[0].model is VaultItem:
            subject = session.get_one(Subject, subjects[0].id)
            vault.seal_item(session, site.ring, subject=subject, item=Item.NAME, value="李新", now=site.now)
            erasure.erase(session, [erasure.Target(subjects[1].id)], reason="request", actor=system(subject.site_id), now=site.now)
        return real(session, *args, **named)

    monkeypatch.setattr(ratchet, "store", late)
    with monkeypatch.context():
        site.turn()
    with reading(site.engine) as session:
        opened = open_items(session, site.ring, subjects=[subject.id for subject in subjects], items=[Item.NAME])
        assert opened == {(subjects[0].id, Item.NAME): "李新", (subjects[2].id, Item.NAME): "张测试2"}


def test_a_process_with_yesterdays_ring_reads_finds_and_seals_as_before(site: Installation, people: Cast) -> None:
    """A request that began before the new key was written, and a process that has not looked since."""
    subjects = fill(site.engine, site.ring, people, 3)
    stale = site.ring
    site.turn()
    assert stale.newest(Purpose.INDEX) == 1
    everything_opens(site.engine, stale, people, subjects)
    with transaction(site.engine) as session:
        found = bulk.find_many(
            session, stale, site_id=people.site.id or 0, kind=IndexKind.MAIL, values=["zhang1@nimbus.example"], of=SubjectKind.ROSTER
        )
        assert [subject.id for subject in found["zhang1@nimbus.example"]] == [subjects[1].id]
        vault.seal_item(session, stale, subject=subjects[0], item=Item.NAME, value="李新", now=site.now)
    with reading(site.engine) as session:
        assert open_items(session, site.ring, subjects=[subjects[0].id], items=[Item.NAME]) == {(subjects[0].id, Item.NAME): "李新"}
    assert site.turn(days=0) is not None, "what was sealed under the old key is moved"
    with reading(site.engine) as session:
        assert set(versions_used(session, Purpose.IDENTITY)) == {2}


def test_a_ring_that_cannot_renew_itself_does_not_find_what_was_moved(site: Installation, people: Cast) -> None:
    """The negative control of the test above."""
    subjects = fill(site.engine, site.ring, people, 3)
    alone = KeyRing(site.ring.suite, site.ring.keys)
    site.turn()
    with pytest.raises(KeyMissing):
        everything_opens(site.engine, alone, people, subjects)
    with reading(site.engine) as session:
        wanted = {"site_id": people.site.id or 0, "kind": IndexKind.PHONE, "value": "+8613800000000", "of": SubjectKind.ROSTER}
        assert vault.find_subjects(session, alone, **wanted) == []  # type: ignore[arg-type]


def test_scans_and_sign_ins_go_on_while_everything_moves(site: Installation, people: Cast) -> None:
    """Somebody looks a person up and seals something again and again from the first moment to the last: nothing ever fails."""
    subjects = fill(site.engine, site.ring, people, 400)
    trouble: list[BaseException] = []
    done, rounds = threading.Event(), 0

    def work() -> None:
        nonlocal rounds
        while not done.is_set():
            try:
                everything_opens(site.engine, site.rings(), people, subjects[:5])
                with transaction(site.engine) as session:
                    vault.seal_item(session, site.rings(), subject=subjects[1], item=Item.NAME, value="张测试1", now=site.now)
                rounds += 1
            except BaseException as error:  # whatever it is, the test must see it
                trouble.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(3):
            site.turn()
    finally:
        done.set()
        worker.join()
    assert trouble == []
    assert rounds > 3
    everything_opens(site.engine, site.ring, people, subjects)


def test_two_at_once_one_ratchets(site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()
    real = Ratchet._turn

    def slow(self: Ratchet) -> RatchetRun | None:
        entered.set()
        assert go_on.wait(10)
        return real(self)

    monkeypatch.setattr(Ratchet, "_turn", slow)
    site.now += DAY
    first = threading.Thread(target=site.ratchet.turn)
    first.start()
    assert entered.wait(10)
    assert Ratchet(site.engine, site.main, site.reports, site.settings, clock=lambda: site.now).turn() is None
    go_on.set()
    first.join()
    assert site.ring.newest(Purpose.IDENTITY) == 2


def test_two_machines_with_one_postgresql_share_one_ratchet(site: Installation, people: Cast, tmp_path: Path) -> None:
    if site.engine.dialect.name != "postgresql":
        pytest.skip("an SQLite file is one machine's")
    with site.engine.connect() as other:
        other.execute(text("select pg_advisory_lock(4711000003)"))
        assert site.turn() is None
    site.engine.dispose()
    assert site.turn(days=0) is not None


# Whatever stops it


def test_told_to_stop_it_stops_after_the_batch_and_goes_on_the_next_time(
    site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = fill(site.engine, site.ring, people, 300)
    monkeypatch.setattr(ratchet, "FEWEST", 20)
    monkeypatch.setattr(ratchet, "MOST", 20)
    site.stop.set()
    run = site.turn()
    assert run is not None
    assert run.state == "stopped"
    assert 0 < run.moved < 300
    site.stop.clear()
    again = site.turn(days=0)
    assert again is not None
    assert (again.state, again.made, again.waiting) == ("done", 0, 0)
    everything_opens(site.engine, site.ring, people, subjects)


def test_a_key_that_only_the_reports_got_before_the_crash_is_taken_over(site: Installation, people: Cast) -> None:
    """They may have sealed a report under it already: another key of the same number would lose it."""
    ring = site.ring.with_key(new_key(Purpose.LABEL, version=2, now=NOON)).with_key(new_key(Purpose.REPORT, version=2, now=NOON))
    site.reports.save(ring.subset(REPORTS_KEYS))
    site.turn(days=0)
    assert site.ring.kek(Purpose.REPORT, 2) == ring.kek(Purpose.REPORT, 2)
    with reading(site.engine) as session:
        assert set(versions_used(session, Purpose.LABEL)) == {2}


def test_a_key_destroyed_in_one_ring_when_it_crashed_is_destroyed_in_the_other(site: Installation, people: Cast) -> None:
    for _ in range(14):
        site.turn()
    site.keep_safe()
    site.main.save(site.ring.without(Purpose.LABEL, 1).without(Purpose.IDENTITY, 1))
    site.turn(days=0)
    assert 1 not in site.reports.load().kek_versions(Purpose.LABEL)
    with reading(site.engine) as session:
        gone = session.exec(select(Kek.purpose).where(col(Kek.destroyed_at).is_not(None), Kek.version == 1)).all()
        assert set(gone) >= {"label", "identity"}


def test_a_reports_ring_out_of_reach_keeps_its_own_keys_as_they_are_and_the_others_go_on(site: Installation, people: Cast) -> None:
    site.reports.path.chmod(0o640)
    run = site.turn()
    assert run is not None
    assert (run.state, run.error, run.made) == ("done", REPORTS_RING, 2)
    assert (site.ring.newest(Purpose.IDENTITY), site.ring.newest(Purpose.LABEL)) == (2, 1)
    site.keep_safe()
    site.turn(days=15)
    assert 1 not in site.ring.kek_versions(Purpose.IDENTITY)
    assert 1 in site.ring.kek_versions(Purpose.LABEL)
    site.reports.path.chmod(0o600)
    run = site.turn(days=0)
    assert run is not None
    assert run.error == ""
    assert site.reports.load().newest(Purpose.LABEL) == site.ring.newest(Purpose.LABEL) == 2


def test_a_ring_older_than_the_database_changes_nothing_and_says_so(
    site: Installation, people: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody put last month's ring back: a new key of a known number would be another key."""
    old = site.main.path.read_bytes()
    site.turn()
    new = site.main.path.read_bytes()
    site.main.path.write_bytes(old)
    run = site.turn()
    assert run is not None
    assert (run.state, run.error, run.made, run.moved) == ("failed", RING_BEHIND, 0, 0)
    assert "older than the database" in caplog.text
    assert site.main.path.read_bytes() == old
    site.main.path.write_bytes(new)
    assert site.turn(days=0) is not None
    assert site.ring.newest(Purpose.IDENTITY) == 3


def test_an_old_ring_put_aside_stops_the_destruction_until_it_is_deleted(site: Installation, people: Cast) -> None:
    site.turn()
    site.keep_safe()
    damaged_of(site.main.path).write_bytes(b"whoever is sure deletes this")
    site.turn(days=20)
    assert site.ring.kek_versions(Purpose.IDENTITY) == [1, 2, 3]
    damaged_of(site.main.path).unlink()
    site.turn(days=0)
    assert site.ring.kek_versions(Purpose.IDENTITY) == [2, 3]


@pytest.mark.fault
def test_a_full_disk_leaves_the_old_ring_and_the_old_rows(site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    before = site.ring
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            site.turn()
    assert site.main.load() == before
    with reading(site.engine) as session:
        assert set(versions_used(session, Purpose.IDENTITY)) == {1}
        assert [(run.state, run.error) for run in session.exec(select(RatchetRun))] == [("failed", "OSError")]
    assert site.turn(days=0) is not None


KILLED = """
import os, signal, sys, threading
from datetime import timedelta
from pathlib import Path
from access_log.crypto.ring_file import Unprotected
from access_log.crypto.ring_store import RingFile
from access_log.crypto.suites import Suite
from access_log.db import make_engine
from access_log.ratcheting import Ratchet
from access_log.services import keks, ratchet
from access_log.settings import Settings
from tests.moments import NOON

url, folder, *steps = sys.argv[1:]
folder = Path(folder)
main, reports = (RingFile(folder / name, Unprotected()) for name in ("keys/ring.json", "reports/reports.json"))
ratchet.FEWEST, ratchet.MOST = 50, 200

def die(*_args, **_kw):
    os.kill(os.getpid(), signal.SIGKILL)

def after(calls, real):
    def counted(*args, **named):
        nonlocal calls
        calls -= 1
        if calls < 0:
            die()
        return real(*args, **named)
    return counted

PLACES = {"save": RingFile, "replace": Path, "fsync": os, "store": ratchet, "store_resealed": ratchet, "note_made": keks,
          "write_down": keks, "free": keks}

def turn_and_die(step, day):
    suite, _, step = step.rpartition(":")
    name, _, calls = step.partition("#")
    place = PLACES[name]
    setattr(place, name, after(int(calls), getattr(place, name)))
    engine = make_engine(url)
    work = Ratchet(engine, main, reports, Settings(data_dir=folder, _env_file=None), clock=lambda: NOON + timedelta(days=day))
    if suite:
        assert work.switch(Suite[suite])
    work.turn()
    os._exit(3)

for day, step in enumerate(steps, start=15):
    child = os.fork()
    if not child:
        turn_and_die(step, day)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (step, status)
    print(step, flush=True)
"""
STEPS = [
    "save#0", "save#1", "note_made#0", "store#0", "store#6", "free#0", "write_down#1", "replace#1", "fsync#3", "fsync#9", "save#2",
    "save#3",
]  # fmt: skip
"""The nth call of each, counted from 0, is never made: making keys, moving rows, destroying keys, and the files below them."""


@pytest.mark.fault
def test_killed_at_any_step_day_after_day_nothing_is_lost_and_the_next_turn_makes_up_for_it(
    site: Installation, people: Cast, database: URL, tmp_path: Path
) -> None:
    subjects = fill(site.engine, site.ring, people, 500)
    for _ in range(14):
        site.now += DAY
        site.main.save(site.ring.with_key(new_key(Purpose.IDENTITY, version=site.ring.newest(Purpose.IDENTITY) + 1, now=site.now)))
    site.turn(days=0)
    site.keep_safe()
    command = [sys.executable, "-c", KILLED, database.render_as_string(hide_password=False), str(tmp_path), *STEPS]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": "."}, timeout=400, check=True, stdout=subprocess.DEVNULL)
    everything_opens(site.engine, site.ring, people, subjects)
    site.turn(days=len(STEPS) + 1)
    site.keep_safe()
    site.turn(days=14)
    site.turn(days=0)
    everything_opens(site.engine, site.ring, people, subjects)
    assert site.ring.purposes == frozenset(Purpose)
    assert all(len(site.ring.kek_versions(purpose)) <= 2 for purpose in Purpose), site.ring
    assert site.reports.load().keys == site.ring.subset(REPORTS_KEYS).keys
    with reading(site.engine) as session:
        assert keks.lost(session, site.ring) == {}
        assert len(session.exec(select(RatchetRun)).all()) > len(STEPS) / 2


# What holds for how long


def test_a_batch_grows_or_shrinks_towards_fifty_milliseconds() -> None:
    assert ratchet.next_size(1000, 0.05) == 1000
    assert ratchet.next_size(1000, 0.1) == 500
    assert ratchet.next_size(1000, 5.0) == 500, "halved at most"
    assert ratchet.next_size(1000, 0.001) == 2000, "doubled at most"
    assert ratchet.next_size(150, 5.0) == ratchet.FEWEST
    assert ratchet.next_size(4000, 0.001) == ratchet.MOST


def test_between_batches_it_rests_four_times_as_long_as_others_could_not_write(
    site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site.engine, site.ring, people, 200)
    monkeypatch.setattr(ratchet, "FEWEST", 5)
    monkeypatch.setattr(ratchet, "MOST", 50)
    rests: list[float] = []
    held: list[float] = []
    real = ratchet.Mover.move

    def watched(self: ratchet.Mover, most: int) -> ratchet.Batch:
        batch = real(self, most)
        held.append(batch.held)
        return batch

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout or 0.0)
            return False

    monkeypatch.setattr(ratchet.Mover, "move", watched)
    site.ratchet.stop = Stop()
    site.turn()
    factor = 4 if site.engine.dialect.name == "sqlite" else 1
    assert rests == [time_held * factor for time_held in held if time_held]
    assert len(rests) > 5


def test_while_a_batch_is_computed_nobody_waits_for_it(site: Installation, people: Cast) -> None:
    """Reading and wrapping take most of the time and hold no lock."""
    fill(site.engine, site.ring, people, 20)
    (labels,) = (each for each in WRAPPED if each.model is VaultLabel)
    locked: list[bool] = []

    def look(_ring: KeyRing, rows: Sequence[Any]) -> list[bytes | None]:
        with transaction(site.engine) as session:
            session.execute(text("update site set name = name"))
        locked.append(False)
        return [None] * len(rows)

    ring = site.ring.with_key(new_key(Purpose.LABEL, version=2, now=NOON))
    assert ratchet.Mover(site.engine, ring, replace(labels, moved=look)).move(10).read == 10
    assert locked == [False]
