"""Nothing that is served names a foreign host, and nothing in the program calls out but what an operator has set (clause 4.3)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVED = [
    path
    for folder in ("kiosk/static", "kiosk/templates", "reports/templates")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".js", ".css", ".html", ".svg", ".json", ".txt", ".typ", ".webmanifest")
]
ADDRESS = re.compile(r"""(?:https?:|wss?:)?//(?=[\w.-]+\.\w)[^\s"'<>)]*""")
NAMES_NOT_ADDRESSES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink")
"""Names of namespaces: nothing is fetched from them."""
LOADS = re.compile(r"@import|\bimportScripts\b|\bWebSocket\b|\bsendBeacon\b|rel=\"?(?:preconnect|dns-prefetch)", re.IGNORECASE)
CALLS_OUT = frozenset(
    {"httpx", "requests", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "telnetlib", "sentry_sdk", "socketio"}
)
MAY_CALL = {
    "access_log/smtp.py": {"smtplib"},
    "access_log/backup/target.py": {"paramiko", "asyncssh"},
}
SENDS = frozenset({"smtplib", "paramiko", "asyncssh"})
"""What an operator sets: a mail server and a place for backups."""


def foreign(text: str) -> list[str]:
    """Addresses of other hosts in a text."""
    comments_gone = re.sub(r"/\*.*?\*/|^\s*//[^\n]*|<!--.*?-->|\{#.*?#\}", "", text, flags=re.DOTALL | re.MULTILINE)
    return [found for found in ADDRESS.findall(comments_gone) if not found.startswith(NAMES_NOT_ADDRESSES)]


@pytest.mark.clause("4.3", "3.n")
def test_no_served_file_names_a_foreign_host() -> None:
    assert len(SERVED) > 60
    assert {str(path): named for path in SERVED if (named := foreign(path.read_text(encoding="utf-8")))} == {}


def test_no_served_file_opens_a_line_of_its_own() -> None:
    assert {str(path): named for path in SERVED if (named := LOADS.findall(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.com/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.com/css">',
        "fetch('https://telemetry.example.com/beat')",
        "background: url(http://example.com/x.png)",
    ],
)
def test_a_foreign_host_would_be_found(text: str) -> None:
    assert foreign(text)


def test_the_own_paths_and_names_of_namespaces_are_none() -> None:
    assert foreign('<a href="/console/desk">') == foreign("document.createElementNS('http://www.w3.org/2000/svg', 'svg')") == []


def imported(path: Path) -> set[str]:
    """Modules that a file imports, whole and by their first part."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.split(".")[0] for name in names}


@pytest.mark.clause("4.3", "3.n")
def test_only_mail_and_backups_know_how_to_call_out() -> None:
    found = {}
    for folder in ("access_log", "kiosk", "reports"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            calls = imported(path) & (CALLS_OUT | SENDS)
            if calls - MAY_CALL.get(str(path.relative_to(ROOT)), set()):
                found[str(path.relative_to(ROOT))] = calls
    assert found == {}
