"""`access-log audit-pack` writes a file that `access-log-verify` finds good, for its owner alone, and says no in a sentence."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from access_log import verify_alone
from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.ring import KeyRing
from access_log.settings import Settings
from tests.audit.conftest import live
from tests.cli.conftest import Run, said
from tests.moments import NOON

PERIOD = ("--from", "2026-11-25", "--to", "2026-11-26")


def verified(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """What the command `access-log-verify` says, and its exit status."""
    monkeypatch.setattr(sys, "argv", ["access-log-verify", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        verify_alone.main()
    return int(str(ended.value.code)), capsys.readouterr().out


def test_a_pack_is_written_checked_and_found_changed(
    run: Run,
    installed: Settings,
    engine: Engine,
    ring: KeyRing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del installed
    live(engine, ring)
    out, key = tmp_path / "pack.zip", tmp_path / "key"
    done = run("audit-pack", *PERIOD, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "destroy it by" in done.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("pack*")) == ["pack.zip"]
    key.write_text(run("record", "key").output, encoding="utf-8")
    assert verified(monkeypatch, capsys, out, "--key", key)[0] == 0
    head = tmp_path / "kept.txt"
    head.write_text(run("record", "checkpoint").output, encoding="utf-8")
    assert verified(monkeypatch, capsys, out, "--key", key, "--against", head)[0] == 0
    head.write_text(str(LogKeys.of(ring).sign(size=20, root=bytes(32), now=NOON)), encoding="utf-8")
    status, words = verified(monkeypatch, capsys, out, "--key", key, "--against", head)
    assert (status, "kept.txt" in words) == (1, True)
    out.write_bytes(out.read_bytes()[:-30])
    assert verified(monkeypatch, capsys, out, "--key", key) == (1, "WRONG the pack is cut off, or is no zip\n")


def test_what_cannot_be_packed_is_said_in_a_sentence(run: Run, installed: Settings, engine: Engine, ring: KeyRing, tmp_path: Path) -> None:
    del installed
    out = tmp_path / "pack.zip"
    assert "no site" in said(run("audit-pack", *PERIOD, "--out", str(out)))
    live(engine, ring)
    assert "before" in said(run("audit-pack", "--from", "2026-11-26", "--to", "2026-11-25", "--out", str(out)))
    assert "366" in said(run("audit-pack", "--from", "2025-11-25", "--to", "2026-11-26", "--out", str(out)))
    assert "no customer" in said(run("audit-pack", *PERIOD, "--customer", "nobody", "--out", str(out)))
    assert "SHA1" in said(run("audit-pack", *PERIOD, "--site", "BJ2", "--out", str(out)))
    assert not list(tmp_path.glob("pack*"))
    out.write_text("something of mine", encoding="utf-8")
    assert "there already" in said(run("audit-pack", *PERIOD, "--out", str(out)))
    assert out.read_text(encoding="utf-8") == "something of mine"
    assert run("audit-pack", *PERIOD, "--customer", "云帆网络", "--out", str(tmp_path / "one.zip")).exit_code == 0
