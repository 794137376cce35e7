"""The ring on disk: who may read it, what breaks it, and that a crash leaves the old one or the new one."""

import base64
import json
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from access_log.crypto import ring_file
from access_log.crypto.errors import CryptoError, RingExists, RingLocked, RingMissing, RingPermissions, RingUnreadable
from access_log.crypto.private_file import Access
from access_log.crypto.ring import KeyRing, Purpose, new_key
from access_log.crypto.ring_file import (
    KeyFile,
    Passphrase,
    Protection,
    Unprotected,
    changing,
    create_key_file,
    create_ring,
    damaged_of,
    load_ring,
    previous_of,
    restore_previous,
    save_ring,
)
from access_log.crypto.suites import Suite
from tests.moments import NOON

WORDS = Passphrase("seven quiet lamps by the river")
OPEN = Unprotected()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ring will lie."""
    return tmp_path / "keys" / "ring.json"


@pytest.fixture
def made(path: Path) -> KeyRing:
    """A ring on disk that opens with nothing: most tests are about the file."""
    return create_ring(path, OPEN, suite=Suite.STD, now=NOON)


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    """32 random bytes, elsewhere."""
    create_key_file(tmp_path / "elsewhere" / "ring.key")
    return KeyFile(tmp_path / "elsewhere" / "ring.key")


def test_a_passphrase_opens_its_ring_in_less_than_a_second(path: Path) -> None:
    made = create_ring(path, WORDS, suite=Suite.GM, now=NOON)
    started = time.process_time()
    loaded = load_ring(path, WORDS)
    assert time.process_time() - started < 1
    assert loaded == made
    assert loaded.fingerprint() == made.fingerprint()


def test_the_passphrase_goes_through_argon2id_with_64_mib_and_three_passes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, int]] = []

    def watched(*_args: object, **cost: int) -> bytes:
        asked.append(cost)
        return bytes(32)

    monkeypatch.setattr(ring_file, "hash_secret_raw", watched)
    create_ring(path, WORDS, suite=Suite.STD, now=NOON)
    assert [(cost["memory_cost"], cost["time_cost"], cost["parallelism"], cost["hash_len"]) for cost in asked] == [(65536, 3, 1, 32)]


def test_a_key_file_opens_its_ring(path: Path, key_file: KeyFile) -> None:
    made = create_ring(path, key_file, suite=Suite.STD, now=NOON)
    assert load_ring(path, key_file) == made
    assert len(key_file.path.read_bytes()) == 32
    assert stat.S_IMODE(key_file.path.stat().st_mode) == 0o600


def test_what_is_saved_comes_back_with_every_version_and_its_age(path: Path, made: KeyRing) -> None:
    later = made.with_key(new_key(Purpose.IDENTITY, version=2, now=NOON)).without(Purpose.LABEL, 1)
    save_ring(path, later, OPEN)
    loaded = load_ring(path, OPEN)
    assert loaded.kek_versions(Purpose.IDENTITY) == [1, 2]
    assert loaded.kek(Purpose.IDENTITY) == later.kek(Purpose.IDENTITY)
    assert loaded.purposes == later.purposes
    assert [key.created_at for key in loaded.all_keys()] == [key.created_at for key in later.all_keys()]


def test_a_sealed_ring_shows_no_key_on_disk(path: Path) -> None:
    made = create_ring(path, WORDS, suite=Suite.STD, now=NOON)
    raw = path.read_bytes()
    assert not [key for key in made.all_keys() if key.material in raw or base64.b64encode(key.material)[:40] in raw]
    assert set(json.loads(raw)) == {"format", "salt", "sealed"}


def test_saving_twice_never_writes_the_same_seal_and_two_rings_have_no_salt_in_common(path: Path, made: KeyRing, tmp_path: Path) -> None:
    first = json.loads(path.read_bytes())
    save_ring(path, made, OPEN)
    second = json.loads(path.read_bytes())
    assert first["sealed"] != second["sealed"]
    create_ring(tmp_path / "other" / "ring.json", OPEN, suite=Suite.STD, now=NOON)
    assert json.loads((tmp_path / "other" / "ring.json").read_bytes())["salt"] != first["salt"]


def test_a_new_passphrase_brings_a_new_salt_and_the_old_one_opens_neither_copy(path: Path) -> None:
    made = create_ring(path, WORDS, suite=Suite.STD, now=NOON)
    first = json.loads(path.read_bytes())
    save_ring(path, made, Passphrase("other words altogether"))
    assert json.loads(path.read_bytes())["salt"] != first["salt"]
    for copy in (path, previous_of(path)):
        with pytest.raises(RingLocked):
            load_ring(copy, WORDS)


def test_whoever_has_the_ring_open_reads_a_changed_one_without_stretching_the_passphrase_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create_ring(path, WORDS, suite=Suite.STD, now=NOON)
    monkeypatch.setattr(ring_file, "hash_secret_raw", None)
    later = made.with_key(new_key(Purpose.IDENTITY, version=2, now=NOON))
    save_ring(path, later, WORDS)
    assert load_ring(path, WORDS) == later


# Who may read it


@pytest.mark.usefixtures("made")
def test_a_ring_and_its_directory_are_the_owners_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o700, 0o666])
def test_a_file_open_to_others_is_refused_with_the_command_that_mends_it(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(RingPermissions, match=f"chmod 0600 {path}"):
        load_ring(path, OPEN)
    path.chmod(0o600)
    assert load_ring(path, OPEN)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("mode", [0o750, 0o705, 0o710, 0o777])
def test_a_directory_open_to_others_is_refused_with_the_command_that_mends_it(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with pytest.raises(RingPermissions, match=f"chmod 0700 {path.parent}$"):
        load_ring(path, OPEN)


@pytest.mark.usefixtures("made")
def test_set_group_id_on_the_directory_opens_nothing_and_is_taken(path: Path) -> None:
    path.parent.chmod(0o2700)
    assert load_ring(path, OPEN)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_that_is_narrower_still_is_taken(path: Path, mode: int) -> None:
    path.chmod(mode)
    assert load_ring(path, OPEN)


@pytest.mark.usefixtures("made")
def test_a_ring_of_another_user_is_refused_with_the_command_that_mends_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = path.parent.stat()
    monkeypatch.setattr(Path, "stat", lambda self, **_kw: os.stat_result((*found[:4], 4242, *found[5:])))
    monkeypatch.setattr(Path, "is_file", lambda _self: True)
    with pytest.raises(RingPermissions, match=f"chown {os.geteuid()} {path.parent}"):
        load_ring(path, OPEN)


@pytest.mark.usefixtures("made")
def test_a_file_the_system_will_not_show_us_is_a_matter_of_permissions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(RingPermissions, match="chown"):
        load_ring(path, OPEN)


def test_a_ring_is_not_made_where_it_could_not_be_read_again(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.parent.chmod(0o755)
    with pytest.raises(RingPermissions, match="chmod 0700"):
        create_ring(path, OPEN, suite=Suite.STD, now=NOON)
    assert list(path.parent.iterdir()) == []


def test_a_key_file_open_to_others_is_refused(path: Path, key_file: KeyFile) -> None:
    create_ring(path, key_file, suite=Suite.STD, now=NOON)
    key_file.path.chmod(0o644)
    with pytest.raises(RingPermissions, match=f"chmod 0600 {key_file.path}"):
        load_ring(path, key_file)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_umask_makes_nothing_wider(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        create_ring(path, OPEN, suite=Suite.STD, now=NOON)
    finally:
        os.umask(before)
    assert load_ring(path, OPEN)


# What opens it


@pytest.mark.parametrize("wrong", [Passphrase("seven quiet lamps by the rivers"), OPEN])
def test_another_protection_is_said_to_be_wrong_and_not_repeated(path: Path, wrong: Protection) -> None:
    create_ring(path, WORDS, suite=Suite.STD, now=NOON)
    with pytest.raises(RingLocked) as caught:
        load_ring(path, wrong)
    assert "lamps" not in str(caught.value) + repr(wrong)


def test_an_empty_passphrase_protects_nothing_and_is_refused(path: Path) -> None:
    with pytest.raises(RingLocked, match="empty"):
        create_ring(path, Passphrase(""), suite=Suite.STD, now=NOON)
    assert not path.exists()


def test_bytes_of_a_passphrase_that_are_no_utf_8_are_taken_as_they_are(path: Path) -> None:
    words = Passphrase(b"caf\xe9 au lait".decode("utf-8", "surrogateescape"))
    create_ring(path, words, suite=Suite.STD, now=NOON)
    assert load_ring(path, words)


def test_another_key_file_does_not_open_the_ring(path: Path, key_file: KeyFile, tmp_path: Path) -> None:
    create_ring(path, key_file, suite=Suite.STD, now=NOON)
    create_key_file(tmp_path / "other.key")
    with pytest.raises(RingLocked):
        load_ring(path, KeyFile(tmp_path / "other.key"))


@pytest.mark.usefixtures("made")
def test_a_key_file_that_is_not_there_is_said_to_be_missing(path: Path, tmp_path: Path) -> None:
    with pytest.raises(RingLocked, match="not there"):
        load_ring(path, KeyFile(tmp_path / "nowhere.key"))


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_file_of_another_size_is_refused_with_its_size(path: Path, key_file: KeyFile, size: int) -> None:
    key_file.path.write_bytes(bytes(size))
    with pytest.raises(RingLocked, match=f"it holds {size}$"):
        load_ring(path, key_file)


def test_a_key_file_is_never_overwritten(key_file: KeyFile) -> None:
    before = key_file.path.read_bytes()
    with pytest.raises(FileExistsError):
        create_key_file(key_file.path)
    assert key_file.path.read_bytes() == before


# What breaks it


def test_no_ring_says_what_makes_one(path: Path) -> None:
    with pytest.raises(RingMissing, match="access-log keys init"):
        load_ring(path, OPEN)


def test_a_directory_in_the_rings_place_is_no_ring(path: Path) -> None:
    """What a container runtime leaves when the file it was to mount did not exist."""
    path.mkdir(parents=True)
    with pytest.raises(RingMissing):
        load_ring(path, OPEN)


def test_a_ring_is_never_overwritten_by_a_new_one(path: Path, made: KeyRing) -> None:
    with pytest.raises(RingExists):
        create_ring(path, OPEN, suite=Suite.STD, now=NOON)
    assert load_ring(path, OPEN) == made


@pytest.mark.usefixtures("made")
def test_a_ring_cut_short_anywhere_is_unreadable_and_says_where_the_last_one_is(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(RingUnreadable, match=r"ring\.json\.previous"):
            load_ring(path, OPEN)


def test_a_changed_byte_is_refused_or_changes_nothing(path: Path, made: KeyRing) -> None:
    """Only the spare bits at the end of base64 may differ and still give the same ring."""
    whole = path.read_bytes()
    harmless = 0
    for place in range(whole.index(b'"sealed"'), len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            harmless += load_ring(path, OPEN) == made
        except CryptoError:
            continue
    assert harmless <= 2


GOOD_SALT = base64.b64encode(bytes(16)).decode()
DAMAGED = {
    "empty": b"",
    "binary": bytes(range(256)),
    "not utf-8": b'{"format": 1, "salt": "\xff"}',
    "a list": b"[]",
    "a number": b"1",
    "bottomless": b"[" * 100_000,
    "no salt": b'{"format": 1, "sealed": "AAAA"}',
    "no seal": json.dumps({"format": 1, "salt": GOOD_SALT}).encode(),
    "a number for a seal": json.dumps({"format": 1, "salt": GOOD_SALT, "sealed": 1}).encode(),
    "not base64": json.dumps({"format": 1, "salt": GOOD_SALT, "sealed": "A"}).encode(),
    "not ASCII": json.dumps({"format": 1, "salt": GOOD_SALT, "sealed": "é"}).encode(),
    "a short salt": json.dumps({"format": 1, "salt": "", "sealed": "AAAA"}).encode(),
}


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("protection", [OPEN, WORDS], ids=["open", "passphrase"])
def test_a_file_that_is_no_ring_is_unreadable(path: Path, content: bytes, protection: Protection) -> None:
    path.write_bytes(content)
    with pytest.raises(RingUnreadable):
        load_ring(path, protection)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("version", [2, 99, 0, "1", None])
def test_another_format_is_named_with_the_one_that_can_be_read(path: Path, version: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "format": version}))
    with pytest.raises(RingUnreadable, match="reads format 1"):
        load_ring(path, OPEN)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "inner",
    [{}, {"keys": [], "suite": 9}, {"keys": [{}], "suite": 1}, {"keys": 1, "suite": 1}, {"keys": [{"name": "identity"}], "suite": 1}],
)
def test_a_seal_that_holds_but_holds_no_ring_is_unreadable(path: Path, inner: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_file, "encoded", lambda _ring: inner)
    save_ring(path, KeyRing(Suite.STD, {}), OPEN)
    with pytest.raises(RingUnreadable):
        load_ring(path, OPEN)


def test_a_changed_salt_locks_the_ring(path: Path) -> None:
    create_ring(path, WORDS, suite=Suite.STD, now=NOON)
    outer = json.loads(path.read_bytes())
    path.write_text(json.dumps({**outer, "salt": GOOD_SALT}))
    with pytest.raises(RingLocked):
        load_ring(path, WORDS)


# What a crash leaves


def newer(ring: KeyRing, version: int = 2) -> KeyRing:
    return ring.with_key(new_key(Purpose.IDENTITY, version=version, now=NOON))


@pytest.mark.usefixtures("made")
def test_a_second_copy_lies_beside_the_ring_for_the_owner_alone(path: Path) -> None:
    assert stat.S_IMODE(previous_of(path).stat().st_mode) == 0o600
    assert load_ring(previous_of(path), OPEN) == load_ring(path, OPEN)
    assert sorted(file.name for file in path.parent.iterdir()) == ["ring.json", "ring.json.previous"]


def test_a_destroyed_key_is_in_neither_copy_and_its_old_file_is_written_over(path: Path, made: KeyRing) -> None:
    later = newer(made)
    save_ring(path, later, OPEN)
    with path.open("rb") as old, previous_of(path).open("rb") as old_copy:
        before = old.read(), old_copy.read()
        save_ring(path, later.without(Purpose.IDENTITY, 1), OPEN)
        old.seek(0)
        old_copy.seek(0)
        for kept, was in zip((old.read(), old_copy.read()), before, strict=True):
            assert len(kept) == len(was)
            assert kept != was
            assert b"sealed" not in kept
    for copy in (path, previous_of(path)):
        assert load_ring(copy, OPEN).kek_versions(Purpose.IDENTITY) == [2]


class PowerCut(Exception):  # noqa: N818  # an event, not an error
    """The machine stops here."""


@dataclass
class Cut:
    """Stops everything at the nth moment at which the disk changes: a sync or a rename."""

    after: int

    def __enter__(self) -> "Cut":
        self.patch = pytest.MonkeyPatch()
        for place, name in ((os, "fsync"), (Path, "replace")):
            self.patch.setattr(place, name, self._counted(getattr(place, name)))
        return self

    def __exit__(self, *_error: object) -> None:
        self.patch.undo()

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            if self.after == 0:
                raise PowerCut
            self.after -= 1
            return real(*args)

        return counted


def survivors(path: Path) -> list[KeyRing]:
    """What can still be opened after a crash, from either copy."""
    found = []
    for copy in (path, previous_of(path)):
        with suppress(CryptoError):
            found.append(load_ring(copy, OPEN))
    return found


@pytest.mark.fault
@pytest.mark.parametrize("change", [newer, lambda ring: newer(ring).without(Purpose.IDENTITY, 1)], ids=["made", "made and destroyed"])
def test_a_crash_at_any_moment_leaves_the_old_ring_or_the_new_one_and_the_next_save_mends_it(
    path: Path, change: Callable[[KeyRing], KeyRing]
) -> None:
    moment, finished = 0, False
    while not finished:
        path.unlink(missing_ok=True)
        previous_of(path).unlink(missing_ok=True)
        made = create_ring(path, OPEN, suite=Suite.STD, now=NOON)
        later = change(made)
        with Cut(moment), suppress(PowerCut):
            save_ring(path, later, OPEN)
            finished = True
        assert load_ring(path, OPEN) in (made, later)
        assert {key for ring in survivors(path) for key in ring.all_keys()} <= {*made.all_keys(), *later.all_keys()}
        save_ring(path, later, OPEN)
        assert survivors(path) == [later, later]
        moment += 1
    assert moment > 8, "every moment was tried"


@pytest.mark.fault
def test_a_crash_while_the_very_first_ring_is_made_leaves_none_or_a_whole_one(path: Path) -> None:
    moment, finished = 0, False
    while not finished:
        for file in path.parent.glob("*"):
            file.unlink()
        with Cut(moment), suppress(PowerCut):
            create_ring(path, OPEN, suite=Suite.STD, now=NOON)
            finished = True
        assert not path.exists() or load_ring(path, OPEN)
        moment += 1
    assert moment > 3


# The copy is used only where somebody says so


@pytest.mark.parametrize("broken", [b"", b"{}", None], ids=["empty", "no ring", "gone"])
def test_a_broken_ring_is_never_mended_silently_and_the_copy_takes_its_place_when_asked(
    path: Path, made: KeyRing, broken: bytes | None
) -> None:
    later = newer(made)
    save_ring(path, later, OPEN)
    path.unlink()
    if broken is not None:
        path.write_bytes(broken)
        path.chmod(0o600)
    with pytest.raises((RingMissing, RingUnreadable), match="access-log keys restore-previous"):
        load_ring(path, OPEN)
    assert restore_previous(path, OPEN) == later
    assert load_ring(path, OPEN) == load_ring(previous_of(path), OPEN) == later
    assert damaged_of(path).exists() is (broken is not None)
    if broken is not None:
        assert damaged_of(path).read_bytes() == broken


@pytest.mark.usefixtures("made")
def test_a_copy_that_is_broken_too_takes_nobodys_place(path: Path) -> None:
    previous_of(path).write_bytes(b"{")
    whole = path.read_bytes()
    with pytest.raises(RingUnreadable, match="escrow"):
        restore_previous(path, OPEN)
    assert path.read_bytes() == whole


def test_a_disk_that_gives_back_something_else_is_noticed_before_the_copy_is_touched(
    path: Path, made: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.read_bytes
    later = newer(made)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "read_bytes", lambda self: real(self)[:-1])
        with pytest.raises(RingUnreadable, match="look at the disk"):
            save_ring(path, later, OPEN)
    assert load_ring(previous_of(path), OPEN) == made


# One process changes it at a time


@pytest.mark.usefixtures("made")
def test_one_at_a_time_may_change_a_ring(path: Path) -> None:
    with changing(path) as first, changing(path) as second:
        assert (first, second) == (True, False)
    with changing(path) as again:
        assert again


# A ring that another user reads


@pytest.mark.usefixtures("made")
def test_the_reports_ring_may_be_read_by_a_group_where_the_operator_says_so_and_never_by_everybody(path: Path) -> None:
    shared = Access(directory=0o750, file=0o640, owners=frozenset({os.geteuid()}))
    path.parent.chmod(0o2750)
    with pytest.raises(RingPermissions, match="chmod 0700"):
        load_ring(path, OPEN)
    save_ring(path, load_ring(path, OPEN, shared), OPEN, shared)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert load_ring(path, OPEN, shared)
    path.chmod(0o644)
    with pytest.raises(RingPermissions, match="chmod 0640"):
        load_ring(path, OPEN, shared)
    path.chmod(0o640)
    with pytest.raises(RingPermissions, match="belongs to user"):
        load_ring(path, OPEN, Access(directory=0o750, file=0o640, owners=frozenset({os.geteuid() + 1})))


@pytest.mark.fault
def test_a_half_written_new_file_from_an_earlier_crash_is_in_nobodys_way(path: Path, made: KeyRing) -> None:
    path.with_name("ring.json.new").write_bytes(b'{"format": 1, "sal')
    assert load_ring(path, OPEN) == made
    save_ring(path, made, OPEN)
    assert load_ring(path, OPEN) == made


def write_ring(directory: Path) -> None:
    create_ring(directory / "ring.json", OPEN, suite=Suite.STD, now=NOON)


def write_key(directory: Path) -> None:
    create_key_file(directory / "ring.key")


@pytest.mark.fault
@pytest.mark.parametrize("write", [write_ring, write_key])
def test_files_are_whole_when_they_are_synced_and_the_directory_comes_last(
    tmp_path: Path, write: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync before Python's own buffer is written keeps nothing through a power cut."""
    synced: list[tuple[bool, int]] = []

    def watched(handle: int) -> None:
        found = os.fstat(handle)
        synced.append((stat.S_ISDIR(found.st_mode), found.st_size))

    monkeypatch.setattr(os, "fsync", watched)
    write(tmp_path / "keys")
    files = list((tmp_path / "keys").iterdir())
    assert [directory for directory, _size in synced] == [False, True] * len(files)
    assert {size for directory, size in synced if not directory} == {file.stat().st_size for file in files} != {0}


@pytest.mark.fault
def test_a_reader_sees_the_old_ring_or_the_new_one_while_it_is_written(path: Path, made: KeyRing) -> None:
    later = made.with_key(new_key(Purpose.IDENTITY, version=2, now=NOON))
    stop, seen, trouble = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(load_ring(path, OPEN).fingerprint())
            except CryptoError as error:
                trouble.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(60):
            save_ring(path, (later, made)[number % 2], OPEN)
    finally:
        stop.set()
        reader.join()
    assert trouble == []
    assert seen <= {made.fingerprint(), later.fingerprint()}
    assert seen
