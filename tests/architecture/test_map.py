"""docs/map.md names every folder and module, and nothing that is not there; the decisions it points to are short and exist."""

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from access_log.settings import SECRETS, Settings

ROOT = Path(__file__).resolve().parents[2]
MAP = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
ROOTS = ("access_log", "kiosk", "reports", "tests", "deploy", "scripts", "bench")
PACKAGES = ("access_log", "kiosk", "reports")
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
LONGEST_DECISION = 20


def named() -> set[str]:
    """Every path of the tree that the map mentions, without a slash at its end."""
    quoted = re.findall(r"`([\w.][\w./-]*)`", MAP)
    return {path.rstrip("/") for path in quoted if path.split("/")[0] in (*ROOTS, "docs") and "/" in path}


def entries(root: str) -> Iterator[str]:
    """What stands directly in a folder, but for what tools leave behind."""
    for path in (ROOT / root).glob("*"):
        if path.name not in ("__init__.py", "__pycache__") and path.suffix not in (".pyc", ".egg-info"):
            yield f"{root}/{path.name}"


@pytest.mark.parametrize("root", [root for root in ROOTS if (ROOT / root).is_dir()])
def test_the_map_names_every_folder_and_module(root: str) -> None:
    found = set(entries(root))
    assert found or root == "reports"
    assert found <= named()


def test_everything_the_map_names_is_there() -> None:
    missing = {path for path in named() if not (ROOT / path).exists()}
    assert len(named()) > 40
    assert missing == set()


def test_every_decision_is_short_and_begins_with_what_was_decided() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for path in DECISIONS:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LONGEST_DECISION, path.name
        assert lines[0].startswith(f"# {path.name[:4]} · "), path.name
        assert lines[2].startswith("**Decision.** "), path.name
        assert any(line.startswith("**What would make us change it.** ") for line in lines), path.name


def test_every_decision_the_code_cites_exists() -> None:
    texts = {path: path.read_text(encoding="utf-8") for package in (*ROOTS, "docs") for path in (ROOT / package).rglob("*.py")}
    cited = {number for text in texts.values() for number in re.findall(r"docs/adr/(\d{4})", text)}
    assert {"0003", "0014"} <= cited
    assert cited <= {path.name[:4] for path in DECISIONS}


def test_every_file_of_the_packages_is_part_of_the_wheel() -> None:
    """Templates, static files, texts and notices travel only where pyproject.toml names their kind."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]["*"]
    data = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    left_out = [
        path for path in data if path.suffix != ".py" and not any(fnmatch(path.name, pattern) for pattern in (*patterns, "py.typed"))
    ]
    assert len(data) > 100
    assert left_out == []


@pytest.mark.parametrize("page", ["production.md", "production.zh-CN.md"])
def test_the_table_of_settings_is_the_settings(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    known = {f"ACCESS_LOG_{name.upper()}" for name in Settings.model_fields} - {"ACCESS_LOG_PORT"}
    told = set(re.findall(r"`(ACCESS_LOG_[A-Z_]+)`", text))
    assert told <= known
    assert known - told == {f"ACCESS_LOG_{name.upper()}_FILE" for name in SECRETS} | {"ACCESS_LOG_DEMO"}
