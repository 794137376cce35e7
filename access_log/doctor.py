"""`access-log doctor`: look at everything an installation stands on; each finding says how to mend it."""

import shutil
import smtplib
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from access_log.crypto.errors import CryptoError
from access_log.crypto.ring import KeyRing
from access_log.db import OLDEST_SAFE_SQLITE, make_engine
from access_log.errors import AccessLogError
from access_log.migrations import behind
from access_log.runtime import open_reports_ring, open_ring
from access_log.settings import Settings

ROOM = 2 * 1024**3
"""Bytes of free disk below which a register should not run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    what: str
    mend: str = ""


def examine(settings: Settings, only: str = "") -> list[Finding]:
    """Every check; one that cannot be made is a finding, too. `only`: `web` or `reports`, where the two are kept apart on purpose."""
    checks: dict[str, tuple[Callable[[Settings], Iterator[Finding]], ...]] = {
        "": (_ring, _reports_ring, _keys_apart, _database, _clock, _disk, _mail, _fonts),
        "web": (_ring, _keys_apart, _database, _clock, _disk, _mail),
        "reports": (_reports_ring, _keys_apart, _reports_database, _clock, _disk, _fonts),
    }
    return [finding for check in checks[only] for finding in check(settings)]


def _ring(settings: Settings) -> Iterator[Finding]:
    yield _opened("key ring", settings, open_ring)


def _reports_ring(settings: Settings) -> Iterator[Finding]:
    yield _opened("key ring of the reports", settings, open_reports_ring)


def _opened(name: str, settings: Settings, how: Callable[[Settings], KeyRing]) -> Finding:
    try:
        ring = how(settings)
    except (AccessLogError, CryptoError) as error:
        return Finding(False, f"{name}: {type(error).__name__}", str(error))
    return Finding(True, f"{name}: suite {ring.suite.name.lower()}, fingerprint {ring.fingerprint()}")


def _keys_apart(settings: Settings) -> Iterator[Finding]:
    inside = settings.data_dir.resolve() in settings.keys.resolve().parents
    yield Finding(
        not inside or settings.demo,
        "the keys lie apart from the data" if not inside else "the keys lie in the data directory",
        "set ACCESS_LOG_KEYS_DIR to another disk, so that a copy of the data is not a copy of the keys",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    yield from _answers(settings.url)


def _reports_database(settings: Settings) -> Iterator[Finding]:
    yield from _answers(settings.reports_url)


def _answers(url: URL) -> Iterator[Finding]:
    try:
        engine = make_engine(url)
        with engine.connect().execution_options(readonly=True) as connection:
            version = connection.execute(
                text("select sqlite_version()" if engine.dialect.name == "sqlite" else "show server_version")
            ).scalar_one()
        yield Finding(True, f"database: {engine.dialect.name} {version} answers")
        if engine.dialect.name == "sqlite":
            yield Finding(True, f"SQLite is at least {'.'.join(map(str, OLDEST_SAFE_SQLITE))}")
        current = not behind(engine)
        yield Finding(current, "the schema is this version's" if current else "the schema is an older version's", "access-log migrate")
        engine.dispose()
    except (SQLAlchemyError, AccessLogError) as error:
        yield Finding(
            False,
            f"database: {type(error).__name__}",
            "check ACCESS_LOG_DATABASE_URL, the server and its password; then access-log migrate",
        )


def _clock(_settings: Settings) -> Iterator[Finding]:
    year = time.gmtime().tm_year
    yield Finding(
        year >= 2026, f"the clock says {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC", "set the clock, then switch on NTP"
    )
    synchronised = _says(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    if synchronised in ("yes", "no"):
        follows = "a" if synchronised == "yes" else "no"
        yield Finding(synchronised == "yes", f"the clock follows {follows} time server",
                      "timedatectl set-ntp true, or point chrony at the site's time server")  # fmt: skip


def _says(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()  # noqa: S603  # fixed commands
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _disk(settings: Settings) -> Iterator[Finding]:
    place = settings.data_dir if settings.data_dir.exists() else Path()
    free = shutil.disk_usage(place).free
    yield Finding(
        free > ROOM,
        f"disk: {free / 1024**3:.1f} GiB free",
        "free some space or move ACCESS_LOG_DATA_DIR; below 2 GiB writes may begin to fail",
    )


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        yield Finding(
            settings.demo,
            "mail: the demo's inbox" if settings.demo else "mail: no server is set, messages wait",
            "set ACCESS_LOG_SMTP_URL, for example smtp://user@mail.example:587",
        )
        return
    parts = urlsplit(settings.smtp_url.get_secret_value())
    try:
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with kind(parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587), timeout=5) as server:
            server.noop()
        yield Finding(True, "mail: the server answers")
    except (OSError, smtplib.SMTPException, struct.error, socket.gaierror) as error:
        yield Finding(False, f"mail: {type(error).__name__}", "check ACCESS_LOG_SMTP_URL and that this machine may reach the mail server")


def _fonts(_settings: Settings) -> Iterator[Finding]:
    found = "CJK" in _says(["fc-list", ":lang=zh-cn", "family"]) or any(Path("/usr/share/fonts").rglob("*CJK*"))
    yield Finding(found, "fonts for Chinese reports" if found else "no font for Chinese reports", "apt-get install fonts-noto-cjk")
