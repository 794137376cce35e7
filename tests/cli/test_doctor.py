"""`access-log doctor`: everything is broken once, alone; the doctor says what and how to mend it, and nothing else is wrong."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from sqlalchemy import Engine
from sqlmodel import select

from access_log import db, doctor
from access_log.backup.recovery import PUBLIC, new_shares
from access_log.crypto.ring import KeyRing
from access_log.crypto.ring_file import KeyFile, save_ring
from access_log.crypto.suites import Suite
from access_log.db import transaction
from access_log.models import Contact, Staff
from access_log.policy.codes import MailFault, Role
from access_log.runtime import REPORTS_KEYS, utc_now
from access_log.services import accounts, mail_state
from access_log.settings import Settings
from tests.cast import make_cast
from tests.cli.conftest import Run
from tests.moments import NOON
from tests.rings import new_test_ring


def refuse(*_everything: object) -> AuthResult:
    """Nobody has the right password."""
    return AuthResult(success=False, handled=False)


@pytest.fixture(scope="module")
def mail_server() -> Iterator[str]:
    """A real one, on loopback, which takes letters from everybody who does not sign in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(Sink(), hostname="127.0.0.1", port=port, authenticator=refuse, auth_require_tls=False)
    server.start()
    yield f"127.0.0.1:{port}?tls=none"
    server.stop()


@pytest.fixture
def well(
    installed: Settings,
    installed_engine: Engine,
    ring: KeyRing,
    mail_server: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Settings:
    """An installation with nothing to complain about: people in it, mail, fonts, a clock that follows a server."""
    monkeypatch.setenv("ACCESS_LOG_SMTP_URL", f"smtp://{mail_server}")
    monkeypatch.setattr(doctor, "_says", lambda command: {"timedatectl": "yes", "fc-list": "Noto Sans CJK SC"}[command[0]])
    (tmp_path / "nas").mkdir()
    monkeypatch.setenv("ACCESS_LOG_BACKUP_TO", str(tmp_path / "nas"))
    monkeypatch.setattr(doctor, "_copy_apart", lambda _settings: doctor.Finding(True, "backups: on another disk"))
    with transaction(installed_engine) as session:
        make_cast(session, ring)
    new_shares(installed)
    return Settings()


def complaints(run: Run, *words: str) -> dict[str, str]:
    """What is wrong → how to mend it. The exit status says whether there is anything."""
    result = run("doctor", *words)
    lines = result.output.splitlines()
    found = {
        line[5:]: after.removeprefix("     mend: ") for line, after in zip(lines, [*lines[1:], ""], strict=True) if line.startswith("BAD")
    }
    assert result.exit_code == (1 if found else 0), result.output
    assert all(line.startswith(("ok   ", "BAD  ", "     mend: ")) for line in lines), result.output
    assert all(len(mend) > 15 for mend in found.values()), found
    return found


def only(found: dict[str, str]) -> tuple[str, str]:
    """The one complaint."""
    assert len(found) == 1, found
    return next(iter(found.items()))


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("side", ["", "web", "reports"])
def test_a_sound_installation_has_no_complaint(run: Run, side: str) -> None:
    assert complaints(run, "--only", side) == {}
    said = run("doctor", "--only", side).output
    assert "the key ring opens it" in said
    assert "the schema is this version's" in said


@pytest.mark.usefixtures("well")
def test_people_whose_agreement_is_not_on_file_after_an_update(run: Run, installed_engine: Engine) -> None:
    with transaction(installed_engine) as session:
        people = session.exec(select(Staff)).all()
        for person in people:
            person.confidentiality_signed_at = None
        at_work = [person for person in people if person.role is not Role.ADMINISTRATOR]
    said, mend = only(complaints(run, "--only", "web"))
    assert said == f"staff: {len(at_work)} without a confidentiality agreement, names are closed to them"
    assert "enter in the console under Staff" in mend
    assert complaints(run, "--only", "reports") == {}


@pytest.mark.usefixtures("well")
def test_a_missing_ring(run: Run, tmp_path: Path) -> None:
    (tmp_path / "keys/ring.json").unlink()
    assert only(complaints(run)) == ("key ring: RingMissing", f"no key ring at {tmp_path}/keys/ring.json, but its copy ring.json.previous is there: 'access-log keys restore-previous' takes it")  # fmt: skip # noqa: E501  # one sentence


@pytest.mark.usefixtures("well")
def test_a_missing_ring_of_the_reports(run: Run, tmp_path: Path) -> None:
    (tmp_path / "keys/reports.json").unlink()
    assert only(complaints(run))[0] == "key ring of the reports: RingMissing"
    assert complaints(run, "--only", "web") == {}


@pytest.mark.usefixtures("well")
def test_a_ring_that_others_can_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "keys").chmod(0o755)
    found = complaints(run, "--only", "web")
    assert only(found) == ("key ring: RingPermissions", f"{tmp_path}/keys is open to others (mode 0755): chmod 0700 {tmp_path}/keys")


