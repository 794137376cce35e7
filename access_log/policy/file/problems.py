"""What is wrong with a policy file, exactly: the line, the key, and why. Texts are in words.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from access_log.errors import AccessLogError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`line` counts from 1; 0 means the file as a whole. `key` is the path to the value, such as `fields.name.need`."""

    line: int
    key: str
    code: str
    facts: dict[str, str] = field(default_factory=dict, compare=False)


class PolicyFileError(AccessLogError):
    """A policy file that cannot be used. Holds every problem that was found, by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("; ".join(f"line {problem.line}: {problem.key}: {problem.code}" for problem in self.problems[:3]))
