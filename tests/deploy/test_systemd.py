"""The units of a site without containers: valid, locked down, and all they name is made by the script that installs them."""

import re
from pathlib import Path

import pytest

from access_log.cli import app
from access_log.settings import Settings
from tests.deploy.files import DEPLOY, ROOT, SETTINGS, run, there, tracked, without_settings
from tests.deploy.words import command_line_problem

HERE = DEPLOY / "systemd"
SERVICES = sorted(path.name for path in HERE.glob("*.service"))
LOCKED = {
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "ProtectSystem": "strict", "ProtectHome": "yes",
    "PrivateTmp": "yes", "PrivateDevices": "yes", "ProtectProc": "invisible", "ProtectClock": "yes", "ProtectHostname": "yes",
    "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "ProtectKernelLogs": "yes", "ProtectControlGroups": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "RestrictNamespaces": "yes", "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "RemoveIPC": "yes",
    "SystemCallArchitectures": "native", "UMask": "0077", "StateDirectoryMode": "0700",
}  # fmt: skip
"""What every service of the product must say."""
OTHERS = {
    "Unit": {"Description", "Documentation", "Wants", "After", "Requires", "Conflicts"},
    "Service": {
        "Type", "RemainAfterExit", "User", "Group", "EnvironmentFile", "LoadCredential", "Environment", "ExecStart", "ExecReload",
        "TimeoutStartSec", "TimeoutStopSec", "Restart", "RestartSec", "StateDirectory", "WorkingDirectory", "SystemCallFilter",
        "SystemCallErrorNumber",
        "ReadWritePaths",
    },
    "Timer": {"OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
}  # fmt: skip
"""The other keys that the units use: a misspelt one is in neither list."""


def unit(name: str) -> dict[str, list[tuple[str, str]]]:
    """Section → its keys and values, in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, f"{name}: {line}"
            found.setdefault(section, []).append((key, value))
    return found


def values(name: str, key: str, section: str = "Service") -> list[str]:
    return [value for found, value in unit(name).get(section, []) if found == key]


def told(name: str) -> dict[str, str]:
    """What a service is told by its own lines."""
    return dict(value.split("=", 1) for value in values(name, "Environment"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/systemd/install writes, below a directory of ours."""
    root = tmp_path_factory.mktemp("root")
    done = run(["sh", HERE / "install"], env=without_settings() | {"DESTDIR": str(root)})
    assert done.returncode == 0, done.stderr
    return root


def test_every_unit_and_setting_is_installed(installed: Path) -> None:
    units = {path.name for path in (installed / "etc/systemd/system").iterdir()}
    assert units == {*SERVICES, *(path.name for path in HERE.glob("*.timer"))}
    for name in ("access-log", "migrate", "reports"):
        file = installed / f"etc/access-log/{name}.env"
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text(encoding="utf-8") == (HERE / f"{name}.env.example").read_text(encoding="utf-8")
    assert (installed / "etc/access-log").stat().st_mode & 0o777 == 0o700
    for script in ("opt/access-log/share/apply-grants", "usr/local/sbin/access-log"):
        assert (installed / script).stat().st_mode & 0o777 == 0o755
    assert (installed / "opt/access-log/share/grants.sql").is_file(), "apply-grants looks for it beside itself"


def test_installed_again_no_setting_and_no_secret_is_touched(installed: Path) -> None:
    mine = installed / "etc/access-log/access-log.env"
    kept = mine.read_text(encoding="utf-8")
    secrets = {path: path.read_bytes() for path in (installed / "etc/access-log/secrets").iterdir()}
    mine.write_text("PORT=9000\n", encoding="utf-8")
    assert run(["sh", HERE / "install"], env=without_settings() | {"DESTDIR": str(installed)}).returncode == 0
    assert mine.read_text(encoding="utf-8") == "PORT=9000\n"
    assert {path: path.read_bytes() for path in secrets} == secrets
    mine.write_text(kept, encoding="utf-8")


@pytest.mark.parametrize("name", [path.name for path in sorted(HERE.glob("*.service")) + sorted(HERE.glob("*.timer"))])
def test_every_key_is_one_that_systemd_knows(name: str) -> None:
    for section, lines in unit(name).items():
        known = OTHERS[section] | (LOCKED.keys() if section == "Service" else set())
        assert [key for key, _value in lines if key not in known] == []


@pytest.mark.skipif(not there("systemd-analyze"), reason="this machine has no systemd: the keys were compared with a list")
def test_systemd_itself_has_no_complaint(installed: Path, tmp_path: Path) -> None:
    program = installed / "opt/access-log/venv/bin/access-log"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.touch(0o755)
    assert verified(installed, tmp_path) == ""
    assert "Unknown key 'NoNewPriviledges'" in verified(installed, tmp_path, "NoNewPrivileges", "NoNewPriviledges")
    program.unlink()
    assert "access-log is not executable" in verified(installed, tmp_path)


def verified(installed: Path, folder: Path, right: str = "", wrong: str = "") -> str:
    """What systemd-analyze says of the installed units, their programs being where they are here."""
    units = []
    for path in (installed / "etc/systemd/system").iterdir():
        text = path.read_text(encoding="utf-8").replace("/opt/access-log", f"{installed}/opt/access-log")
        units.append(folder / path.name)
        units[-1].write_text(text.replace(right, wrong) if right else text, encoding="utf-8")
    return run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units]).stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str) -> None:
    assert {key: values(name, key) for key in LOCKED} == {key: [value] for key, value in LOCKED.items()}
    assert values(name, "SystemCallFilter") == ["@system-service", "~@privileged @resources"]
    assert values(name, "User") == values(name, "Group")
    assert values(name, "User")[0] in ("access-log", "access-log-reports")


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_exists_and_would_be_understood(name: str, installed: Path) -> None:
    for line in values(name, "ExecStart"):
        program, *rest = line.split()
        if program == "/opt/access-log/venv/bin/access-log":
            assert command_line_problem(app, rest) is None or rest[0] == "reports"
        else:
            assert (installed / program.lstrip("/")).stat().st_mode & 0o111
    assert command_line_problem(app, ["serve", "--only", "web", "--fast"]) is not None


