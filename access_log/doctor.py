"""`access-log doctor`: look at everything an installation stands on; each finding says how to mend it."""

import difflib
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from access_log.backup.recovery import recovery_key
from access_log.backup.target import target_of
from access_log.crypto.errors import CryptoError
from access_log.crypto.ring import KeyRing
from access_log.db import OLDEST_SAFE_SQLITE, closing_engine, reading
from access_log.errors import AccessLogError, DatabaseUnsuitableError
from access_log.mail import TransportError
from access_log.migrations import ahead, behind
from access_log.models import VaultLabel
from access_log.policy.codes import MailFault
from access_log.runtime import open_reports_ring, open_ring, utc_now
from access_log.said import sentence
from access_log.services import agreements, mail_state
from access_log.services.labels import read_labels
from access_log.settings import PREFIX, Settings, variable
from access_log.smtp import transport_of
from access_log.words import MAIL_FAULTS, MAIL_MENDS, NOBODY_SENDS, START_A_WORKER

ROOM = 2 * 1024**3
"""Bytes of free disk below which a register should not run."""

FONTS = Path("/usr/share/fonts")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    what: str
    mend: str = ""


def examine(settings: Settings, only: str = "") -> list[Finding]:
    """Every check; one that cannot be made is a finding, too. `only`: `web` or `reports`, where the two are kept apart on purpose."""
    checks: dict[str, tuple[Callable[[Settings], Iterator[Finding]], ...]] = {
        "": (_names, _ring, _reports_ring, _keys_apart, _databases, _clock, _disk, _backups, _mail, _agreements, _fonts),
        "web": (_names, _ring, _keys_apart, _database, _clock, _disk, _backups, _mail, _agreements),
        "reports": (_names, _reports_ring, _keys_apart, _reports_database, _clock, _disk, _fonts),
    }
    return [finding for check in checks[only] for finding in check(settings)]


NOT_SETTINGS = (f"{PREFIX}TEST_", f"{PREFIX}LIFELINE")


def _names(_settings: Settings) -> Iterator[Finding]:
    known = [variable(name).removeprefix(PREFIX) for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(NOT_SETTINGS) and name.removeprefix(PREFIX) not in known:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, 1)
            yield Finding(
                False, f"settings: there is no {name}", f"rename it to {PREFIX}{near[0]}" if near else "take it away: nothing reads it"
            )


def _ring(settings: Settings) -> Iterator[Finding]:
    found = _opened("key ring", settings, open_ring)
    yield found
    if found.ok and (suite := open_ring(settings).suite.name.lower()) != settings.suite:
        yield Finding(
            False,
            f"the settings say suite {settings.suite}, the key ring seals in {suite}",
            f"change over with 'access-log keys migrate-suite', or set ACCESS_LOG_SUITE={suite}",
        )


def _reports_ring(settings: Settings) -> Iterator[Finding]:
    yield _opened("key ring of the reports", settings, open_reports_ring)


def _opened(name: str, settings: Settings, how: Callable[[Settings], KeyRing]) -> Finding:
    try:
        ring = how(settings)
    except (AccessLogError, CryptoError) as error:
        return Finding(False, f"{name}: {type(error).__name__}", str(error))
    return Finding(True, f"{name}: suite {ring.suite.name.lower()}, fingerprint {ring.fingerprint()}")


