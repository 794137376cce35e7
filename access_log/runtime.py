"""From settings to open things: the key rings of a process, the ledger, and its clock."""

import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from access_log.crypto.errors import RingExists
from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.private_file import PRIVATE, Access
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.ring_file import KeyFile, Passphrase, Protection, Unprotected
from access_log.crypto.ring_store import RingFile
from access_log.crypto.suites import suite_named
from access_log.errors import SettingsError
from access_log.rings import LiveRing
from access_log.settings import Settings

MAIN = "ring.json"
REPORTS = "reports.json"
REPORTS_KEYS = frozenset({Purpose.LABEL, Purpose.REPORT})
"""What the reports process holds: masked names and its own files. It cannot open an identity."""


def protection_of(settings: Settings) -> Protection:
    """How the ring's file is opened. Raises SettingsError where nothing is set outside the demo."""
    if settings.key_passphrase is not None:
        return Passphrase(settings.key_passphrase.get_secret_value())
    if settings.key_file is not None:
        return KeyFile(settings.key_file)
    if settings.demo:
        return Unprotected()
    raise SettingsError(
        "no way to open the key ring: set ACCESS_LOG_KEY_PASSPHRASE_FILE to a file with the passphrase, "
        "or ACCESS_LOG_KEY_FILE to a key file"
    )


def ring_path(settings: Settings, name: str = MAIN) -> Path:
    """Where a ring lies."""
    return (settings.reports_keys if name == REPORTS else settings.keys) / name


def ring_file(settings: Settings) -> RingFile:
    """The ring of the web, the worker and the command line."""
    return RingFile(ring_path(settings), protection_of(settings))


def reports_file(settings: Settings) -> RingFile:
    """The ring of the reports process: in a directory of its own, which another user may own, where the operator set it so."""
    return RingFile(ring_path(settings, REPORTS), protection_of(settings), _shared(settings.reports_keys_owner))


def _shared(owner: str) -> Access:
    if not owner:
        return PRIVATE
    try:
        uid = int(owner) if owner.isdigit() else pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise SettingsError(f"ACCESS_LOG_REPORTS_KEYS_OWNER names {owner}, whom this machine does not know") from None
    return Access(directory=0o750, file=0o640, owners=frozenset({os.geteuid(), uid, 0}))


def open_ring(settings: Settings) -> KeyRing:
    """The main ring as it is now."""
    return ring_file(settings).load()


def open_reports_ring(settings: Settings) -> KeyRing:
    """The reports' ring as it is now."""
    return reports_file(settings).load().subset(REPORTS_KEYS)


def live_ring(settings: Settings) -> LiveRing:
    """The main ring, followed as it changes. Raises as open_ring where it cannot be read now."""
    return LiveRing(ring_file(settings)).opened()


def live_reports_ring(settings: Settings) -> LiveRing:
    """The reports' ring, followed as it changes. Raises as open_reports_ring where it cannot be read now."""
    return LiveRing(reports_file(settings), only=REPORTS_KEYS).opened()


def init_rings(settings: Settings, now: datetime) -> KeyRing:
    """Make both rings. Raises RingExists where one of them is there."""
    reports = reports_file(settings)
    if reports.path.exists():
        raise RingExists(f"{reports.path} is there already: the ring it belongs to is missing, restore it")
    ring = ring_file(settings).create(suite=suite_named(settings.suite), now=now)
    reports.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    reports.save(ring.subset(REPORTS_KEYS))
    return ring


def attach_ledger(engine: Engine, settings: Settings, ring: KeyRing) -> None:
    """Give every transaction of this engine the ledger of erasures; without it nothing can be erased."""
    if "ledger" not in engine.get_execution_options():
        engine.update_execution_options(ledger=FileLedger(settings.ledger, ledger_key(ring)))


def utc_now() -> datetime:
    """The one clock outside the tests."""
    return datetime.now(UTC)
