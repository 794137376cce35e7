"""A running process follows its ring: it knows a new key when it meets one, and puts up with a ring it cannot read for a day."""

import threading
from pathlib import Path

import pytest

from access_log import rings
from access_log.crypto.errors import KeyMissing, RingMissing, RingPermissions, RingUnreadable
from access_log.crypto.ring import KeyRing, Purpose, new_key
from access_log.crypto.ring_file import Passphrase, Unprotected
from access_log.crypto.ring_store import RingFile
from access_log.crypto.suites import Suite
from access_log.rings import LiveRing
from access_log.runtime import REPORTS_KEYS
from tests.moments import NOON


@pytest.fixture
def store(tmp_path: Path) -> RingFile:
    made = RingFile(tmp_path / "keys" / "ring.json", Unprotected())
    made.create(suite=Suite.STD, now=NOON)
    return made


def newer(ring: KeyRing, version: int = 2) -> KeyRing:
    return ring.with_key(new_key(Purpose.LABEL, version=version, now=NOON))


def test_a_changed_ring_is_known_at_the_next_question_and_an_unchanged_one_is_not_read_again(
    store: RingFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveRing(store).opened()
    assert live() is live()
    store.save(newer(live()))
    assert live().newest(Purpose.LABEL) == 2
    monkeypatch.setattr(RingFile, "load", None)
    assert live().newest(Purpose.LABEL) == 2


def test_an_older_view_knows_a_newer_key_when_it_meets_it_and_seals_with_what_it_has(store: RingFile) -> None:
    view = LiveRing(store).opened()()
    store.save(newer(view).without(Purpose.LABEL, 1))
    assert view.kek(Purpose.LABEL)[0] == 1
    assert view.kek(Purpose.LABEL, 2) == store.load().kek(Purpose.LABEL, 2)
    with pytest.raises(KeyMissing):
        view.kek(Purpose.LABEL, 3)


def test_the_reports_follow_theirs_and_never_get_more(store: RingFile) -> None:
    live = LiveRing(store, only=REPORTS_KEYS).opened()
    view = live()
    store.save(newer(store.load()).with_key(new_key(Purpose.IDENTITY, version=2, now=NOON)))
    assert view.kek(Purpose.LABEL, 2)
    with pytest.raises(KeyMissing):
        view.kek(Purpose.IDENTITY, 2)
    assert live().purposes == REPORTS_KEYS


def test_a_ring_that_cannot_be_read_at_the_start_is_said_at_once(tmp_path: Path, store: RingFile) -> None:
    with pytest.raises(RingMissing):
        LiveRing(RingFile(tmp_path / "nowhere" / "ring.json", Unprotected())).opened()
    store.path.chmod(0o644)
    with pytest.raises(RingPermissions):
        LiveRing(store).opened()


def test_a_newer_one_that_cannot_be_read_is_put_up_with_for_a_day_and_said_once_a_minute(
    store: RingFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = 1000.0
    monkeypatch.setattr(rings.time, "monotonic", lambda: clock)
    live = LiveRing(store).opened()
    before = live()
    store.path.write_bytes(b"{")
    for seconds in (0, 30, 70, 24 * 3600):
        clock = 1000.0 + seconds
        assert live() is before
    assert caplog.text.count("cannot be read") == 3
    clock = 1001.0 + 24 * 3600
    with pytest.raises(RingUnreadable):
        live()
    store.save(newer(before))
    assert live().newest(Purpose.LABEL) == 2, "mended, it goes on"


def test_many_threads_read_a_changed_ring_once(store: RingFile, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveRing(store).opened()
    store.save(newer(live()))
    real, read = RingFile.load, []
    monkeypatch.setattr(RingFile, "load", lambda self: (read.append(1), real(self))[1])
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(live().newest(Purpose.LABEL))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [2] * 8
    assert read == [1]


def test_a_ring_sealed_with_other_words_is_one_that_cannot_be_read(tmp_path: Path) -> None:
    made = RingFile(tmp_path / "keys" / "ring.json", Passphrase("seven quiet lamps by the river"))
    made.create(suite=Suite.STD, now=NOON)
    live = LiveRing(made).opened()
    before = live()
    RingFile(made.path, Passphrase("other words altogether")).save(newer(before))
    assert live() is before
