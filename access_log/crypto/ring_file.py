"""The ring on disk: one JSON file, sealed by a passphrase or a key file, replaced atomically, the one before kept.

A reader sees the old ring or the new one, never half of either.
"""

import base64
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw

from access_log.crypto.errors import RingExists, RingLocked, RingMissing, RingPermissions, RingUnreadable, SealBroken
from access_log.crypto.private_file import check_private, sync_directory, write_private
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


def load_ring(path: Path, protection: Protection) -> KeyRing:
    """Read a ring. Raises RingMissing, RingPermissions, RingUnreadable or RingLocked, each with what to do."""
    outer = _json(_read_private(path), path)
    if outer.get("format") != FORMAT:
        raise RingUnreadable(f"{path} has format {outer.get('format')!r}; this version reads format {FORMAT}")
    try:
        sealed, salt = base64.b64decode(outer["sealed"]), base64.b64decode(outer["salt"])
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None
    if len(salt) != SALT:
        raise _damaged(path)
    try:
        inner = aead_open(Suite.STD, _file_key(protection, salt), sealed, AAD)
    except SealBroken:
        raise RingLocked(f"{path} does not open with this passphrase or key file (or was changed)") from None
    try:
        return _decode(_json(inner, path))
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None


def save_ring(path: Path, ring: KeyRing, protection: Protection) -> None:
    """Replace the ring on disk: new file, fsync, rename, fsync of the directory. The old one stays as `.previous`.

    Raises RingPermissions where the directory is open to others: a ring written there could not be read again.
    """
    check_private(path.parent, 0o700)
    salt = os.urandom(SALT)
    sealed = aead_seal(Suite.STD, _file_key(protection, salt), json.dumps(_encode(ring)).encode(), AAD)
    outer = {"format": FORMAT, "salt": base64.b64encode(salt).decode(), "sealed": base64.b64encode(sealed).decode()}
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, json.dumps(outer).encode())
    if path.exists():
        previous = path.with_name(path.name + ".previous")
        previous.unlink(missing_ok=True)
        os.link(path, previous)
    fresh.replace(path)
    sync_directory(path.parent)


def _read_private(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise RingMissing(f"no key ring at {path}: run 'access-log keys init', or restore it from your escrow")
        check_private(path.parent, 0o700)
        check_private(path, 0o600)
        return path.read_bytes()
    except PermissionError:
        raise RingPermissions(f"user {os.geteuid()} may not read {path}: chown {os.geteuid()} {path.parent} {path}") from None


def _file_key(protection: Protection, salt: bytes) -> bytes:
    match protection:
        case Passphrase(""):
            raise RingLocked("the passphrase is empty")
        case Passphrase(text):
            return hash_secret_raw(text.encode("utf-8", "surrogateescape"), salt, hash_len=32, type=Type.ID, **ARGON2)
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
    return RingUnreadable(f"{path} is damaged or cut short: use {path.name}.previous beside it, or your escrow")


def _json(data: bytes, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(value, dict):
        raise RingUnreadable(f"{path} is not a key ring")
    return value


def _encode(ring: KeyRing) -> dict[str, Any]:
    keys = [
        {"name": key.name, "version": key.version, "created_at": key.created_at.isoformat(), "key": base64.b64encode(key.material).decode()}
        for key in ring.all_keys()
    ]
    return {"suite": int(ring.suite), "keys": keys}


def _decode(inner: dict[str, Any]) -> KeyRing:
    keys: dict[str, tuple[Key, ...]] = {}
    for row in inner["keys"]:
        key = Key(row["name"], row["version"], datetime.fromisoformat(row["created_at"]), base64.b64decode(row["key"]))
        keys[key.name] = (*keys.get(key.name, ()), key)
    return KeyRing(Suite(inner["suite"]), {name: tuple(sorted(versions, key=lambda key: key.version)) for name, versions in keys.items()})