def _keys_apart(settings: Settings) -> Iterator[Finding]:
    data, keys = settings.data_dir.resolve(), settings.keys.resolve()
    inside = data == keys or data in keys.parents
    yield Finding(
        not inside or settings.demo,
        "the keys lie apart from the data" if not inside else "the keys lie in the data directory",
        "set ACCESS_LOG_KEYS_DIR to another disk, so that a copy of the data is not a copy of the keys",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    yield from _answers("database", settings.url, settings, open_ring)


def _databases(settings: Settings) -> Iterator[Finding]:
    yield from _database(settings)
    if settings.reports_url != settings.url:
        yield from _reports_database(settings)


def _reports_database(settings: Settings) -> Iterator[Finding]:
    yield from _answers("database of the reports", settings.reports_url, settings, open_reports_ring)


def _is_there(url: URL) -> bool:
    """A SQLite file that is not there would be made by opening it."""
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _answers(name: str, url: URL, settings: Settings, how: Callable[[Settings], KeyRing]) -> Iterator[Finding]:
    try:
        if not _is_there(url):
            yield Finding(False, f"{name}: there is no file yet", "access-log migrate")
            return
        with closing_engine(url) as engine:
            yield from _looked_into(name, engine)
            yield from _ring_fits(name, engine, settings, how)
    except DatabaseUnsuitableError as error:
        yield Finding(False, f"{name}: its engine must not hold a register", str(error))
    except (SQLAlchemyError, AccessLogError) as error:
        setting = variable("database_url" if name == "database" else "reports_database_url")
        yield Finding(
            False, f"{name}: {type(error).__name__}", f"check {setting}, the server, the role and its password; then access-log migrate"
        )


def _looked_into(name: str, engine: Engine) -> Iterator[Finding]:
    lite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(readonly=True) as connection:
        version = connection.execute(text("select sqlite_version()" if lite else "show server_version")).scalar_one()
    yield Finding(True, f"{name}: {engine.dialect.name} {version} answers")
    if lite:
        yield Finding(True, f"SQLite is at least {'.'.join(map(str, OLDEST_SAFE_SQLITE))}")
    if ahead(engine):
        yield Finding(False, "the schema is a newer version's", "update the program, or restore the backup from before the update")
    else:
        current = not behind(engine)
        yield Finding(current, "the schema is this version's" if current else "the schema is an older version's", "access-log migrate")


def _ring_fits(name: str, engine: Engine, settings: Settings, how: Callable[[Settings], KeyRing]) -> Iterator[Finding]:
    """Whether the ring opens what lies in the database: asked of the newest masked name, which is no identity."""
    if behind(engine):
        return
    try:
        ring = how(settings)
    except (AccessLogError, CryptoError):
        return  # said already
    with reading(engine) as session:
        newest = session.exec(select(VaultLabel.subject_id).order_by(col(VaultLabel.subject_id).desc()).limit(1)).first()
        try:
            read_labels(session, ring, [newest] if newest is not None else [])
        except CryptoError:
            yield Finding(False, f"{name}: the key ring is another database's", "put back the ring it was written with, from your escrow")
            return
    yield Finding(True, f"{name}: the key ring opens it")


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
    place = settings.data_dir
    if not place.is_dir():
        yield Finding(False, "the data directory is not there", f"mkdir -m 0700 {place}, and give it to the service's user")
        return
    mode = stat.S_IMODE(place.stat().st_mode) & 0o777
    yield Finding(not mode & 0o077, f"the data directory has mode {mode:04o}", f"chmod 0700 {place}: others can read what lies in it")
    free = shutil.disk_usage(place).free
    yield Finding(
        free > ROOM,
        f"disk: {free / 1024**3:.1f} GiB free",
        "free some space or move ACCESS_LOG_DATA_DIR; below 2 GiB writes may begin to fail",
    )


def _backups(settings: Settings) -> Iterator[Finding]:
    if not settings.backup_to:
        yield Finding(
            settings.demo,
            "backups: none are made" if not settings.demo else "backups: the demo needs none",
            "set ACCESS_LOG_BACKUP_TO to a mounted directory or to sftp://user@host/path",
        )
        return
    try:
        target = target_of(settings)
        kept = len([name for name in target.names() if name.endswith(".backup")])
        recovery_key(settings)
    except (AccessLogError, CryptoError, OSError) as error:
        yield Finding(False, "backups: none can be made", sentence(error))
        return
    yield Finding(True, f"backups: {kept} lie in the {target.kind}, sealed to the recovery key")
    yield _copy_apart(settings)


def _copy_apart(settings: Settings) -> Finding:
    """A directory on the disk that holds the data or the keys is lost with them."""
    place = Path(settings.backup_to)
    same = settings.data_dir.exists() and place.is_dir() and place.stat().st_dev == settings.data_dir.stat().st_dev
    return Finding(
        not same or settings.demo,
        "backups: on the same disk as the data" if same else "backups: on another disk than the data",
        "set ACCESS_LOG_BACKUP_TO to a mounted NAS, another disk or sftp://user@host/path",
    )


def _mail(settings: Settings) -> Iterator[Finding]:
    """The way from here, where there is one; and what the worker says, which may be another process on another machine."""
    if settings.smtp_url is not None:
        yield _mail_from_here(settings)
    elif settings.demo:
        yield Finding(True, "mail: the demo's inbox")
    yield from _mail_elsewhere(settings)


def _mail_from_here(settings: Settings) -> Finding:
    try:
        transport = transport_of(settings)
        assert transport is not None
        with transport.connect():
            return Finding(True, "mail: the server answers, knows us and takes our sender")
    except TransportError as error:
        return _mail_fault("mail", error.fault, error.reply)


def _mail_fault(what: str, fault: MailFault, reply: int | None) -> Finding:
    said = f" (it said {reply})" if reply else ""
    return Finding(False, f"{what}: {MAIL_FAULTS[fault]}{said}", MAIL_MENDS[fault])


def _mail_elsewhere(settings: Settings) -> Iterator[Finding]:
    if not _is_there(settings.url):
        return  # the database's own check says so
    try:
        with closing_engine(settings.url) as engine, reading(engine) as session:
            standing = mail_state.standing(session, now=utc_now())
    except (SQLAlchemyError, AccessLogError):
        return
    if standing.fault is not None and (settings.smtp_url is None or standing.fault is not MailFault.NOT_SET):
        yield _mail_fault(f"mail, says the worker, since {standing.since:%Y-%m-%d %H:%M} UTC", standing.fault, standing.reply)
    elif standing.nobody_sends:
        yield Finding(False, f"mail: {NOBODY_SENDS}", START_A_WORKER)
    elif settings.smtp_url is None and not settings.demo:
        yield Finding(standing.seen, "mail: the worker sends it" if standing.seen else f"mail: {MAIL_FAULTS[MailFault.NOT_SET]}",
                      MAIL_MENDS[MailFault.NOT_SET])  # fmt: skip


def _agreements(settings: Settings) -> Iterator[Finding]:
    """Whoever works with names and has signed nothing finds them closed: after an update, everybody."""
    if not _is_there(settings.url):
        return  # the database's own check says so
    try:
        with closing_engine(settings.url) as engine:
            if behind(engine) or ahead(engine):
                return
            with reading(engine) as session:
                closed = agreements.missing_at_work(session)
    except (SQLAlchemyError, AccessLogError):
        return
    yield Finding(
        not closed,
        f"staff: {closed} without a confidentiality agreement, names are closed to them"
        if closed
        else "staff: names are closed to nobody at work",
        "as administrator, enter in the console under Staff the day on which each signed",
    )


def _fonts(_settings: Settings) -> Iterator[Finding]:
    found = "CJK" in _says(["fc-list", ":lang=zh-cn", "family"]) or any(FONTS.rglob("*CJK*"))
    yield Finding(found, "fonts for Chinese reports" if found else "no font for Chinese reports", "apt-get install fonts-noto-cjk")
