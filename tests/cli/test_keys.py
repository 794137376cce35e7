"""`access-log keys`: made once, never overwritten, never shown."""

import base64
import stat
from pathlib import Path

from access_log.crypto.ring import KeyRing, Purpose
from access_log.runtime import open_reports_ring, open_ring
from access_log.settings import Settings
from tests.cli.conftest import Run, said


def shows_a_key(text: str, ring: KeyRing) -> bool:
    """Whether any key can be read in a text."""
    forms = [form for key in ring.all_keys() for form in (key.material.hex(), base64.b64encode(key.material).decode())]
    return any(form[:12].lower() in text.lower() for form in forms)


def test_the_look_for_keys_finds_one(ring: KeyRing) -> None:
    assert shows_a_key(f"… {next(iter(ring.all_keys())).material.hex().upper()} …", ring)
    assert not shows_a_key(ring.fingerprint(), ring)


def test_init_makes_both_rings_and_the_key_file_for_their_owner_alone(run: Run, tmp_path: Path) -> None:
    result = run("keys", "init", "--make-key-file")
    assert result.exit_code == 0
    settings = Settings()
    ring = open_ring(settings)
    assert f"fingerprint {ring.fingerprint()}" in result.output
    assert not shows_a_key(result.output, ring)
    assert open_reports_ring(settings).kek_versions(Purpose.LABEL) == ring.kek_versions(Purpose.LABEL)
    assert open_reports_ring(settings).kek_versions(Purpose.IDENTITY) == []
    for name, most in (("keys", 0o700), ("keys/ring.json", 0o600), ("keys/reports.json", 0o600), ("stick/key", 0o600)):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == most, name


def test_init_overwrites_no_ring_and_no_key_file(run: Run, tmp_path: Path) -> None:
    assert run("keys", "init", "--make-key-file").exit_code == 0
    names = ("keys/ring.json", "keys/reports.json", "stick/key")
    before = [(tmp_path / name).read_bytes() for name in names]
    assert "is there already" in said(run("keys", "init", "--make-key-file"))
    assert [(tmp_path / name).read_bytes() for name in names] == before


def test_init_without_the_main_ring_keeps_the_ring_of_the_reports(run: Run, tmp_path: Path) -> None:
    run("keys", "init", "--make-key-file")
    (tmp_path / "keys/ring.json").rename(tmp_path / "elsewhere.json")
    before = (tmp_path / "keys/reports.json").read_bytes()
    assert "is there already" in said(run("keys", "init"))
    assert (tmp_path / "keys/reports.json").read_bytes() == before
    assert not (tmp_path / "keys/ring.json").exists()


def test_a_ring_opened_by_a_passphrase_needs_that_passphrase(run: Run) -> None:
    right, wrong = {"ACCESS_LOG_KEY_PASSPHRASE": "the right words"}, {"ACCESS_LOG_KEY_PASSPHRASE": "the wrong words"}
    assert run("keys", "init", env=right).exit_code == 0
    assert run("keys", "status", env=right).exit_code == 0
    sentence = said(run("keys", "status", env=wrong))
    assert "does not open" in sentence
    assert "wrong words" not in sentence


def test_status_lists_every_key_by_name_version_and_age(run: Run, installed: Settings, ring: KeyRing) -> None:
    result = run("keys", "status")
    assert result.exit_code == 0
    for key in ring.all_keys():
        assert f"{key.name:<14} version {key.version}" in result.output
    assert ring.fingerprint() in result.output
    assert not shows_a_key(result.output, ring)


def test_a_ring_that_others_could_read_is_not_used_and_the_command_that_mends_it_is_said(
    run: Run, installed: Settings, tmp_path: Path
) -> None:
    ring = tmp_path / "keys/ring.json"
    ring.chmod(0o640)
    assert said(run("keys", "status")).endswith(f"chmod 0600 {ring}")
    ring.chmod(0o600)
    assert run("keys", "status").exit_code == 0


def test_a_damaged_ring_is_called_so(run: Run, installed: Settings, tmp_path: Path) -> None:
    ring = tmp_path / "keys/ring.json"
    ring.write_bytes(ring.read_bytes()[:-20])
    assert "damaged or cut short" in said(run("keys", "status"))
