"""A backup holds everything and shows nothing, says what it is, and never leaves half a file or a wrong row behind."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from access_log.backup import recovery
from access_log.backup.make import escrow_name, make
from access_log.backup.nightly import is_due
from access_log.backup.restore import check
from access_log.backup.target import DirectoryTarget
from access_log.crypto.errors import BackupBroken, RingExists, SharesWrong
from access_log.crypto.ring import Purpose
from access_log.db import reading, transaction
from access_log.errors import BackupError, SettingsError
from access_log.models import AccessEvent, BackupRun, Escrow
from access_log.models import Site as Site_
from access_log.policy.codes import EventType
from access_log.runtime import open_ring
from access_log.services import backups
from tests import sinks
from tests.backup.conftest import Site, contents, sealed_record
from tests.moments import NOON


def runs(site: Site) -> list[BackupRun]:
    with reading(site.engine) as session:
        return list(session.exec(select(BackupRun)).all())


def test_a_backup_brings_back_every_row(site: Site) -> None:
    with transaction(site.engine) as session:
        sealed_record(session, site.ring, NOON)
    before = contents(site.engine)
    run = site.backup()
    fresh, done = site.put_back(run)
    after = contents(fresh)
    changed = {"backup_run", "access_event", "record_entry", "record_pending"}  # the run itself, and the event that it was put back
    assert {name: rows for name, rows in after.items() if name not in changed} == {
        name: rows for name, rows in before.items() if name not in changed and name != "escrow"
    } | {"escrow": []}
    assert len(after["access_event"]) == len(before["access_event"]) + 1
    assert (done.erased_again, done.lost) == (0, {})
    assert done.head.record_size == run.record_size > 0


def test_new_rows_get_numbers_of_their_own_after_a_restore(site: Site) -> None:
    fresh, _done = site.put_back(site.backup())
    with transaction(fresh) as session:
        events = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.BACKUP_RESTORED)).all()
        session.add(type(site.people.hall)(site_id=site.people.site.id, code="NEW", name="新区", name_en="New area"))
    assert len(events) == 1


def test_nothing_of_a_person_stands_in_the_files_or_their_names(site: Site) -> None:
    site.backup()
    names = " ".join(path.name for path in site.target.path.iterdir())
    assert "Nimbus" not in names
    for path in site.target.path.iterdir():
        assert sinks.found_in(path.read_bytes(), "魏伟明", "wei@nimbus.example", "Ana Lucía Ñúñez", "Nimbus") == []


def test_the_row_says_which_keys_the_backup_needs_and_an_event_that_it_was_made(site: Site) -> None:
    run = site.backup()
    (kept,) = runs(site)
    assert kept.verified_at is not None
    assert kept.error == ""
    assert kept.size == site.file(run).stat().st_size
    assert kept.keks == {"identity": [1], "label": [1], "index": [1], "report": []}
    with reading(site.engine) as session:
        (copy,) = session.exec(select(Escrow)).all()
        assert copy.keks == {purpose.value: [1] for purpose in Purpose}
        assert len(session.exec(select(AccessEvent).where(AccessEvent.type == EventType.BACKUP_MADE)).all()) == 1


def test_a_file_that_changed_on_its_way_to_the_disk_is_no_backup(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DirectoryTarget, "digest", lambda *_args: "0" * 64)
    with pytest.raises(BackupBroken):
        site.backup()
    (kept,) = runs(site)
    assert (kept.verified_at, kept.error) == (None, "BackupBroken")
    assert list(site.target.path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("access_log.backup.make.os.fsync", full)
    with pytest.raises(BackupError, match="No space left"):
        site.backup()
    assert list(site.target.path.iterdir()) == []
    assert runs(site)[0].error == "OSError"
    monkeypatch.undo()


def test_a_half_file_of_a_killed_backup_is_swept_and_its_claim_runs_out(site: Site) -> None:
    (site.target.path / "access-log-x.backup.part").write_bytes(b"half")
    with transaction(site.engine) as session:
        session.add(BackupRun(target="directory", started_at=site.now))
    with pytest.raises(BackupError, match="another backup"):
        site.backup()
    site.now += timedelta(hours=7)
    site.backup()
    assert sorted(path.suffix for path in site.target.path.iterdir()) == [".backup", ".keys"]


def test_old_backups_go_but_never_the_last_one_and_only_the_newest_copies_of_the_ring_stay(site: Site) -> None:
    first = site.backup()
    site.now += timedelta(days=20)
    second = site.backup()
    assert not site.file(first).exists()
    assert site.file(second).exists()
    kept = {run.id: run for run in runs(site)}
    assert kept[first.id].gone_at is not None
    assert kept[second.id].gone_at is None
    site.backup()
    site.now += timedelta(days=400)
    make_none = make(site.engine, site.ring, site.settings, site.target, site.clock)
    assert site.file(make_none).exists()
    with reading(site.engine) as session:
        copies = session.exec(select(Escrow).order_by("made_at")).all()
    assert [copy.attested_destroyed_at is None for copy in copies] == [False, False, True, True]
    assert [(site.target.path / escrow_name(copy)).exists() for copy in copies] == [False, False, True, True]


def test_without_a_recovery_key_nothing_is_written(site: Site) -> None:
    (site.settings.keys / recovery.PUBLIC).unlink()
    with pytest.raises(SettingsError, match="keys escrow"):
        site.backup()
    assert list(site.target.path.iterdir()) == []


def test_a_directory_that_is_not_mounted_is_told(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="not there"):
        DirectoryTarget(tmp_path / "nas")


def test_the_ring_comes_back_from_its_copy_with_two_shares_and_is_never_overwritten(site: Site) -> None:
    site.backup()
    (copy,) = site.target.path.glob("*.keys")
    with pytest.raises(RingExists):
        recovery.recover(site.settings, copy, site.key)
    for file in site.settings.keys.iterdir():
        file.unlink()
    with pytest.raises(SharesWrong):
        recovery.joined_key([], site.words[:1])
    ring, ledger = recovery.recover(site.settings, copy, recovery.joined_key([], site.words[:2]))
    assert ring.fingerprint() == site.ring.fingerprint() == open_ring(site.settings).fingerprint()
    assert ledger
    assert site.settings.ledger.exists()


def test_a_backup_is_no_ring_and_a_ring_no_backup(site: Site) -> None:
    run = site.backup()
    (copy,) = site.target.path.glob("*.keys")
    with pytest.raises(BackupBroken):
        check(copy, site.key)
    for file in site.settings.keys.iterdir():
        file.unlink()
    with pytest.raises(BackupBroken, match="holds no key ring"):
        recovery.recover(site.settings, site.file(run), site.key)


def test_after_a_holder_left_the_old_shares_open_old_backups_only(site: Site) -> None:
    old = site.backup()
    _name, words = recovery.new_shares(site.settings)
    new = site.backup()
    check(site.file(old), site.key)
    with pytest.raises(BackupBroken, match="sealed to the recovery key"):
        check(site.file(new), site.key)
    check(site.file(new), recovery.joined_key([], words[:2]))


def test_a_backup_is_due_once_a_night_at_the_sites_hour_and_tried_again_after_an_hour() -> None:
    shanghai, two = "Asia/Shanghai", 2
    whole = BackupRun(target="directory", started_at=NOON - timedelta(hours=10))  # noon there: 02:00
    assert not is_due(whole, whole, hour=two, zone=shanghai, now=NOON + timedelta(hours=13))
    assert is_due(whole, whole, hour=two, zone=shanghai, now=NOON + timedelta(hours=14))
    failed = BackupRun(target="directory", started_at=NOON + timedelta(hours=14))
    assert not is_due(failed, whole, hour=two, zone=shanghai, now=NOON + timedelta(hours=14, minutes=59))
    assert is_due(failed, whole, hour=two, zone=shanghai, now=NOON + timedelta(hours=15))
    assert is_due(None, None, hour=two, zone=shanghai, now=NOON)


def test_the_administrator_is_told_after_26_hours_without_a_whole_one(site: Site) -> None:
    with reading(site.engine) as session:
        made = session.exec(select(Site_.created_at)).one()
        assert not backups.is_late(session, now=made + timedelta(hours=26))
        assert backups.is_late(session, now=made + timedelta(hours=27))
    run = site.backup()
    with transaction(site.engine) as session:
        session.add(BackupRun(target="directory", started_at=run.started_at + timedelta(hours=24), finished_at=site.now, error="OSError"))
    with reading(site.engine) as session:
        assert not backups.is_late(session, now=run.started_at + timedelta(hours=26))
        assert backups.is_late(session, now=run.started_at + timedelta(hours=27))
