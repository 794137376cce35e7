"""No contract of import-linter is there for show: the imports that it forbids break it, in a copy of the packages."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
SPOILT = {
    "kiosk and reports stand on access_log, never on each other": (
        ("reports/schedule.py", "kiosk.web.forms"),
        ("kiosk/web/forms.py", "reports.schedule"),
        ("access_log/runtime.py", "kiosk.serve"),
    ),
    "the core knows no web": tuple(("access_log/mail.py", name) for name in ("fastapi", "starlette", "jinja2", "qrcode", "uvicorn")),
    "inside the core: services over models over crypto and policy": (
        ("access_log/models/visit.py", "access_log.services.visits"),
        ("access_log/crypto/merkle.py", "access_log.models"),
        ("access_log/crypto/codes.py", "access_log.policy.codes"),
        ("access_log/policy/entry.py", "access_log.crypto.codes"),
    ),
    "the faces are independent of one another": (
        ("kiosk/lobby/answers.py", "kiosk.console.words"),
        ("kiosk/visitor/face.py", "kiosk.portal.face"),
    ),
    "identity is opened in one place": tuple(
        (file, "access_log.services.opening")
        for file in (
            "kiosk/web/render.py",
            "access_log/cli.py",
            "access_log/demo.py",
            "access_log/models/site.py",
            "access_log/policy/names.py",
        )
    ),
    "reports never reach identity": (
        ("reports/gather.py", "access_log.services.identity"),
        ("reports/page.py", "access_log.services.opening"),
    ),
}
"""Contract → (file, module that it must not import)."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages' sources, and the contracts."""
    for package in ("access_log", "kiosk", "reports"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda _folder, names: [name for name in names if "." in name and not name.endswith(".py")],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken(folder: Path) -> dict[str, str]:
    """Contract → what is said about how it is broken."""
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    env = {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    _list, _title, told = done.stdout.partition("Broken contracts")
    assert done.returncode == 1, done.stdout + done.stderr
    parts = re.split(r"^(.+)\n-+$", told, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_contract_has_an_import_that_breaks_it() -> None:
    assert SPOILT.keys() == {contract["name"] for contract in CONTRACTS}


def test_an_import_that_a_contract_forbids_breaks_it(copy: Path) -> None:
    """That the code as it is keeps them all is `make lint`'s part."""
    for file, module in {one for imports in SPOILT.values() for one in imports}:
        with (copy / file).open("a", encoding="utf-8") as source:
            source.write(f"\nimport {module}\n")
    said = broken(copy)
    assert said.keys() == SPOILT.keys()
    for name, imports in SPOILT.items():
        for file, module in imports:
            importer = file.removesuffix(".py").replace("/", ".")
            assert re.search(rf"{re.escape(importer)} -> {re.escape(module)}\b", said[name]), f"{name}: {importer} may import {module}"
