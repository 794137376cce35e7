"""The recovery key: its public half beside the ring, its private half as three sheets of words in three people's keeping."""

import json
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from access_log.crypto import shares
from access_log.crypto.errors import BackupBroken, RingExists
from access_log.crypto.private_file import check_private, sync_directory, write_private
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import decoded, encoded
from access_log.crypto.sealed_stream import SealingStream, new_recovery_key, opened, recovery_name
from access_log.errors import SettingsError
from access_log.runtime import REPORTS_KEYS, reports_file, ring_file, ring_path
from access_log.settings import Settings

PUBLIC = "recovery.pub"


def new_shares(settings: Settings) -> tuple[str, list[str]]:
    """Make a recovery key: (its name, three shares). Only the public half stays; an older one is replaced."""
    key = new_recovery_key()
    public = key.public_key()
    path, fresh = settings.keys / PUBLIC, settings.keys / f"{PUBLIC}.new"
    fresh.unlink(missing_ok=True)
    write_private(fresh, public.public_bytes_raw().hex().encode("ascii") + b"\n")
    fresh.replace(path)
    sync_directory(settings.keys)
    return recovery_name(public), shares.split(key)


def has_recovery_key(settings: Settings) -> bool:
    """Whether one was made."""
    return (settings.keys / PUBLIC).is_file()


def recovery_key(settings: Settings) -> X25519PublicKey:
    """The public half. Raises SettingsError where there is none."""
    path = settings.keys / PUBLIC
    if not path.is_file():
        raise SettingsError("there is no recovery key yet: access-log keys escrow makes one and hands out its three shares")
    check_private(path, 0o644)
    try:
        return X25519PublicKey.from_public_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except ValueError:
        raise SettingsError(f"{path} holds no recovery key: access-log keys escrow --new makes another one") from None


def ring_copy(ring: KeyRing, ledger: Path, recovery: X25519PublicKey, now: datetime) -> bytes:
    """The ring, and the ledger of erasures as it is now, sealed to the recovery key."""
    held = ledger.read_bytes() if ledger.is_file() else b""
    plain = json.dumps({"ring": encoded(ring), "ledger": held.decode("utf-8"), "at": now.isoformat()}).encode("utf-8")
    out = BytesIO()
    stream = SealingStream(out, recovery)
    stream.write(plain)
    stream.finish()
    return out.getvalue()


def recover(settings: Settings, copy: Path, key: X25519PrivateKey) -> tuple[KeyRing, bool]:
    """Put back the ring of a copy, and its ledger where none is there. Returns (ring, whether the ledger was put back).

    Raises RingExists where a ring is there: it is never overwritten.
    """
    if ring_path(settings).exists():
        raise RingExists(f"{ring_path(settings)} is there already; move it away first if it really is to be replaced")
    with copy.open("rb") as file:
        plain = b"".join(opened(file, key))
    try:
        held = json.loads(plain)
        ring, ledger = decoded(held["ring"]), held["ledger"].encode("utf-8")
    except (ValueError, KeyError, TypeError):
        raise BackupBroken("this file holds no key ring: is it the backup itself? The copy of the ring ends in .keys") from None
    settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring_file(settings).save(ring)
    settings.reports_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    reports_file(settings).save(ring.subset(REPORTS_KEYS))
    missing = bool(ledger) and not settings.ledger.exists()
    if missing:
        settings.ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(settings.ledger, ledger)
        sync_directory(settings.ledger.parent)
    return ring, missing


def joined_key(files: Sequence[Path], typed: Sequence[str]) -> X25519PrivateKey:
    """The private half, of shares in files or typed. Raises SharesWrong."""
    return shares.join([*(path.read_text(encoding="utf-8") for path in files), *typed])
