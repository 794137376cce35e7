"""The kiosk's machine: a browser that goes nowhere else, for any address a lobby may have."""

import base64
import json
import mmap
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.deploy.files import DEPLOY, run, without_settings

HERE = DEPLOY / "kiosk"
POLICY: dict[str, Any] = json.loads((HERE / "chromium-policy.json").read_text(encoding="utf-8"))
CHROMIUM = next(
    (path for path in map(Path, ("/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser")) if path.is_file()), None
)


@pytest.mark.skipif(CHROMIUM is None, reason="this machine has no Chromium of Debian's")
def test_chromium_knows_every_policy() -> None:
    """A policy that it does not know is silently none: each name stands in the program itself."""
    assert CHROMIUM is not None
    with CHROMIUM.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as program:
        assert program.find(b"VideoCaptureAlowed\0") == -1
        assert [name for name in POLICY if program.find(name.encode() + b"\0") == -1] == []


MUST = {
    "URLBlocklist": ["*"], "VideoCaptureAllowed": False, "AudioCaptureAllowed": False, "ScreenCaptureAllowed": False,
    "DeveloperToolsAvailability": 2, "DownloadRestrictions": 3, "AllowFileSelectionDialogs": False, "PrintingEnabled": False,
    "SSLErrorOverrideAllowed": False, "DefaultPopupsSetting": 2, "ExtensionInstallBlocklist": ["*"], "SavingBrowserHistoryDisabled": True,
    "PasswordManagerEnabled": False, "AutofillAddressEnabled": False, "IncognitoModeAvailability": 1, "BrowserSignin": 0,
    "SyncDisabled": True, "MetricsReportingEnabled": False,
}  # fmt: skip


def test_the_policy_closes_what_a_visitor_could_reach() -> None:
    assert {name: POLICY.get(name) for name in MUST} == MUST
    assert len(POLICY["URLAllowlist"]) == len(POLICY["VideoCaptureAllowedUrls"]) == 1


def install(root: Path, *words: str | Path) -> tuple[int, str]:
    done = run(["sh", HERE / "install", *words], env=without_settings() | {"DESTDIR": str(root)})
    return done.returncode, done.stderr


def policy_of(root: Path) -> dict[str, Any]:
    return json.loads((root / "etc/chromium/policies/managed/access-log.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("address", "allowed", "camera"),
    [
        ("https://lobby.dc.example/", "https://.lobby.dc.example/", "https://lobby.dc.example"),
        ("https://lobby.dc.example", "https://.lobby.dc.example/", "https://lobby.dc.example"),
        ("https://dc.example/lobby/", "https://.dc.example/lobby", "https://dc.example"),
        ("https://10.1.2.3:8443/lobby", "https://.10.1.2.3:8443/lobby", "https://10.1.2.3:8443"),
        ("https://kiosk.other.example/", "https://.kiosk.other.example/", "https://kiosk.other.example"),
    ],
)
def test_one_address_is_open_and_has_the_camera(tmp_path: Path, address: str, allowed: str, camera: str) -> None:
    """The dot before the host means: this one and none below it."""
    assert install(tmp_path, address) == (0, "")
    policy = policy_of(tmp_path)
    assert policy == POLICY | {"URLAllowlist": [allowed], "VideoCaptureAllowedUrls": [camera]}
    assert (tmp_path / "etc/access-log-kiosk.env").read_text(encoding="utf-8") == f"KIOSK_ADDRESS={address}\n"


@pytest.mark.parametrize(
    "address",
    ["", "http://lobby.dc.example/", "lobby.dc.example", "https://", "https://a.example/?x=1", 'https://a.example/"', "https://a b"],
)
def test_an_address_that_would_not_work_is_refused_and_nothing_is_written(tmp_path: Path, address: str) -> None:
    status, said = install(tmp_path, address)
    assert status != 0
    assert said
    assert not (tmp_path / "etc").exists()


def test_an_authority_of_ones_own_is_trusted(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the tests' own authority")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    certificate = made.not_valid_before(begin).not_valid_after(begin + timedelta(days=1)).sign(key, hashes.SHA256())
    file = tmp_path / "root.crt"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) * 2)
    assert install(tmp_path / "root", "https://lobby.dc.example/", file) == (0, "")
    (text,) = policy_of(tmp_path / "root")["CACertificates"]
    assert x509.load_der_x509_certificate(base64.b64decode(text)) == certificate


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "root.crt"
    file.write_text("nothing of the kind", encoding="utf-8")
    status, said = install(tmp_path / "root", "https://lobby.dc.example/", file)
    assert status != 0
    assert "holds no certificate" in said


def test_the_unit_starts_what_the_document_installs() -> None:
    text = (HERE / "access-log-kiosk.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    programs = [word for word in command.split() if word.startswith("/usr/bin/")]
    packages = (DEPLOY.parent / "docs" / "production.md").read_text(encoding="utf-8")
    (installed,) = re.findall(r"^apt-get install (cage .+)$", packages, re.MULTILINE)
    assert [Path(program).name for program in programs] == installed.split()[:2]
    assert "--kiosk" in command.split()
    assert command.endswith("${KIOSK_ADDRESS}")
    assert "EnvironmentFile=/etc/access-log-kiosk.env" in text
