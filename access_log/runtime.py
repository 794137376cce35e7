"""From settings to open things: the key rings of a process, and its clock."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from access_log.crypto.errors import RingExists
from access_log.crypto.ledger import ledger_key
from access_log.crypto.ledger_file import FileLedger
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.ring_file import KeyFile, Passphrase, Protection, Unprotected, create_ring, load_ring, save_ring
from access_log.crypto.suites import suite_named
from access_log.errors import SettingsError
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
    return settings.keys / name


def open_ring(settings: Settings) -> KeyRing:
    """The ring of the web, the worker and the command line."""
    return load_ring(ring_path(settings), protection_of(settings))


def open_reports_ring(settings: Settings) -> KeyRing:
    """The ring of the reports process, in a directory of its own where the operator gave one."""
    return load_ring(ring_path(settings, REPORTS), protection_of(settings)).subset(REPORTS_KEYS)


def init_rings(settings: Settings, now: datetime) -> KeyRing:
    """Make both rings. Raises RingExists where one of them is there."""
    protection = protection_of(settings)
    if ring_path(settings, REPORTS).exists():
        raise RingExists(f"{ring_path(settings, REPORTS)} is there already: the ring it belongs to is missing, restore it")
    ring = create_ring(ring_path(settings), protection, suite=suite_named(settings.suite), now=now)
    save_ring(ring_path(settings, REPORTS), ring.subset(REPORTS_KEYS), protection)
    return ring


def attach_ledger(engine: Engine, settings: Settings, ring: KeyRing) -> None:
    """Give every transaction of this engine the ledger of erasures; without it nothing can be erased."""
    if "ledger" not in engine.get_execution_options():
        engine.update_execution_options(ledger=FileLedger(settings.ledger, ledger_key(ring)))


def utc_now() -> datetime:
    """The one clock outside the tests."""
    return datetime.now(UTC)
