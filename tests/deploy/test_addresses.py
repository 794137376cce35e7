"""No file names a registry, an index or a machine: where packages and images come from is the machine's own business."""

import re

import pytest

from tests.deploy.files import ROOT, tracked

REGISTRIES = (
    "docker.io",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "mcr.microsoft",
    "pypi.org",
    "pythonhosted",
    "npmjs",
    "jsdelivr",
    "unpkg",
    "cdnjs",
)
MIRRORS = ("tuna.tsinghua", "mirrors.", "aliyun", "artifactory", "/simple/", "deb.debian", "debian.org/debian", "googleapis")
MACHINES = ("/root/", "/home/", "/tmp/wt", "/work/", ".internal", "host.docker")
BINARY = (".png", ".wasm", ".pdf", ".xlsx", ".ico", ".jpg", ".webp", ".woff2", ".y4m")
SEARCHES = ("tests/deploy/test_addresses.py", "tests/architecture/test_rules.py")
"""Files that look for such names themselves."""


def hits(text: str, words: tuple[str, ...]) -> list[str]:
    lowered = text.lower()
    return [word for word in words if word in lowered]


TEXTS = [name for name in tracked() if not name.endswith(BINARY) and name not in SEARCHES]


def test_the_search_finds_what_it_looks_for() -> None:
    assert hits("FROM Docker.io/library/python", REGISTRIES) == ["docker.io"]
    assert hits("index-url = https://x.example/simple/", MIRRORS) == ["/simple/"]
    assert len(TEXTS) > 500


@pytest.mark.parametrize("words", [REGISTRIES, MIRRORS, MACHINES], ids=["registries", "mirrors", "machines"])
def test_no_tracked_file_names_one(words: tuple[str, ...]) -> None:
    found = {name: hits((ROOT / name).read_text(encoding="utf-8", errors="replace"), words) for name in TEXTS}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_a_lock_file_holds_names_versions_and_hashes_alone(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"^\s*--(index-url|extra-index-url|find-links)", text, re.MULTILINE)
    assert "://" not in text
    assert text.count("--hash=sha256:") > text.count("==")
