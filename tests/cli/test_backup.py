"""`access-log backup`, `restore`, `keys escrow` and `keys recover`, as the people who hold shares use them."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.runtime import open_ring
from access_log.settings import Settings
from tests.cast import make_cast
from tests.cli.conftest import Run, said


@pytest.fixture
def place(installed: Settings, installed_engine: Engine, ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with transaction(installed_engine) as session:
        make_cast(session, ring)
    path = tmp_path / "nas"
    path.mkdir()
    monkeypatch.setenv("ACCESS_LOG_BACKUP_TO", str(path))
    return path


def shares(run: Run, tmp_path: Path, *more: str) -> list[str]:
    """Hand out shares into files; the options that name two of them."""
    paths = [tmp_path / f"{'-'.join(more)}share{number}" for number in (1, 2, 3)]
    result = run("keys", "escrow", *more, *(word for path in paths for word in ("--to", str(path))))
    assert result.exit_code == 0, result.output
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths)
    assert paths[0].read_text().split()[5] not in result.output.split()
    return ["--share", str(paths[0]), "--share", str(paths[2])]


def test_the_whole_way_from_shares_to_a_restored_register(run: Run, place: Path, tmp_path: Path) -> None:
    chosen = shares(run, tmp_path)
    assert "make the recovery key in use" in run("keys", "escrow", "--check", *chosen).output
    result = run("backup")
    assert result.exit_code == 0, result.output
    assert "read back and whole" in result.output
    (file,) = place.glob("*.backup")
    drill = run("restore", str(file), "--check", *chosen)
    assert "it is whole" in drill.output
    fresh = f"sqlite:///{tmp_path}/fresh.db"
    result = run("restore", str(file), *chosen, env={"ACCESS_LOG_DATABASE_URL": fresh})
    assert result.exit_code == 0, result.output
    assert "0 erasures since the backup were carried out again" in result.output
    assert "the record is whole" in result.output
    assert "Nimbus" not in result.output
    assert "not empty" in run("restore", str(file), *chosen, env={"ACCESS_LOG_DATABASE_URL": fresh}).output


def test_the_ring_is_recovered_on_a_new_machine(run: Run, place: Path, tmp_path: Path) -> None:
    chosen = shares(run, tmp_path)
    run("backup")
    before = open_ring(Settings()).fingerprint()
    (copy,) = place.glob("*.keys")
    result = run("keys", "recover", str(copy), *chosen, env={"ACCESS_LOG_KEYS_DIR": str(tmp_path / "new-machine")})
    assert result.exit_code == 0, result.output
    assert before in result.output
    assert "is there already" in said(run("keys", "recover", str(copy), *chosen))


def test_what_is_missing_is_said_with_what_to_do(run: Run, place: Path, tmp_path: Path) -> None:
    assert "access-log keys escrow" in said(run("backup"))
    chosen = shares(run, tmp_path)
    assert "--new replaces it" in said(run("keys", "escrow"))
    assert "ACCESS_LOG_BACKUP_TO" in said(run("backup", env={"ACCESS_LOG_BACKUP_TO": ""}))
    assert "mount the disk" in said(run("backup", env={"ACCESS_LOG_BACKUP_TO": str(tmp_path / "not-mounted")}))
    assert "two different shares" in said(run("keys", "escrow", "--check", "--share", chosen[1], "--share", chosen[1]))
    other = shares(run, tmp_path, "--new")
    assert "another recovery key" in said(run("keys", "escrow", "--check", *chosen))
    assert run("keys", "escrow", "--check", *other).exit_code == 0
    (tmp_path / "letter.txt").write_text("Dear Sir", encoding="utf-8")
    assert run("restore", str(tmp_path / "letter.txt"), *other).exit_code == 1


def test_shares_may_be_typed_and_are_not_shown(run: Run, place: Path, tmp_path: Path) -> None:
    chosen = shares(run, tmp_path)
    words = [Path(chosen[1]).read_text(), Path(chosen[3]).read_text()]
    result = run("keys", "escrow", "--check", typed="".join(words))
    assert result.exit_code == 0, result.output
    assert words[0].split()[4] not in result.output
