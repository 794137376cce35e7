"""What the tests of the deployment read: the tracked files, and the tools they are checked with."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from access_log.settings import Settings, variable

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
SETTINGS = frozenset(variable(name) for name in Settings.model_fields)
"""Every variable that the product reads."""


@cache
def tracked(*folders: str) -> tuple[str, ...]:
    """The files that git knows, as paths from the root; those of a copy without git are simply those that are there."""
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return tuple(name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file())
    found = (path for folder in folders or (".",) for path in (ROOT / folder).rglob("*") if path.is_file())
    return tuple(str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts)


def tool(name: str) -> str:
    """A program of the test environment, beside its Python."""
    return str(ROOT / ".venv" / "bin" / name)


def run(command: Sequence[str | Path], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says, whatever its exit status."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=120, **options)  # type: ignore[call-overload,no-any-return]


def without_settings() -> dict[str, str]:
    """The environment without the product's own variables."""
    return {name: value for name, value in os.environ.items() if name not in SETTINGS}


def there(program: str) -> bool:
    """Whether this machine has a program that is not everywhere."""
    return shutil.which(program) is not None
