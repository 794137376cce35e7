"""Rules of the house that no linter knows. Each is a function that lists what breaks it, and is given something that does."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import SQLModel

import access_log.models
from tests.web.conftest import Web

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("access_log", "kiosk", "reports")
SOURCES = {path: path.read_text(encoding="utf-8") for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(text) for path, text in SOURCES.items()}


def ends_transactions(tree: ast.AST) -> list[int]:
    """Lines that commit or roll back: whoever opened the transaction does."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return [call.lineno for call in calls if call.func.attr in ("commit", "rollback")]  # type: ignore[attr-defined]


def test_services_never_end_a_transaction() -> None:
    found = {name: lines for name, tree in TREES.items() if name.startswith("access_log/services/") and (lines := ends_transactions(tree))}
    assert found == {}
    assert ends_transactions(ast.parse("def act(session):\n    session.commit()\n    other.rollback()")) == [2, 3]


def waits(tree: ast.AST) -> list[str]:
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]


WITHIN_A_CALL = {"access_log/backup/target.py": "SFTP is asyncssh's, whose loop begins and ends within one call"}


def test_the_core_knows_no_event_loop() -> None:
    found = {name for name, tree in TREES.items() if name.startswith("access_log/") and waits(tree)}
    assert found == set(WITHIN_A_CALL)
    assert waits(ast.parse("async def act(): ...")) == ["act"]


def test_whoever_is_signed_in_is_shown_their_own_site() -> None:
    """The first one of the installation is for those whom nobody knows yet: the sign-in, the kiosk's door."""
    faces = [path for face in ("console", "portal") for path in (ROOT / "kiosk" / face).rglob("*.py")]
    assert len(faces) > 30
    assert [str(path) for path in faces if "CurrentSite" in path.read_text(encoding="utf-8")] == []


OF_NO_SITE = {
    "site": "is the site itself",
    "retention_clock": "one clock for the installation",
    **dict.fromkeys(("kek", "ratchet_run", "escrow", "backup_run"), "keys and their copies are the installation's"),
    "mail_state": "mail leaves an installation by one way, whatever its sites",
    **dict.fromkeys(
        ("record_leaf", "record_node", "record_checkpoint", "record_pruning", "record_verification"), "one tree for the installation"
    ),
}
"""Tables without a site, and why."""


def without_site(tables: dict[str, Any]) -> set[str]:
    return {name for name, table in tables.items() if "site_id" not in table.columns and name not in OF_NO_SITE}


def test_every_row_belongs_to_a_site() -> None:
    assert access_log.models
    tables = {table.name: table for table in SQLModel.metadata.sorted_tables}
    assert len(tables) > 30
    assert without_site(tables) == set()
    assert set(OF_NO_SITE) <= set(tables)


def rows_returned(app: FastAPI) -> list[str]:
    """Routes whose answer is declared to be a row of a table: everything in it would be sent."""
    found = []
    for context in iter_route_contexts(app.routes):
        declared = getattr(getattr(context, "endpoint", None), "__annotations__", {}).get("return")
        kinds = [declared, *get_args(declared)]
        if any(isinstance(kind, type) and issubclass(kind, SQLModel) for kind in kinds):
            found.append(str(context.path))
    return found


def test_no_route_answers_with_a_row_of_a_table(web: Web) -> None:
    if web.engine.dialect.name == "postgresql":
        return  # declarations are the same
    for name, face in web.app.state.faces.items():
        assert rows_returned(face) == [], name

    def careless() -> list[access_log.models.Visit]: ...

    web.app.state.faces["console"].get("/careless", response_model=None)(careless)
    assert rows_returned(web.app.state.faces["console"]) == ["/careless"]


def test_what_is_sealed_stands_in_no_repr() -> None:
    models = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    sealed = {
        f"{model.__name__}.{name}"
        for model in models
        for name, info in model.model_fields.items()
        if bytes in (info.annotation, *get_args(info.annotation)) and info.repr
    }
    assert len(models) > 30
    assert sealed == set()
    item = access_log.models.VaultItem(wrapped_key=b"wrapped", ciphertext=b"ciphertext")
    assert b"wrapped".decode() not in repr(item).replace("wrapped_key", "")


def tracked() -> Iterator[tuple[str, str]]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in names:
        path = ROOT / name
        if name and path.is_file() and path.suffix not in (".png", ".wasm", ".jpg", ".ico", ".woff2"):
            yield name, path.read_text(encoding="utf-8", errors="replace")


UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")


def test_nothing_is_left_for_later() -> None:
    found = [path.name for path, text in SOURCES.items() if UNFINISHED.search(text)]
    assert found == []
    assert UNFINISHED.search("# TODO: seal it")


NAME_THEM = {"tests/architecture/test_rules.py", "tests/deploy/test_addresses.py"}
"""These say what is looked for."""
HERE_ONLY = re.compile(r"/(?:root|home/\w+)/(?!\.)|/work/main|/tmp/wt|index-url\s*=|--index-url https?://(?!example)")


def test_no_tracked_file_names_this_machine_or_a_registry() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    found = {name for name, text in tracked() if HERE_ONLY.search(text)} - NAME_THEM
    assert found == set()
    assert HERE_ONLY.search("cd /tmp/wt/x")


LONG_FILE, LONG_FUNCTION = 400, 60
ONE_FILE_ON_PURPOSE = {"access_log/verify_alone.py": "an auditor carries it away by itself"}


def functions(tree: ast.AST) -> list[int]:
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in nodes]


def test_files_and_functions_stay_short() -> None:
    files = {path.relative_to(ROOT).as_posix(): len(text.splitlines()) for path, text in SOURCES.items() if "/versions/" not in str(path)}
    sizes = [size for name, tree in TREES.items() if "/versions/" not in name for size in functions(tree)]
    assert median(files.values()) <= 90
    assert {name: lines for name, lines in files.items() if lines > LONG_FILE and name not in ONE_FILE_ON_PURPOSE} == {}
    assert median(sizes) <= 9
    assert [size for size in sizes if size > LONG_FUNCTION] == []
