"""From one suite to the other while the register runs: both are read, what is new is in the new one, any interruption is made up for."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine
from sqlmodel import Session, SQLModel, col, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.envelope import Sealed, commitment
from access_log.crypto.errors import RingPermissions, SealBroken
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.suites import Suite
from access_log.db import make_engine, reading, transaction
from access_log.models import AccessEvent, BlindIndex, RatchetRun, ReportFile, StoredSecret, Subject, VaultItem, VaultLabel
from access_log.policy.actors import system
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.policy.keys import Alarm
from access_log.ratcheting import SWITCHED
from access_log.services import erasure, keks, key_state, ratchet, vault
from access_log.services.erasure import Target
from access_log.services.labels import read_labels
from access_log.services.opening import open_items, open_secret
from tests.cast import Cast, make_cast
from tests.conftest import LONG
from tests.installation import Installation, Unresting, fill
from tests.services.test_ratchet import KILLED, everything_opens
from tests.services.test_wrapped import tables_under_keks

HOLDING: tuple[type[SQLModel], ...] = (VaultItem, VaultLabel, StoredSecret, BlindIndex, ReportFile)


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Installation:
    return Installation(engine, tmp_path)


@pytest.fixture
def people(site: Installation) -> Cast:
    with transaction(site.engine) as session:
        return make_cast(session, site.ring)


def suites_in(engine: Engine) -> set[int]:
    """Of every sealed row and every index value."""
    assert {model.__tablename__ for model in HOLDING} == tables_under_keks()
    with reading(engine) as session:
        return {suite for model in HOLDING for suite in session.exec(select(model.suite))}  # type: ignore[attr-defined]


class Stopping(Unresting):
    """Told to stop after some batches, as a process is whose end has come."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches = batches

    def wait(self, timeout: float | None = None) -> bool:
        self.batches -= 1
        if self.batches <= 0:
            self.set()
        return super().wait(timeout)


