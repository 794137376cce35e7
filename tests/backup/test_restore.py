"""Putting a backup back: nobody who was erased returns, nobody else is lost, and whatever would bring one back is refused."""

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from access_log.backup.restore import restore
from access_log.crypto.errors import BackupBroken
from access_log.crypto.ring import KeyRing, Purpose, new_key
from access_log.db import reading, transaction
from access_log.errors import BackupError, LedgerBehindError
from access_log.models import Erasure, Subject, VaultItem, Visit
from access_log.policy.actors import system
from access_log.policy.codes import Active, Item, SubjectKind
from access_log.services import erasure, vault
from access_log.services.erasure import everything_of
from access_log.services.opening import open_items
from access_log.services.wrapped import WRAPPED
from tests.backup.conftest import Site

MANY = 40


def people(site: Site, count: int = MANY) -> list[UUID]:
    """More people at the site."""
    with transaction(site.engine) as session:
        made = []
        for number in range(count):
            subject = vault.new_subject(session, site_id=site.people.site.id or 0, kind=SubjectKind.VISIT, now=site.now)
            vault.register(session, site.ring, subject=subject, name=f"Wei {number}", actor=system(subject.site_id), now=site.now)
            made.append(subject.id)
    return made


def erase(site: Site, subjects: list[UUID]) -> None:
    with transaction(site.engine) as session:
        erasure.erase(session, everything_of(subjects), reason="request", actor=system(site.people.site.id or 0), now=site.now)


def named(session: Session, ring: KeyRing, subjects: list[UUID]) -> set[UUID]:
    return {subject for subject, _item in open_items(session, ring, subjects=subjects, items=[Item.NAME])}


def ratcheted(site: Site) -> KeyRing:
    """Tomorrow's ring: a new KEK for each purpose, and everything that is held moved to it."""
    ring = site.ring
    for purpose in Purpose:
        ring = ring.with_key(new_key(purpose, version=2, now=site.now))
    with transaction(site.engine) as session:
        for wrapped in WRAPPED:
            rows = session.execute(sa.select(wrapped.table)).mappings().all()
            moved = wrapped.moved(ring, rows)
            for row, value in zip(rows, moved, strict=True):
                same = [wrapped.table.c[name] == row[name] for name in wrapped.key]
                session.execute(sa.update(wrapped.table).where(*same).values({wrapped.holds: value, "kek_version": 2}))
    return ring


def destroyed(ring: KeyRing) -> KeyRing:
    for purpose in Purpose:
        ring = ring.without(purpose, 1)
    return ring


@pytest.mark.clause("4.4.b")
def test_an_older_database_erases_again_whoever_was_erased_since(site: Site) -> None:
    everybody = people(site)
    run = site.backup()
    gone = everybody[::2]
    erase(site, gone)
    fresh, done = site.put_back(run)
    assert done.erased_again == len(gone)
    with reading(fresh) as session:
        assert named(session, site.ring, everybody) == set(everybody) - set(gone)
        assert len(session.exec(select(Erasure)).all()) == len(gone)


def test_an_older_database_with_the_ring_of_that_time_does_the_same(site: Site) -> None:
    everybody = people(site)
    run = site.backup()
    old_ring = site.ring
    erase(site, everybody[:10])
    site.ring = ratcheted(site)
    fresh, done = site.put_back(run, ring=old_ring)
    assert done.erased_again == 10
    with reading(fresh) as session:
        assert named(session, old_ring, everybody) == set(everybody[10:])


def test_without_the_ledger_nothing_is_put_back(site: Site) -> None:
    run = site.backup()
    erase(site, people(site, 3))
    site.settings.ledger.unlink()
    with pytest.raises(LedgerBehindError, match="missing"):
        site.put_back(run)
    _is_empty(site)


def test_a_ledger_that_was_rolled_back_is_refused(site: Site, tmp_path: Path) -> None:
    erase(site, people(site, 3))
    earlier = tmp_path / "earlier.ledger"
    shutil.copy(site.settings.ledger, earlier)
    erase(site, people(site, 3))
    run = site.backup()
    with pytest.raises(LedgerBehindError, match="behind"):
        site.put_back(run, ledger=earlier)
    _is_empty(site)


def _is_empty(site: Site) -> None:
    """Nothing stayed where a restore was refused."""
    with site.restored[-1].connect().execution_options(readonly=True) as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_visitors_who_came_after_the_backup_are_not_there_and_nobody_else_is_taken_for_them(site: Site) -> None:
    before = people(site, 5)
    run = site.backup()
    after = people(site, 5)
    erase(site, after[:2])
    fresh, done = site.put_back(run)
    assert done.erased_again == 2
    with reading(fresh) as session:
        assert named(session, site.ring, before + after) == set(before)
        assert session.exec(select(Subject).where(col(Subject.id).in_(after))).all() == []


def test_each_point_in_time_comes_back_as_it_was_but_for_the_erased(site: Site) -> None:
    steps = []
    everybody: list[UUID] = []
    for _day in range(3):
        everybody += people(site, 4)
        steps.append((list(everybody), site.backup()))
        site.now += timedelta(days=1)
    erase(site, [everybody[0], everybody[5]])
    for then, run in steps:
        fresh, _done = site.put_back(run)
        with reading(fresh) as session:
            assert named(session, site.ring, everybody) == set(then) - {everybody[0], everybody[5]}


def test_a_backup_older_than_the_horizon_serves_events_without_whom_nobody_can_open(site: Site) -> None:
    everybody = people(site, 6)
    with transaction(site.engine) as session:
        events_before = session.execute(sa.text("select count(*) from access_event")).scalar_one()
    run = site.backup()
    site.ring = destroyed(ratcheted(site))
    fresh, done = site.put_back(run)
    assert done.lost["identity"] >= 6
    assert done.lost["label"] >= 6
    assert done.lost["index"] > 0
    with transaction(fresh) as session:
        assert session.exec(select(VaultItem)).all() == []
        assert named(session, site.ring, everybody) == set()
        assert session.execute(sa.text("select count(*) from access_event")).scalar_one() == events_before + 1
        assert all(subject.erased_at for subject in session.exec(select(Subject).where(col(Subject.id).in_(everybody))))
        mei = session.get_one(type(site.people.mei), site.people.mei.id)
        assert mei.state is Active.ENDED
        assert session.exec(select(Visit).where(col(Visit.erased_at).is_(None), col(Visit.subject_id).in_(everybody))).all() == []


def test_a_ring_older_than_the_backup_is_refused(site: Site) -> None:
    old = site.ring
    site.ring = ratcheted(site)
    run = site.backup()
    with pytest.raises(BackupError, match="older than the backup"):
        site.put_back(run, ring=old)


def test_a_database_with_anything_in_it_is_not_overwritten(site: Site) -> None:
    run = site.backup()
    with pytest.raises(BackupError, match="not empty"):
        restore(site.engine, site.ring, site.file(run), site.key, site.clock)


def test_a_broken_backup_leaves_the_empty_database_empty(site: Site) -> None:
    run = site.backup()
    path = site.file(run)
    blob = bytearray(path.read_bytes())
    blob[-1] ^= 1
    path.write_bytes(blob)
    fresh = site.empty()
    fresh.update_execution_options(**site.engine.get_execution_options())
    with pytest.raises(BackupBroken):
        restore(fresh, site.ring, path, site.key, site.clock)
    with fresh.connect().execution_options(readonly=True) as connection:
        assert sa.inspect(connection).get_table_names() == []
