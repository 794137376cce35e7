"""The sealer: every entry once, in one tree, under a signed head; whatever is killed, whoever competes, and nothing taken back."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, func, select

from access_log.crypto.checkpoint import LogKeys, Note, NoteError
from access_log.crypto.merkle import Frontier, consistent, proven_root
from access_log.crypto.record import leaf_hash
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.ring_file import Unprotected, save_ring
from access_log.crypto.suites import Suite
from access_log.db import transaction
from access_log.errors import ConflictError, NotFoundError
from access_log.models import RecordCheckpoint, RecordEntry, RecordLeaf, RecordNode, RecordPending
from access_log.policy.codes import ActorKind, EventType
from access_log.sealing import run_sealer, seal_all, seal_once
from access_log.services import bulk, record_proofs, record_tree, sealer
from access_log.services.events import Fact
from tests.cast import Cast, make_cast
from tests.moments import NOON
from tests.rings import new_test_ring
from tests.tampering import unguarded


@pytest.fixture
def site_id(engine: Engine, ring: KeyRing) -> int:
    """A site whose record is sealed so far."""
    with transaction(engine) as session:
        made = make_cast(session, ring).site.id or 0
    seal_all(engine, ring, NOON)
    return made


def happen(engine: Engine, site_id: int, count: int) -> None:
    """Events of no importance."""
    with transaction(engine) as session:
        facts = [Fact(site_id, EventType.SITE_CHANGED, NOON, ActorKind.SYSTEM, None, detail={"area": number}) for number in range(count)]
        bulk.record_many(session, facts)


def head_of(engine: Engine) -> RecordCheckpoint:
    with transaction(engine) as session:
        found = record_tree.head(session)
        assert found is not None
        return found


def root_of_entries(engine: Engine) -> bytes:
    """The root of the entries' bodies, in the order of their leaves, and nothing else believed."""
    with transaction(engine) as session:
        bodies = session.exec(
            select(RecordEntry.body).join(RecordLeaf, col(RecordLeaf.entry_id) == col(RecordEntry.id)).order_by(col(RecordLeaf.leaf_index))
        ).all()
    tree = Frontier()
    tree.extend([leaf_hash(body) for body in bodies])
    return tree.root()


def whole(engine: Engine, ring: KeyRing) -> None:
    """Every entry is a leaf, no leaf is missing, every head is signed, and each begins with the one before."""
    keys = LogKeys.of(ring)
    with transaction(engine) as session:
        entries = set(session.exec(select(RecordEntry.id)).all())
        leaves = session.exec(select(RecordLeaf.leaf_index, RecordLeaf.entry_id).order_by(col(RecordLeaf.leaf_index))).all()
        heads = session.exec(select(RecordCheckpoint).order_by(col(RecordCheckpoint.number))).all()
        assert [index for index, _entry in leaves] == list(range(len(entries)))
        assert {entry for _index, entry in leaves} == entries
        assert session.exec(select(func.count()).select_from(RecordPending)).one() == 0
        assert [row.number for row in heads] == list(range(1, len(heads) + 1))
        signed = [keys.check(Note.parse(row.note)).head for row in heads]
        nodes = record_tree.StoredNodes(session)
        for old, new in pairwise(signed):
            assert consistent(old.size, new.size, old.root, new.root, record_tree.prove_consistency(nodes, old.size, new.size))
    assert signed[-1].root == root_of_entries(engine)


def test_what_happens_is_sealed_under_a_head_that_proves_each_entry(engine: Engine, ring: KeyRing, site_id: int) -> None:
    happen(engine, site_id, 5)
    assert seal_once(engine, ring, NOON).count == 5
    whole(engine, ring)
    keys = LogKeys.of(ring)
    with transaction(engine) as session:
        for entry in session.exec(select(RecordEntry)).all():
            shown = record_proofs.of_entry(session, entry_id=entry.id or 0)
            head, (one,) = keys.check(Note.parse(shown.note)).head, shown.entries
            assert proven_root([(one.index, leaf_hash(one.body))], head.size, shown.hashes) == head.root


def test_an_entry_that_waits_has_no_proof_yet(engine: Engine, ring: KeyRing, site_id: int) -> None:
    happen(engine, site_id, 1)
    with transaction(engine) as session:
        newest = session.exec(select(func.max(RecordEntry.id))).one()
        for unknown in (newest, newest + 1, -1):
            with pytest.raises(NotFoundError):
                record_proofs.of_entry(session, entry_id=unknown)
        size = head_of_session(session).size
        with pytest.raises(NotFoundError):
            record_tree.consistency(session, old=size + 1)
        assert record_tree.consistency(session, old=size).proof == []
    del ring


def head_of_session(session: Session) -> RecordCheckpoint:
    found = record_tree.head(session)
    assert found is not None
    return found


