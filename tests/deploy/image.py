"""The Dockerfile, read: its stages, what is copied where, its environment and its commands."""

import json
import re
from functools import cache

from tests.deploy.files import ROOT

FILE = ROOT / "Dockerfile"


@cache
def stages() -> dict[str, list[tuple[str, str]]]:
    """Stage → its instructions, each (word, rest) on one line."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: dict[str, list[tuple[str, str]]] = {}
    name = "before"
    for line in filter(str.strip, text.splitlines()):
        word, _space, rest = line.partition(" ")
        if word == "FROM":
            name = rest.rpartition(" AS ")[2]
        found.setdefault(name, []).append((word, rest.strip()))
    return found


def instructions(stage: str, word: str) -> list[str]:
    return [rest for found, rest in stages()[stage] if found == word]


def copied(stage: str) -> dict[str, str]:
    """Source → target of what comes from the checkout."""
    found = {}
    for rest in instructions(stage, "COPY"):
        *sources, target = rest.split()
        if not rest.startswith("--from="):
            found |= {source: target if not target.endswith("/") else f"{target}{source}" for source in sources}
    return found


def image_environment() -> dict[str, str]:
    """What the image tells its processes."""
    return dict(pair.split("=", 1) for rest in instructions("product", "ENV") for pair in rest.split())


def words(stage: str, instruction: str) -> list[str]:
    """The last ENTRYPOINT or CMD of a stage, in its JSON form."""
    return [str(word) for word in json.loads(instructions(stage, instruction)[-1])]
