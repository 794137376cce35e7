"""The default policy file with one thing changed, so that a test shows the change and nothing else."""

from access_log.policy.file.building import default_bytes, load_policy
from access_log.policy.file.content import Policy
from access_log.policy.file.problems import PolicyFileError, Problem


def edited(*changes: tuple[str, str]) -> bytes:
    """The default file, each first text replaced by the second. A text that is not there (or not once) is a mistake of the test."""
    text = default_bytes().decode()
    for old, new in changes:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text.encode()


def in_field(field: str, old: str, new: str) -> bytes:
    """The default file with a line of one field replaced."""
    return within(default_bytes(), f"\n  {field}:\n", old, new)


def within(data: bytes, after: str, old: str, new: str) -> bytes:
    """A file with the first `old` after a place replaced."""
    head, place, rest = data.decode().partition(after)
    assert place
    assert old in rest
    return (head + place + rest.replace(old, new, 1)).encode()


def line_of(data: bytes, text: str, after: str = "") -> int:
    """The number of the first line that holds a text, after the line that holds another."""
    lines = data.decode().split("\n")
    start = next(number for number, line in enumerate(lines) if after in line) if after else 0
    return next(number + 1 for number in range(start, len(lines)) if text in lines[number])


def problems(data: bytes) -> list[Problem]:
    """What is wrong with a file; nothing where it loads."""
    try:
        load_policy(data)
    except PolicyFileError as error:
        return error.problems
    return []


def policy(*changes: tuple[str, str]) -> Policy:
    """As `edited`, loaded."""
    return load_policy(edited(*changes))