def test_a_long_queue_is_sealed_in_batches_and_the_nodes_worth_keeping_are_kept(engine: Engine, ring: KeyRing, site_id: int) -> None:
    before = head_of(engine)
    happen(engine, site_id, 600)
    assert [seal_once(engine, ring, NOON).count for _ in range(4)] == [256, 256, 88, 0]
    whole(engine, ring)
    with transaction(engine) as session:
        size = head_of_session(session).size
        assert size == before.size + 600
        nodes = session.exec(select(RecordNode.level, RecordNode.place).order_by(col(RecordNode.place))).all()
        assert list(nodes) == [(8, place) for place in range(size // 256)]
        for old in (0, 1, before.size, 255, 256, 257, 512, size - 1, size):
            shown = record_tree.consistency(session, old=old)
            assert shown.size == size


def test_a_transaction_that_commits_late_is_sealed_all_the_same(engine: Engine, ring: KeyRing, site_id: int) -> None:
    """The lower id becomes visible after the higher one was sealed: a watermark would have lost it."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: ids commit in their order")
    slow = Session(engine)
    bulk.record_many(slow, [Fact(site_id, EventType.SITE_CHANGED, NOON, ActorKind.SYSTEM, None)])
    happen(engine, site_id, 1)
    assert seal_once(engine, ring, NOON).count == 1
    slow.commit()
    slow.close()
    assert seal_once(engine, ring, NOON).count == 1
    whole(engine, ring)


def test_a_record_in_which_nothing_happens_gives_a_heartbeat_every_ten_minutes(engine: Engine, ring: KeyRing, site_id: int) -> None:
    del site_id
    first = head_of(engine)
    seal_once(engine, ring, NOON + timedelta(minutes=9, seconds=59))
    assert head_of(engine).number == first.number
    seal_once(engine, ring, NOON + timedelta(minutes=10))
    second = head_of(engine)
    assert (second.number, second.size, second.signed_at) == (first.number + 1, first.size, NOON + timedelta(minutes=10))
    assert second.note.split("\n\n")[0] == first.note.split("\n\n")[0], "the same tree"
    assert second.note != first.note, "signed at another time"


def test_an_empty_record_is_left_alone(engine: Engine, ring: KeyRing) -> None:
    assert seal_once(engine, ring, NOON).count == 0
    with transaction(engine) as session:
        assert record_tree.head(session) is None
        assert sealer.seal(session, ring, now=NOON) == sealer.Sealed(0, 0)


def test_two_sealers_never_fork(engine: Engine, ring: KeyRing, site_id: int) -> None:
    """Four at once over a thousand entries that keep coming: one history, each entry once."""
    stop, failed = threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                seal_once(engine, ring, NOON)
        except DBAPIError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        happen(engine, site_id, 100)
    stop.set()
    for thread in threads:
        thread.join()
    seal_all(engine, ring, NOON)
    assert failed == []
    whole(engine, ring)


def test_without_its_leader_two_sealers_would_collide(engine: Engine, ring: KeyRing, site_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with nobody leading, two transactions want the same leaf, and the database lets one through."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    monkeypatch.setattr(sealer, "_leads", lambda _session: True)
    happen(engine, site_id, 3)
    with Session(engine) as one, Session(engine) as other:
        one.execute(text("set transaction isolation level repeatable read"))
        other.execute(text("set transaction isolation level repeatable read"))
        other.exec(select(RecordPending)).all()  # the same snapshot
        sealer.seal(one, ring, now=NOON)
        one.commit()
        with pytest.raises(IntegrityError):
            sealer.seal(other, ring, now=NOON)
    whole(engine, ring)


@pytest.mark.parametrize("step", ["_edge", "_store", "after"])
def test_a_sealer_that_dies_at_any_step_leaves_the_entries_waiting(
    engine: Engine, ring: KeyRing, site_id: int, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    happen(engine, site_id, 7)

    def die(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    def seal_and(act: Callable[[], None]) -> None:
        with transaction(engine) as session:
            sealer.seal(session, ring, now=NOON)
            act()

    with monkeypatch.context() as patch:
        if step != "after":
            patch.setattr(sealer, step, die)
        with pytest.raises(KeyboardInterrupt):
            seal_and(die)
    assert seal_once(engine, ring, NOON).count == 7
    whole(engine, ring)


DIES = """
import os, sys
from pathlib import Path
from access_log.crypto.ring_file import Unprotected, load_ring
from access_log.db import make_engine
from access_log.sealing import seal_once
from tests.moments import NOON
engine, ring = make_engine(sys.argv[1]), load_ring(Path(sys.argv[2]), Unprotected())
print("ready", flush=True)
sys.stdin.readline()
while True:
    seal_once(engine, ring, NOON)
"""


@pytest.mark.fault
def test_a_sealer_killed_in_the_middle_is_followed_by_one_that_goes_on(
    engine: Engine, database: URL, ring: KeyRing, site_id: int, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    save_ring(keys / "ring.json", ring, Unprotected())
    happen(engine, site_id, 3000)
    command = [sys.executable, "-c", DIES, database.render_as_string(hide_password=False), str(keys / "ring.json")]
    for after in (0.05, 0.11, 0.02):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."})
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdin.write(b"\n")
        child.stdin.flush()
        threading.Event().wait(after)
        child.kill()
        child.wait()
        child.stdout.close()
        child.stdin.close()
    seal_all(engine, ring, NOON)
    whole(engine, ring)


def test_a_ring_without_the_key_writes_nothing_and_loses_nothing(engine: Engine, ring: KeyRing, site_id: int) -> None:
    happen(engine, site_id, 2)
    with pytest.raises(Exception, match="log_signing"):
        seal_once(engine, ring.subset({Purpose.REPORT}), NOON)
    assert seal_once(engine, ring, NOON).count == 2


def test_a_sealer_does_not_build_on_a_head_that_is_not_its_rings(engine: Engine, ring: KeyRing, site_id: int) -> None:
    happen(engine, site_id, 1)
    with pytest.raises(NoteError):
        seal_once(engine, new_test_ring(Suite.STD), NOON)
    assert seal_once(engine, ring, NOON).count == 1


def test_a_sealer_does_not_sign_over_a_changed_tree(engine: Engine, ring: KeyRing, site_id: int) -> None:
    happen(engine, site_id, 1)
    size = head_of(engine).size
    with unguarded(engine) as session:
        session.execute(text("update record_leaf set hash = :other where leaf_index = :index"), {"other": b"x" * 32, "index": size - 1})
    with pytest.raises(ConflictError, match="record_damaged"):
        seal_once(engine, ring, NOON)


def test_a_sealer_that_saw_more_does_not_go_on_from_less(engine: Engine, ring: KeyRing, site_id: int) -> None:
    """Somebody puts yesterday's database back beneath a running sealer: it would sign a second history."""
    happen(engine, site_id, 1)
    with pytest.raises(ConflictError, match="record_rolled_back"):
        seal_once(engine, ring, NOON, seen=head_of(engine).size + 1)
    assert seal_once(engine, ring, NOON, seen=head_of(engine).size).count == 1


def test_the_running_sealer_seals_within_a_second_and_stops_when_told(engine: Engine, ring: KeyRing, site_id: int) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run_sealer, args=(engine, ring, stop, lambda: NOON))
    thread.start()
    try:
        happen(engine, site_id, 300)
        before = threading.Event()
        for _ in range(60):
            before.wait(0.05)
            with transaction(engine) as session:
                if sealer.waiting_count(session) == 0:
                    break
        else:
            pytest.fail("three seconds, and entries still wait")
    finally:
        stop.set()
        thread.join(timeout=5)
    assert not thread.is_alive()
    whole(engine, ring)


GROWS = ("record_entry", "record_leaf", "record_node", "record_checkpoint", "record_pruning")
UPDATES = {
    "record_entry": "body = body",
    "record_leaf": "hash = hash",
    "record_node": "hash = hash",
    "record_checkpoint": "note = note",
    "record_pruning": "until_index = until_index",
    "record_pending": "site_id = site_id",
}


@pytest.fixture
def full(engine: Engine, ring: KeyRing, site_id: int) -> None:
    """Rows in every table of the record."""
    happen(engine, site_id, 300)
    seal_all(engine, ring, NOON)
    happen(engine, site_id, 1)
    with transaction(engine) as session:
        session.execute(text("insert into record_pruning (until_index, allowed_at) values (1, :now)"), {"now": NOON.replace(tzinfo=None)})


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("table", [*GROWS, "record_pending"])
@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
def test_the_record_only_grows(engine: Engine, table: str, act: str) -> None:
    acts = {"update": f"update {table} set {UPDATES[table]}", "delete": f"delete from {table}"}
    statement = acts.get(act, f"truncate {table} cascade")
    if act == "truncate" and engine.dialect.name == "sqlite":
        pytest.skip("SQLite knows no TRUNCATE")
    with transaction(engine) as session:
        assert session.execute(text(f"select count(*) from {table}")).scalar_one() > 0
        with pytest.raises(DBAPIError, match="the record only grows"):
            session.execute(text(statement))
        session.rollback()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ("body = :empty", True),
        ("body = :other", False),
        ("body = :empty, leaf_hash = :other", False),
        ("body = :empty, site_id = site_id + 1", False),
    ],
)
def test_of_an_entry_only_the_body_goes_and_only_once_its_time_is_over(engine: Engine, change: str, allowed: bool) -> None:
    values = {"empty": b"", "other": b"x" * 32}
    of_leaf = "id = (select entry_id from record_leaf where leaf_index = {})"
    given = {name: value for name, value in values.items() if f":{name}" in change}
    with transaction(engine) as session:
        with pytest.raises(DBAPIError, match="only grows"):
            session.execute(text(f"update record_entry set {change} where {of_leaf.format(1)}"), given)
        session.rollback()
    with transaction(engine) as session:
        statement = text(f"update record_entry set {change} where {of_leaf.format(0)}")
        if allowed:
            session.execute(statement, given)
        else:
            with pytest.raises(DBAPIError):
                session.execute(statement, given)
            session.rollback()


def test_an_entry_stops_waiting_only_by_becoming_a_leaf(session: Session, cast: Cast) -> None:
    del cast
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text("delete from record_pending where entry_id = (select min(entry_id) from record_pending)"))
    session.rollback()