def in_the_middle(site: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches after the change to `gm`, then no more."""
    monkeypatch.setattr(ratchet, "FEWEST", 4)
    assert site.ratchet.switch(Suite.GM)
    site.ratchet.stop = Stopping(2)
    assert site.turn(days=0) is not None
    site.ratchet.stop = Unresting()
    assert suites_in(site.engine) == {Suite.STD, Suite.GM}


@pytest.mark.parametrize("old", Suite)
def test_everything_moves_to_the_other_suite_and_opens_as_before(site: Installation, people: Cast, old: Suite) -> None:
    new = next(suite for suite in Suite if suite is not old)
    site.ratchet.switch(old)
    site.turn(days=0)
    subjects = fill(site.engine, site.ring, people, 30)
    with transaction(site.engine) as session:
        vault.keep_secret(session, site.ring, subject_id=subjects[0].id, site_id=people.site.id or 0, secret=b"twenty bytes of seed")
    assert suites_in(site.engine) == {old}
    assert site.ratchet.switch(new)
    assert site.turn(days=0) is not None
    assert suites_in(site.engine) == {new}
    everything_opens(site.engine, site.ring, people, subjects)
    with reading(site.engine) as session:
        assert open_secret(session, site.ring, subject_id=subjects[0].id) == b"twenty bytes of seed"
        assert ratchet.left_to_move(session, site.ring) == 0
    assert site.reports.load().suite is new


def test_in_the_middle_both_are_read_and_found_and_what_is_new_is_in_the_new_one_at_once(
    site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = fill(site.engine, site.ring, people, 30)
    stale = site.ring
    in_the_middle(site, monkeypatch)
    for ring in (site.ring, stale):
        everything_opens(site.engine, ring, people, subjects)
    with transaction(site.engine) as session:
        vault.register(
            session, site.ring, subject=subjects[0], name="李新", phone="+8613900000000", actor=system(subjects[0].site_id), now=site.now
        )
    with reading(site.engine) as session:
        mine = [VaultItem.subject_id == subjects[0].id, BlindIndex.subject_id == subjects[0].id]
        assert {row.suite for row in session.exec(select(VaultItem).where(mine[0]))} == {Suite.GM}
        assert {row.suite for row in session.exec(select(BlindIndex).where(mine[1]))} == {Suite.GM}
    assert site.turn(days=0) is not None
    assert suites_in(site.engine) == {Suite.GM}
    assert everything_opens_of_one(site, subjects[0].id, "李新", "+8613900000000")
    assert all(everything_opens_of_one(site, one.id, f"张测试{n}", f"+86138{n:08}") for n, one in enumerate(subjects) if n)


def everything_opens_of_one(site: Installation, subject: UUID, name: str, phone: str) -> bool:
    """By name, by label and by number."""
    with reading(site.engine) as session:
        names = open_items(session, site.ring, subjects=[subject], items=[Item.NAME])
        row = session.get_one(Subject, subject)
        found = vault.find_subjects(session, site.ring, site_id=row.site_id, kind=IndexKind.PHONE, value=phone, of=SubjectKind.ROSTER)
        return (
            names == {(subject, Item.NAME): name}
            and [one.id for one in found] == [subject]
            and bool(read_labels(session, site.ring, [subject]))
        )


def test_the_change_stands_in_the_record_once(site: Installation, people: Cast) -> None:
    for suite in (Suite.GM, Suite.GM, Suite.STD):
        assert site.ratchet.switch(suite)
        site.turn()
    with reading(site.engine) as session:
        made = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.KEY_CREATED).order_by(col(AccessEvent.id))).all()
    told = [
        (event.detail["suite_before"], event.detail["suite"], sorted(event.detail["keks"])) for event in made if "suite" in event.detail
    ]
    names = sorted(purpose.value for purpose in Purpose)
    assert told == [("std", "gm", names), ("gm", "std", names)]
    assert SWITCHED not in site.ring.notes


def test_each_key_seals_in_one_suite_only(site: Installation, people: Cast) -> None:
    fill(site.engine, site.ring, people, 3)
    site.ratchet.switch(Suite.GM)
    with reading(site.engine) as session:
        before = {(row.suite, row.kek_version) for row in session.exec(select(VaultItem))}
    site.turn(days=0)
    with reading(site.engine) as session:
        after = {(row.suite, row.kek_version) for row in session.exec(select(VaultItem))}
    assert before == {(Suite.STD, 1)}
    assert after == {(Suite.GM, 2)}


def test_what_the_record_says_of_a_name_can_still_be_proven_after_the_move(site: Installation, people: Cast) -> None:
    (subject,) = fill(site.engine, site.ring, people, 1)

    def proof(suite: Suite | None) -> bytes:
        with reading(site.engine) as session:
            row = session.get_one(VaultItem, (subject.id, Item.NAME))
            sealed = Sealed(row.suite, row.kek_version, row.wrapped_key, row.ciphertext)
        bound = {"purpose": Purpose.IDENTITY, "subject": subject.id, "item": "name", "field": "name"}
        return commitment(site.ring, sealed, value="张测试0".encode(), suite=suite, **bound)  # type: ignore[arg-type]

    recorded = proof(None)
    site.ratchet.switch(Suite.GM)
    site.turn(days=0)
    assert proof(Suite.STD) == recorded
    assert proof(None) != recorded, "in the suite of today it is another one"


def test_what_is_sealed_again_or_erased_while_it_is_moved_is_left_as_it_is(
    site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = fill(site.engine, site.ring, people, 3)
    real = ratchet.store_resealed
    stale = site.ring

    def late(session: Session, *args: object) -> int:
        monkeypatch.setattr(ratchet, "store_resealed", real)
        actor = system(subjects[0].site_id)
        vault.register(session, stale, subject=subjects[0], name="李新", phone="+8613900000000", actor=actor, now=site.now)
        erasure.erase(session, [Target(subjects[1].id)], reason="request", actor=actor, now=site.now)
        return real(session, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(ratchet, "store_resealed", late)
    site.ratchet.switch(Suite.GM)
    site.turn(days=0)
    assert everything_opens_of_one(site, subjects[0].id, "李新", "+8613900000000")
    assert everything_opens_of_one(site, subjects[2].id, "张测试2", "+8613800000002")
    with reading(site.engine) as session:
        assert erasure.left_of_subject(session, subjects[1].id) == 0
    assert suites_in(site.engine) == {Suite.GM}, "what the older view sealed was moved in the same turn"


def test_a_reports_ring_out_of_reach_changes_nothing(site: Installation, people: Cast) -> None:
    site.reports.path.parent.chmod(0o777)
    with pytest.raises(RingPermissions):
        site.ratchet.switch(Suite.GM)
    site.reports.path.parent.chmod(0o700)
    assert site.ring.suite is site.reports.load().suite is Suite.STD


# Somebody who changes the database


def swapped(session: Session, model: type[SQLModel], one: object, other: object, columns: tuple[str, ...]) -> None:
    first, second = (session.get_one(model, key) for key in (one, other))
    held = {name: (getattr(first, name), getattr(second, name)) for name in columns}
    for name, (mine, theirs) in held.items():
        setattr(first, name, theirs)
        setattr(second, name, mine)
    session.add_all([first, second])


def test_no_value_opens_in_the_place_of_one_of_the_other_suite(site: Installation, people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = fill(site.engine, site.ring, people, 30)
    in_the_middle(site, monkeypatch)
    with reading(site.engine) as session:
        rows = session.exec(select(VaultItem)).all()
    old = next(row for row in rows if row.suite == Suite.STD)
    new = next(row for row in rows if row.suite == Suite.GM and row.item is old.item)
    parts = ("suite", "kek_version", "wrapped_key", "ciphertext")

    def opened_with(columns: tuple[str, ...]) -> None:
        """Both rows with these columns of each other, taken back in the end."""
        with transaction(site.engine) as session:
            swapped(session, VaultItem, (old.subject_id, old.item), (new.subject_id, new.item), columns)
            session.flush()
            open_items(session, site.ring, subjects=[old.subject_id, new.subject_id], items=[new.item])

    for which in range(1, 2 ** len(parts)):
        with pytest.raises(SealBroken):
            opened_with(tuple(name for place, name in enumerate(parts) if which >> place & 1))
    everything_opens(site.engine, site.ring, people, subjects)


def test_what_somebody_changed_is_not_moved_and_is_an_alarm(site: Installation, people: Cast) -> None:
    subjects = fill(site.engine, site.ring, people, 4)
    with transaction(site.engine) as session:
        row = session.get_one(VaultItem, (subjects[0].id, Item.NAME))
        row.suite = Suite.GM  # it says it were in the new suite already
        session.add(row)
        session.get_one(VaultItem, (subjects[1].id, Item.NAME)).ciphertext = b"x" * 60
        ids = [session.exec(select(BlindIndex.id).where(BlindIndex.subject_id == one.id)).first() for one in subjects[2:]]
        swapped(session, BlindIndex, ids[0], ids[1], ("value",))
    site.ratchet.switch(Suite.GM)
    site.turn(days=0)
    site.turn(days=0)
    with reading(site.engine) as session:
        assert ratchet.left_to_move(session, site.ring) == 4
        state = key_state.look(session, site.ring, horizon=site.settings.horizon, stray_copy=False, now=site.now)
        assert Alarm.DAMAGED_ROWS in state.alarms
        left = {row.subject_id for row in session.exec(select(BlindIndex).where(BlindIndex.suite == Suite.STD))}
        assert left == {subjects[2].id, subjects[3].id}, "a value that is not of this number is not made again for it"


# Whatever happens, in any order


@dataclass
class Story:
    """What may happen to some people and their keys; `known` is what must be readable afterwards."""

    site: Installation
    cast: Cast
    known: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    rings: list[KeyRing] = field(default_factory=list)

    def arrive(self, number: int) -> None:
        """Somebody new, sealed by a process that may not have looked for a while."""
        ring = self.rings[number % len(self.rings)] if self.rings else self.site.ring
        name, phone = f"张测试{len(self.known)}", f"+86139{len(self.known):08}"
        with transaction(self.site.engine) as session:
            subject = vault.new_subject(session, site_id=self.cast.site.id or 0, kind=SubjectKind.ROSTER, now=self.site.now)
            vault.register(session, ring, subject=subject, name=name, phone=phone, actor=system(subject.site_id), now=self.site.now)
        self.known[subject.id] = name, phone

    def correct(self, number: int) -> None:
        for subject_id in list(self.known)[number : number + 1]:
            name, (_old, phone) = f"李新{number}", self.known[subject_id]
            with transaction(self.site.engine) as session:
                subject, actor = session.get_one(Subject, subject_id), system(self.cast.site.id or 0)
                vault.register(session, self.site.ring, subject=subject, name=name, phone=phone, actor=actor, now=self.site.now)
            self.known[subject_id] = name, phone

    def erase(self, number: int) -> None:
        for subject_id in list(self.known)[number : number + 1]:
            with transaction(self.site.engine) as session:
                erasure.erase(session, [Target(subject_id)], reason="request", actor=system(self.cast.site.id or 0), now=self.site.now)
            del self.known[subject_id]

    def change(self, number: int) -> None:
        assert self.site.ratchet.switch(list(Suite)[number % 2])

    def move_a_little(self, number: int) -> None:
        self.site.ratchet.stop = Stopping(number + 1)
        self.site.turn(days=0)
        self.site.ratchet.stop = Unresting()

    def remember(self, _number: int) -> None:
        """A process whose ring stays as it is now."""
        self.rings.append(self.site.ring)

    def next_day(self, _number: int) -> None:
        self.site.turn()

    def holds(self) -> None:
        for subject_id, (name, phone) in self.known.items():
            assert everything_opens_of_one(self.site, subject_id, name, phone)


ACTS = ("arrive", "arrive", "correct", "erase", "change", "change", "move_a_little", "move_a_little", "remember", "next_day")


@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), max_size=12))
@settings(max_examples=200 if LONG else 5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_everybody_is_readable_and_in_the_end_in_one_suite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("suites")
    shutil.copy(sqlite_template, folder / "access_log.db")
    engine = make_engine(f"sqlite:///{folder / 'access_log.db'}")
    site = Installation(engine, folder)
    with transaction(engine) as session, pytest.MonkeyPatch.context() as patch:
        cast = make_cast(session, site.ring)
        patch.setattr(ratchet, "FEWEST", 1)
    story = Story(site, cast)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ratchet, "FEWEST", 1)
        for act, number in acts:
            getattr(story, act)(number)
            story.holds()
    site.turn(days=0)
    story.holds()
    assert suites_in(engine) <= {site.ring.suite}
    with reading(engine) as session:
        assert ratchet.left_to_move(session, site.ring) == 0
    engine.dispose()


STEPS = [
    "GM:save#0", "GM:save#1", "GM:note_made#0", "GM:save#2", "GM:store_resealed#0", "GM:store_resealed#1", "store_resealed#0",
    "STD:save#1", "STD:save#2", "STD:store_resealed#1", "replace#1", "GM:fsync#3",
]  # fmt: skip
"""The nth call of each, counted from 0, is never made, on the way to a suite or in the worker's turn afterwards."""


@pytest.mark.fault
def test_killed_at_any_step_of_a_change_nothing_is_lost_and_the_next_turn_makes_up_for_it(
    site: Installation, people: Cast, database: URL, tmp_path: Path
) -> None:
    subjects = fill(site.engine, site.ring, people, 300)
    site.turn(days=14)
    command = [sys.executable, "-c", KILLED, database.render_as_string(hide_password=False), str(tmp_path), *STEPS]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": "."}, timeout=400, check=True, stdout=subprocess.DEVNULL)
    everything_opens(site.engine, site.ring, people, subjects)
    site.turn(days=len(STEPS) + 2)
    everything_opens(site.engine, site.ring, people, subjects)
    assert suites_in(site.engine) == {site.ring.suite} == {site.reports.load().suite}
    with reading(site.engine) as session:
        assert keks.lost(session, site.ring) == {}
        assert ratchet.left_to_move(session, site.ring) == 0
        assert session.exec(select(RatchetRun).where(RatchetRun.state == "running")).all() == []