def test_a_key_file_that_is_not_there(run: Run, well: Settings, tmp_path: Path) -> None:
    assert well.key_file is not None
    well.key_file.rename(tmp_path / "away")
    assert only(complaints(run, "--only", "web")) == ("key ring: RingLocked", f"the key file {well.key_file} is not there")


def test_the_ring_of_another_database(run: Run, well: Settings) -> None:
    assert well.key_file is not None
    other = new_test_ring(Suite.STD)
    save_ring(well.keys / "ring.json", other, KeyFile(well.key_file))
    assert only(complaints(run, "--only", "web"))[0] == "database: the key ring is another database's"
    save_ring(well.keys / "reports.json", other.subset(REPORTS_KEYS), KeyFile(well.key_file))
    assert only(complaints(run, "--only", "reports"))[0] == "database of the reports: the key ring is another database's"


@pytest.mark.usefixtures("well")
def test_a_ring_in_another_suite_than_the_settings_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_LOG_SUITE", "gm")
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "the settings say suite gm, the key ring seals in std"
    assert "access-log keys migrate-suite" in mend


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("place", ["data", "data/keys"])
def test_keys_beside_the_data(run: Run, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data/keys").mkdir(mode=0o700)
    for name in ("ring.json", "reports.json", PUBLIC):
        (tmp_path / "keys" / name).rename(tmp_path / place / name)
    monkeypatch.setenv("ACCESS_LOG_KEYS_DIR", str(tmp_path / place))
    what, mend = only(complaints(run))
    assert what == "the keys lie in the data directory"
    assert "ACCESS_LOG_KEYS_DIR" in mend


@pytest.mark.usefixtures("well")
def test_a_database_server_that_does_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_LOG_DATABASE_URL", "postgresql://access_log_app@127.0.0.1:1/access_log")
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "database: OperationalError"
    assert "ACCESS_LOG_DATABASE_URL" in mend


@pytest.mark.usefixtures("well")
def test_a_reports_database_that_does_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_LOG_REPORTS_DATABASE_URL", "postgresql://access_log_reports@127.0.0.1:1/access_log")
    for side in ("", "reports"):
        what, mend = only(complaints(run, "--only", side))
        assert what == "database of the reports: OperationalError"
        assert "ACCESS_LOG_REPORTS_DATABASE_URL" in mend


@pytest.mark.usefixtures("well")
def test_a_sqlite_file_that_is_not_there_is_not_made_by_looking(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ACCESS_LOG_DATABASE_URL", f"sqlite:///{tmp_path}/data/other.db")
    assert only(complaints(run, "--only", "web")) == ("database: there is no file yet", "access-log migrate")
    assert not (tmp_path / "data/other.db").exists()


def test_an_unsafe_sqlite(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, well: Settings) -> None:
    (tmp_path / "data/some.db").touch()
    monkeypatch.setenv("ACCESS_LOG_DATABASE_URL", f"sqlite:///{tmp_path}/data/some.db")
    monkeypatch.setattr(db, "OLDEST_SAFE_SQLITE", (99, 0, 0))
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "database: its engine must not hold a register"
    assert "may corrupt a WAL database" in mend


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    ("number", "what", "word"),
    [("0001", "the schema is an older version's", "migrate"), ("9999", "the schema is a newer version's", "update the program")],
)
def test_a_schema_of_another_version(run: Run, revision: Callable[[str], None], number: str, what: str, word: str) -> None:
    revision(number)
    found = only(complaints(run, "--only", "web"))
    assert found[0] == what
    assert word in found[1]


@pytest.mark.usefixtures("well")
def test_a_clock_that_stands_in_the_past(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: time.struct_time((1970, 1, 1, 0, 0, 0, 3, 1, 0)))
    assert only(complaints(run, "--only", "web")) == ("the clock says 1970-01-01 00:00:00 UTC", "set the clock, then switch on NTP")


@pytest.mark.usefixtures("well")
def test_a_clock_that_follows_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_says", lambda command: "no" if command[0] == "timedatectl" else "Noto Sans CJK SC")
    what, mend = only(complaints(run))
    assert what == "the clock follows no time server"
    assert "set-ntp" in mend


@pytest.mark.usefixtures("well")
def test_a_disk_that_is_nearly_full(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1024**3)
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: full)
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "disk: 1.0 GiB free"
    assert "ACCESS_LOG_DATA_DIR" in mend


@pytest.mark.usefixtures("well")
def test_a_data_directory_that_others_can_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").chmod(0o755)
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "the data directory has mode 0755"
    assert mend.startswith(f"chmod 0700 {tmp_path}/data")