def test_the_reports_command_of_the_timer_is_one() -> None:
    from reports.cli import app as reports_app

    (line,) = values("access-log-reports-due.service", "ExecStart")
    assert line.split()[1] == "reports"
    assert command_line_problem(reports_app, line.split()[2:]) is None


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_is_a_setting_and_every_secret_is_handed_over(name: str, installed: Path) -> None:
    assert [setting for setting in told(name) if setting not in SETTINGS] == []
    handed = dict(value.split(":", 1) for value in values(name, "LoadCredential"))
    used = {found for line in [*told(name).values(), *values(name, "ExecStart")] for found in re.findall(r"%d/(\w+)", line)}
    assert used == handed.keys()
    for source in handed.values():
        assert (installed / source.lstrip("/")).is_file(), source
    for file in values(name, "EnvironmentFile"):
        assert (installed / file.lstrip("/")).is_file(), file


@pytest.mark.parametrize("name", SERVICES)
def test_every_directory_a_service_is_told_of_is_its_own(name: str) -> None:
    own = {f"/var/lib/{directory}" for directory in values(name, "StateDirectory")[0].split()}
    named = {value for setting, value in told(name).items() if setting.endswith("_DIR")}
    lent = {"/var/lib/access-log-reports-keys"}  # the worker writes it, the reports read it: made by deploy/systemd/install
    assert named - lent <= own
    assert lent.issubset(values(name, "ReadWritePaths")) == (name == "access-log-worker.service")
    assert values(name, "WorkingDirectory")[0] in own


def test_nobody_is_handed_more_than_they_need() -> None:
    handed = {name: {value.rpartition("/")[2] for value in values(name, "LoadCredential")} for name in SERVICES}
    assert handed == {
        "access-log-migrate.service": {"db_owner"},
        "access-log-reports-due.service": {"db_reports", "key_passphrase"},
        "access-log-reports.service": {"db_reports", "key_passphrase"},
        "access-log-web.service": {"db_app", "key_passphrase"},
        "access-log-worker.service": {"db_app", "key_passphrase", "smtp_url"},
    }
    rings = {name: told(name).get("ACCESS_LOG_KEYS_DIR") for name in SERVICES}
    assert (
        len({ring for name, ring in rings.items() if "reports" in name} & {ring for name, ring in rings.items() if "reports" not in name})
        == 0
    )


