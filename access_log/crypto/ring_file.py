"""The ring on disk: one JSON file, sealed by a passphrase or a key file, replaced atomically, with a second copy beside it.

A reader sees the old ring or the new one, never half of either. The second copy (`.previous`) is the ring before while a new one is written
and the same ring once that was read back; it never holds a key that the ring does not: a destroyed key lives in neither. It is used
only where somebody says so (`access-log keys restore-previous`).
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw

from access_log.crypto.errors import RingExists, RingLocked, RingMissing, RingPermissions, RingUnreadable, SealBroken
from access_log.crypto.private_file import PRIVATE, Access, check_private, sync_directory, write_private
from access_log.crypto.ring import Key, KeyRing, new_ring
from access_log.crypto.suites import Suite, aead_open, aead_seal

FORMAT = 1
AAD = b"access-log/1 ring file"
SALT = 16
ARGON2 = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 1}
"""RFC 9106, second recommended option: 64 MiB."""


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    """The ring opens with words that somebody types or a secret store hands over."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The ring opens with 32 random bytes from a file of their own, mode 0600, on other storage than the ring."""

    path: Path


@dataclass(frozen=True, slots=True)
class Unprotected:
    """For the demo only: whoever reads the file has the keys."""


Protection = Passphrase | KeyFile | Unprotected


def create_ring(path: Path, protection: Protection, *, suite: Suite, now: datetime) -> KeyRing:
    """Make a new ring and its directory (0700). Raises RingExists: a ring is never overwritten by a new one."""
    if path.exists():
        raise RingExists(f"{path} is there already, and a ring is never overwritten: what is sealed by it would be lost")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = new_ring(suite, now)
    save_ring(path, ring, protection)
    return ring


def create_key_file(path: Path) -> None:
    """32 random bytes, readable by the owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, os.urandom(32))
    sync_directory(path.parent)


def load_ring(path: Path, protection: Protection, access: Access = PRIVATE) -> KeyRing:
    """Read a ring. Raises RingMissing, RingPermissions, RingUnreadable or RingLocked, each with what to do."""
    outer = _outer(path, access)
    if outer.get("format") != FORMAT:
        raise RingUnreadable(
            f"{path} has format {outer.get('format')!r}; this version reads format {FORMAT}: use the version that wrote it, or, where the "
            f"file is damaged, 'access-log keys restore-previous'"
        )
    try:
        sealed, salt = base64.b64decode(outer["sealed"]), base64.b64decode(outer["salt"])
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None
    if len(salt) != SALT:
        raise _damaged(path)
    try:
        inner = aead_open(Suite.STD, _file_key(protection, salt), sealed, AAD)
    except SealBroken:
        raise RingLocked(
            f"{path} does not open with this {_means(protection)}: give the right one. If it is the right one, the file was changed: "
            f"'access-log keys restore-previous' takes the copy beside it"
        ) from None
    try:
        return decoded(_json(inner, path))
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None


def save_ring(path: Path, ring: KeyRing, protection: Protection, access: Access = PRIVATE) -> None:
    """Replace the ring on disk, read it back, then renew the copy beside it. Hold `changing` where others may change it, too.

    Raises RingPermissions where the directory is open to others: a ring written there could not be read again. Whatever stops it, one
    of the two files holds a whole ring, and neither holds a key that was destroyed by an earlier save.
    """
    check_private(path.parent, access.directory, access.owners)
    before = _readable(path, protection, access)
    salt = _salt_of(path, access) if before is not None else None
    if before is not None and not set(before.all_keys()) <= set(ring.all_keys()):
        _replace(previous_of(path), _sealed(before.only_what(ring), protection, salt), access)
    data = _sealed(ring, protection, salt)
    _replace(path, data, access)
    if path.read_bytes() != data:
        raise RingUnreadable(f"{path} could not be read back as it was written: look at the disk; {previous_of(path)} is whole")
    _replace(previous_of(path), data, access)


def previous_of(path: Path) -> Path:
    """The copy beside a ring."""
    return path.with_name(path.name + ".previous")


def restore_previous(path: Path, protection: Protection, access: Access = PRIVATE) -> KeyRing:
    """Put the copy in the place of a ring that cannot be read; that one is kept as `.damaged`. Raises as load_ring, of the copy."""
    ring = load_ring(previous_of(path), protection, access)
    data = previous_of(path).read_bytes()
    if path.exists():
        _replace(damaged_of(path), path.read_bytes(), access)
    _replace(path, data, access)
    return ring


def damaged_of(path: Path) -> Path:
    """Where `restore_previous` puts what it replaced: whoever is sure deletes it, until then no key is destroyed."""
    return path.with_name(path.name + ".damaged")


@contextmanager
def changing(path: Path, access: Access = PRIVATE) -> Iterator[bool]:
    """Hold the right to change a ring: one process at a time. False where another one has it."""
    check_private(path.parent, access.directory, access.owners)
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _sealed(ring: KeyRing, protection: Protection, salt: bytes | None) -> bytes:
    """A ring's file. The salt stays with the passphrase, so that whoever has the ring open need not stretch it again."""
    salt = salt or os.urandom(SALT)
    sealed = aead_seal(Suite.STD, _file_key(protection, salt), json.dumps(encoded(ring)).encode(), AAD)
    outer = {"format": FORMAT, "salt": base64.b64encode(salt).decode(), "sealed": base64.b64encode(sealed).decode()}
    return json.dumps(outer).encode()