@pytest.mark.usefixtures("well")
def test_a_data_directory_that_is_not_there(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ACCESS_LOG_DATA_DIR", str(tmp_path / "nowhere"))
    assert only(complaints(run, "--only", "web"))[0] == "the data directory is not there"


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("", "mail: No mail server is set."),
        ("smtp://127.0.0.1:1", "mail: The mail server cannot be reached."),
        ("smtps://127.0.0.1:1", "mail: The mail server cannot be reached."),
    ],
)
def test_mail_that_goes_nowhere(run: Run, monkeypatch: pytest.MonkeyPatch, address: str, what: str) -> None:
    monkeypatch.setenv("ACCESS_LOG_SMTP_URL", address)
    found = only(complaints(run, "--only", "web"))
    assert found[0] == what
    assert "ACCESS_LOG_SMTP_URL" in found[1]


@pytest.mark.usefixtures("well")
def test_mail_without_the_encryption_that_was_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch, mail_server: str) -> None:
    monkeypatch.setenv("ACCESS_LOG_SMTP_URL", "smtp://" + mail_server.removesuffix("?tls=none"))
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "mail: The mail server offers no encryption."
    assert "STARTTLS" in mend


@pytest.mark.usefixtures("well")
def test_mail_with_a_wrong_password(run: Run, monkeypatch: pytest.MonkeyPatch, mail_server: str) -> None:
    monkeypatch.setenv("ACCESS_LOG_SMTP_URL", f"smtp://register:wrong-password@{mail_server}")
    what, mend = only(complaints(run, "--only", "web"))
    assert what == "mail: The mail server refuses our sign-in. (it said 535)"
    assert mend.startswith("Check user and password in ACCESS_LOG_SMTP_URL")


@pytest.mark.usefixtures("well")
def test_mail_that_the_worker_cannot_send(run: Run, monkeypatch: pytest.MonkeyPatch, installed_engine: Engine) -> None:
    """In containers only the worker reaches the mail server: the doctor of the web process asks what the worker has noted."""
    monkeypatch.delenv("ACCESS_LOG_SMTP_URL")
    with transaction(installed_engine) as session:
        mail_state.started(session, usable=True, now=utc_now())
    assert complaints(run, "--only", "web") == {}
    with transaction(installed_engine) as session:
        mail_state.failed(session, fault=MailFault.SENDER, reply=553, now=NOON)
    what, mend = only(complaints(run, "--only", "web"))
    assert what == ("mail, says the worker, since 2026-11-24 04:00 UTC: The mail server refuses our own address as sender. (it said 553)")
    assert "ACCESS_LOG_MAIL_FROM" in mend


@pytest.mark.usefixtures("well")
def test_letters_that_nobody_sends(run: Run, installed_engine: Engine, ring: KeyRing) -> None:
    with transaction(installed_engine) as session:
        lin = session.exec(select(Contact).order_by("id")).first()
        assert lin is not None
        accounts.invite(session, account=lin, now=utc_now() - timedelta(minutes=30))
    what, mend = only(complaints(run, "--only", "web"))
    assert what.startswith("mail: No worker is running")
    assert "access-log worker" in mend


@pytest.mark.usefixtures("well")
def test_no_font_for_chinese(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "_says", lambda command: "yes" if command[0] == "timedatectl" else "DejaVu Sans")
    monkeypatch.setattr(doctor, "FONTS", tmp_path)
    assert only(complaints(run, "--only", "reports")) == ("no font for Chinese reports", "apt-get install fonts-noto-cjk")


@pytest.mark.usefixtures("well")
def test_a_setting_that_is_misspelt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_LOG_PUBLIC_ULR", "https://portal.dc.example")
    monkeypatch.setenv("ACCESS_LOG_QQQQQQ", "1")
    assert complaints(run, "--only", "web") == {
        "settings: there is no ACCESS_LOG_PUBLIC_ULR": "rename it to ACCESS_LOG_PUBLIC_URL",
        "settings: there is no ACCESS_LOG_QQQQQQ": "take it away: nothing reads it",
    }


def test_a_tool_that_is_not_there_or_hangs_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._says(["no-such-tool"]) == ""

    def hang(*_words: object, **_options: object) -> None:
        raise subprocess.TimeoutExpired("timedatectl", 5)

    monkeypatch.setattr(subprocess, "run", hang)
    assert doctor._says(["timedatectl"]) == ""


def test_backups_that_cannot_be_made_are_said(run: Run, well: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keys" / PUBLIC).unlink()
    what, mend = only(complaints(run))
    assert (what, "access-log keys escrow" in mend) == ("backups: none can be made", True)
    (tmp_path / "nas").rmdir()
    assert "mount the disk" in only(complaints(run))[1]
    monkeypatch.setenv("ACCESS_LOG_BACKUP_TO", "")
    assert only(complaints(run))[0] == "backups: none are made"


def test_backups_on_the_disk_of_the_data_are_said(run: Run, well: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert not doctor._copy_apart(well).ok
