"""`access-log policy check`: one line a mistake, in both languages, and exit status 1."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from access_log.cli import app
from tests.policy.file.edited import edited, in_field, line_of


def check(path: Path) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["policy", "check", str(path)])
    return result.exit_code, result.output.splitlines()


def written(folder: Path, data: bytes) -> Path:
    path = folder / "policy.yaml"
    path.write_bytes(data)
    return path


def test_a_good_file_is_said_to_be_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, edited())
    assert check(path) == (0, [f"{path}: machine-room-register default-1 is in order: 27 fields, 6 bounds"])


def test_a_mistake_is_one_line_with_file_line_key_and_why_in_both_languages(tmp_path: Path) -> None:
    data = in_field("document", "need: P30D", "need: 30 days")
    path = written(tmp_path, data)
    status, lines = check(path)
    assert status == 1
    (line,) = lines
    assert line.startswith(f"{path}:{line_of(data, 'need: 30 days')}: fields.document.need: 30 days 不是期限。")
    assert " | 30 days is no period. Write P6M for six months" in line


@pytest.mark.parametrize(("data", "why"), [(b"x" * 10_000_000, "128 KiB"), ("a: 姓名".encode("gbk"), "UTF-8"), (b"", "empty")])
def test_a_file_that_cannot_be_read_is_one_line_too(tmp_path: Path, data: bytes, why: str) -> None:
    status, lines = check(written(tmp_path, data))
    assert status == 1
    assert len(lines) == 1
    assert why in lines[0]


def test_a_file_that_is_not_there_is_one_line_too(tmp_path: Path) -> None:
    status, lines = check(tmp_path / "nowhere.yaml")
    assert (status, lines) == (1, [f"access-log: {tmp_path}/nowhere.yaml: No such file or directory"])