def test_units_wait_for_one_another_by_names_that_exist() -> None:
    names = {path.name for path in [*HERE.glob("*.service"), *HERE.glob("*.timer")]}
    for name in names:
        for key in ("Requires", "After", "Wants", "Conflicts"):
            for value in values(name, key, "Unit"):
                assert [other for other in value.split() if other.startswith("access-log") and other not in names] == []
    for name in ("access-log-web.service", "access-log-worker.service", "access-log-reports.service"):
        assert "access-log-migrate.service" in values(name, "Requires", "Unit")[0].split()
        assert "access-log-migrate.service" in values(name, "After", "Unit")[0].split()


@pytest.mark.parametrize(
    ("file", "service"), [("access-log", "web"), ("access-log", "worker"), ("migrate", "migrate"), ("reports", "reports")]
)
def test_the_settings_of_a_service_are_taken(
    file: str, service: str, monkeypatch: pytest.MonkeyPatch, installed: Path, tmp_path: Path
) -> None:
    name = f"access-log-{service}.service"
    lines = dict(re.findall(r"^([A-Z_]+)=(.*)$", (HERE / f"{file}.env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert [setting for setting in lines if setting not in SETTINGS and not setting.startswith("PG")] == []
    handed = dict(value.split(":", 1) for value in values(name, "LoadCredential"))
    for credential, source in handed.items():
        (tmp_path / credential).write_bytes((installed / source.lstrip("/")).read_bytes())
    for setting in SETTINGS:
        monkeypatch.delenv(setting, raising=False)
    for setting, value in (lines | told(name)).items():
        monkeypatch.setenv(setting, value.replace("%d", str(tmp_path)))
    settings = Settings()
    assert settings.url.password == (tmp_path / "database_password").read_text(encoding="utf-8")
    assert settings.url.username == {"access-log": "access_log_app", "migrate": "access_log_owner", "reports": "access_log_reports"}[file]
    assert (settings.smtp_url is not None) == (service == "worker")


def test_the_command_for_root_tells_it_what_the_units_tell_it(installed: Path) -> None:
    script = (HERE / "access-log").read_text(encoding="utf-8")
    exported = set(" ".join(re.findall(r"^export (.+)$", script, re.MULTILINE)).split())
    assert exported <= SETTINGS
    assert set(re.findall(r"^([A-Z_]+)=", script, re.MULTILINE)) == exported
    worker = {setting.removesuffix("_FILE") for setting in told("access-log-worker.service")}
    assert exported == worker
    for secret in re.findall(r"\$etc/secrets/(\w+)", script):
        assert (installed / "etc/access-log/secrets" / secret).is_file()


def test_the_users_and_directories_of_the_units_are_made() -> None:
    script = (HERE / "install").read_text(encoding="utf-8")
    users = re.search(r"^for user in (.+); do$", script, re.MULTILINE)
    assert users is not None
    assert {values(name, "User")[0] for name in SERVICES} == set(users[1].split())


def test_caddy_is_told_what_its_file_asks() -> None:
    asked = set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    assert set(re.findall(r'^Environment="(\w+)=', (HERE / "caddy.conf").read_text(encoding="utf-8"), re.MULTILINE)) == asked


SCRIPTS = [name for name in tracked("deploy", "scripts", ".ci") if (ROOT / name).read_bytes()[:2] == b"#!"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_read_and_run(name: str) -> None:
    script = ROOT / name
    assert script.stat().st_mode & 0o111
    shell = "bash" if "bash" in script.read_text(encoding="utf-8").splitlines()[0] else "sh"
    assert run([shell, "-n", script]).returncode == 0
    assert re.search(r"^set -eu", script.read_text(encoding="utf-8"), re.MULTILINE) or name.endswith("initdb.sh")


@pytest.mark.skipif(not there("shellcheck"), reason="this machine has no shellcheck")
def test_shellcheck_has_no_complaint(tmp_path: Path) -> None:
    done = run(["shellcheck", "--external-sources", *(ROOT / name for name in SCRIPTS)], cwd=ROOT)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nrm -rf $1/*\n", encoding="utf-8")
    assert run(["shellcheck", broken]).returncode != 0