def _readable(path: Path, protection: Protection, access: Access) -> KeyRing | None:
    """What lies there now, if it can be read: what cannot is no ring to keep."""
    try:
        return load_ring(path, protection, access)
    except (RingMissing, RingUnreadable, RingLocked):
        return None


def _salt_of(path: Path, access: Access) -> bytes:
    return base64.b64decode(_outer(path, access)["salt"])


def _replace(path: Path, data: bytes, access: Access) -> None:
    """A new file in the place of the old one, which is written over: a disk that never writes in place keeps it all the same."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, data, access)
    with path.open("r+b") if path.exists() else nullcontext() as old:
        fresh.replace(path)
        sync_directory(path.parent)
        if old is not None:
            old.write(os.urandom(os.fstat(old.fileno()).st_size))
            old.flush()
            os.fsync(old.fileno())


def _read_private(path: Path, access: Access) -> bytes:
    try:
        if not path.is_file():
            raise _missing(path)
        check_private(path.parent, access.directory, access.owners)
        check_private(path, access.file, access.owners)
        while True:
            inode, data = path.stat().st_ino, path.read_bytes()
            if path.stat().st_ino == inode:  # else it was replaced, and overwritten, while it was read
                return data
    except PermissionError:
        raise RingPermissions(f"user {os.geteuid()} may not read {path}: chown {os.geteuid()} {path.parent} {path}") from None


def _outer(path: Path, access: Access) -> dict[str, Any]:
    return _json(_read_private(path, access), path)


def _missing(path: Path) -> RingMissing:
    copy = previous_of(path)
    if copy.exists():
        return RingMissing(f"no key ring at {path}, but its copy {copy.name} is there: 'access-log keys restore-previous' takes it")
    return RingMissing(
        f"no key ring at {path}: if it was moved, set ACCESS_LOG_KEYS_DIR to where it is; if it is lost, restore it from your escrow; "
        f"if there never was one, run 'access-log keys init'"
    )


def _means(protection: Protection) -> str:
    return "passphrase" if isinstance(protection, Passphrase) else "key file" if isinstance(protection, KeyFile) else "unprotected setting"


@lru_cache(maxsize=8)
def _stretched(text: str, salt: bytes) -> bytes:
    """Argon2id takes half a second on purpose; a process that reads its ring again because a key was added need not pay it again."""
    return hash_secret_raw(text.encode("utf-8", "surrogateescape"), salt, hash_len=32, type=Type.ID, **ARGON2)


def _file_key(protection: Protection, salt: bytes) -> bytes:
    match protection:
        case Passphrase(""):
            raise RingLocked("the passphrase is empty")
        case Passphrase(text):
            return _stretched(text, salt)
        case KeyFile(path):
            if not path.is_file():
                raise RingLocked(f"the key file {path} is not there")
            check_private(path, 0o600)
            key = path.read_bytes()
            if len(key) != 32:
                raise RingLocked(f"the key file {path} must hold exactly 32 bytes, it holds {len(key)}")
            return key
        case Unprotected():
            return bytes(32)


def _damaged(path: Path) -> RingUnreadable:
    return RingUnreadable(
        f"{path} is damaged or cut short: 'access-log keys restore-previous' takes {previous_of(path).name} beside it; "
        f"if that is damaged too, restore it from your escrow"
    )


def _json(data: bytes, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(value, dict):
        raise RingUnreadable(f"{path} is not a key ring")
    return value


def encoded(ring: KeyRing) -> dict[str, Any]:
    """The keys themselves, as JSON: for what is sealed at once."""
    keys = [
        {"name": key.name, "version": key.version, "created_at": key.created_at.isoformat(), "key": base64.b64encode(key.material).decode()}
        for key in ring.all_keys()
    ]
    return {"suite": int(ring.suite), "keys": keys, "notes": dict(ring.notes)}


def decoded(inner: dict[str, Any]) -> KeyRing:
    """The ring that was written with `encoded`. Raises KeyError, ValueError, TypeError where it is none."""
    keys: dict[str, tuple[Key, ...]] = {}
    for row in inner["keys"]:
        key = Key(row["name"], row["version"], datetime.fromisoformat(row["created_at"]), base64.b64decode(row["key"]))
        keys[key.name] = (*keys.get(key.name, ()), key)
    versions = {name: tuple(sorted(held, key=lambda key: key.version)) for name, held in keys.items()}
    return KeyRing(Suite(inner["suite"]), versions, dict(inner.get("notes", {})))
