"""The pages of docs/compliance/: each clause and article -> control -> test -> last result.

`python -m tests.compliance` writes them from what stands in clauses.yaml and standards.yaml, the markers of the tests, and results.json;
with `--run` it runs the marked tests first. tests/architecture/test_compliance.py says where a page is not current.
"""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "compliance"
RESULTS = FOLDER / "results.json"
VERDICTS = ("in", "partly", "outside")
LOOKED_UP = {"read": "read", "check": "to be checked against the standard"}
WRITTEN = "<!-- Written by `python -m tests.compliance`. Change clauses.yaml, standards.yaml or the tests, not this page. -->"


def clauses() -> list[dict[str, Any]]:
    """The operator's policy, clause by clause, in our words."""
    return _read("clauses.yaml")


def standards() -> list[dict[str, Any]]:
    """Laws and standards, each with the entries that concern a register of visitors."""
    return _read("standards.yaml")


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((FOLDER / name).read_text(encoding="utf-8"))
    return found


def results() -> dict[str, dict[str, Any]]:
    """What came of each marked test when it last ran."""
    found: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


def marked() -> dict[str, list[str]]:
    """The tests of each clause, by their markers, read from the source of the tests."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.clause" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                for id_ in _ids(node):
                    found[id_].append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return found


def _ids(node: ast.FunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.clause":
            yield from (str(argument.value) for argument in decorator.args if isinstance(argument, ast.Constant))


def last(tests: Iterable[str], known: Mapping[str, Mapping[str, Any]]) -> str:
    """What came of them: how many cases passed and when, or that one failed or has not run."""
    tests = list(tests)
    if not tests:
        return "–"
    ran = [known[name] for name in tests if name in known]
    failed = sum(result["failed"] for result in ran)
    passed = sum(result["passed"] for result in ran)
    missing = len(tests) - len(ran)
    parts = [f"**{failed} failed**"] if failed else []
    parts += [f"{passed} passed"] if passed else []
    parts += [f"{missing} not run yet"] if missing else []
    when = max((result["on"] for result in ran), default="")
    return ", ".join(parts or ["not run yet"]) + (f" ({when})" if when else "")


def clauses_page() -> str:
    """clauses.md."""
    tests, known, all_of_it = marked(), results(), clauses()
    counts = {verdict: sum(clause["verdict"] == verdict for clause in all_of_it) for verdict in VERDICTS}
    lines = [
        "# The operator's policy, clause by clause",
        WRITTEN,
        f"{len(all_of_it)} clauses: {counts['in']} in, {counts['partly']} partly, {counts['outside']} outside. Ids count the policy's "
        "parts; what a clause asks is said in our own words. Outside means: another system's work, or paper's; nothing here pretends "
        "to do it.",
        "",
    ]
    for clause in all_of_it:
        lines += [f"## {clause['id']} · {clause['verdict']}", "", f"**Asks:** {clause['asks']}", ""]
        lines += [f"**Control:** {clause['control']}{_code(clause.get('code', []))}", ""] if clause.get("control") else []
        lines += [f"**Why {clause['verdict']}:** {clause['why']}", ""] if clause.get("why") else []
        lines += [
            f"**Tests:** {_tests(tests.get(clause['id'], []))}",
            "",
            f"**Last result:** {last(tests.get(clause['id'], []), known)}",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def standards_page() -> str:
    """standards.md."""
    tests, known = marked(), results()
    lines = [
        "# Laws and standards",
        WRITTEN,
        "What each entry asks of a register of visitors, in our own words, and what shows that it is done. *Read* means that the text "
        "itself was read (Chinese laws in the collection LawRefBook/Laws of 2025-04-19). The standards are sold; an entry that rests on "
        "quotations and summaries says *to be checked against the standard*: counsel or an assessor has to hold it against the text. "
        "This is an engineer's map, not a legal opinion.",
        "",
    ]
    for standard in standards():
        lines += [f"## {standard['name']}", "", standard["about"], "", "| entry | asks | control | clauses | last result | source |"]
        lines += ["|---|---|---|---|---|---|"]
        for entry in standard["entries"]:
            shown = [test for id_ in entry["clauses"] for test in tests.get(id_, [])]
            lines.append(
                f"| {entry['id']} | {entry['asks']} | {entry['control']} | {', '.join(entry['clauses']) or '–'} | "
                f"{last(dict.fromkeys(shown), known)} | {LOOKED_UP[entry['source']]} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _code(paths: Sequence[str]) -> str:
    return f" ({', '.join(f'`{path}`' for path in paths)})" if paths else ""


def _tests(names: Sequence[str]) -> str:
    by_file: dict[str, list[str]] = defaultdict(list)
    for name in names:
        file, _colons, test = name.partition("::")
        by_file[file].append(test.removeprefix("test_").replace("_", " "))
    return "; ".join(f"`{file}`: {', '.join(tests)}" for file, tests in by_file.items()) or "none"


PAGES = {"clauses.md": clauses_page, "standards.md": standards_page}

if __name__ == "__main__":
    if "--run" in sys.argv:
        names = sorted({name for tests in marked().values() for name in tests})
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", f"--clauses-to={RESULTS}", *names], cwd=ROOT, check=False
        )
    for page, write in PAGES.items():
        (FOLDER / page).write_text(write(), encoding="utf-8")
