"""A policy file with another choice of profiles and another version, every other byte as it was: comments and order are the operator's."""

import re
from collections.abc import Sequence

from access_log.policy.file.building import load_policy
from access_log.policy.file.content import Policy
from access_log.policy.file.problems import PolicyFileError

PROFILES = re.compile(r"^(\s*profiles\s*:\s*)(\[[^\]#]*\])?")
VERSION = re.compile(r"^(\s*version\s*:\s*)(\"[^\"]*\"|'[^']*'|[^\s#]+)")
EFFECTIVE = re.compile(r"^(\s*effective\s*:\s*)(\"[^\"]*\"|'[^']*'|[^\s#]+)")
SUPERSEDES = re.compile(r"^(\s*supersedes\s*:\s*)(\"[^\"]*\"|'[^']*'|[^\s#]+)?")


def with_profiles(data: bytes, profiles: Sequence[str], *, version: str, supersedes: str = "") -> bytes:
    """The file under another choice. Raises PolicyFileError where it contradicts itself then, ValueError where only a person can do it."""
    lines = data.decode("utf-8-sig").split("\n")
    known = load_policy(data).lines
    for key, shape, value in (
        ("policy.profiles", PROFILES, f"[{', '.join(profiles)}]"),
        ("policy.version", VERSION, version),
        ("policy.supersedes", SUPERSEDES, f'"{supersedes}"'),
        ("policy.effective", EFFECTIVE, "on-publication"),
    ):
        found = shape.match(lines[known[key] - 1]) if key in known else None
        if found:
            lines[known[key] - 1] = f"{found[1]}{value}{lines[known[key] - 1][found.end() :]}"
    changed = "\n".join(lines).encode()
    made = _loaded(changed)
    if (set(made.profiles), made.version) != (set(profiles), version):
        raise ValueError("the profiles are not written in one line")
    return changed


def _loaded(data: bytes) -> Policy:
    try:
        return load_policy(data)
    except PolicyFileError as error:
        if any(problem.code == "not_yaml" for problem in error.problems):
            raise ValueError("the profiles are not written in one line") from None
        raise
