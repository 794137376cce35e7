"""From bytes to a tree that still knows its lines. What could hurt is refused on the way, before anything is built of it.

YAML 1.2 is read as a stream of events. Nothing is constructed from tags, nothing is repeated by aliases, and no key stands twice:
what a person reads is what is read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from access_log.policy.file.problems import PolicyFileError, Problem

MOST_BYTES = 128 * 1024
DEEPEST = 8
MOST_NODES = 10_000
CORE_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null"))
EMPTY = frozenset({"", "null", "~"})


@dataclass(slots=True)
class Scalar:
    """A plain value as it is written. `empty`: written without quotes, and nothing."""

    text: str
    line: int
    empty: bool = False


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    parts: "list[Node]" = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys and values. `lines` are those of the keys."""

    line: int
    values: "dict[str, Node]" = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def read_tree(data: bytes) -> Mapping:
    """The root of a policy file. Raises PolicyFileError."""
    text = _decoded(data)
    building = _Building()
    try:
        for event in YAML(typ="safe", pure=True).parse(StringIO(text)):
            building.take(event)
    except MarkedYAMLError as error:
        raise _not_yaml(error) from None
    if not isinstance(building.root, Mapping):
        raise PolicyFileError([Problem(1, "", "not_a_mapping")])
    if building.doubles:
        raise PolicyFileError(building.doubles)
    return building.root


class _Building:
    """Puts events together, without a call for each level: a file of brackets ends at the ninth."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.doubles: list[Problem] = []
        self._open: list[tuple[Sequence | Mapping, str]] = []
        self._key: list[tuple[str, int] | None] = []
        self._nodes = self._documents = 0

    def take(self, event: Event) -> None:
        """The next event. Raises PolicyFileError."""
        line = event.start_mark.line + 1
        self._refuse(event, line)
        if isinstance(event, ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, CollectionStartEvent):
            self._begin(Mapping(line) if isinstance(event, MappingStartEvent) else Sequence(line), line)
        elif isinstance(event, CollectionEndEvent):
            self._open.pop()
            self._key.pop()

    def _refuse(self, event: Event, line: int) -> None:
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if event.version or event.tags:
                raise PolicyFileError([Problem(line, "", "directive")])
            if self._documents > 1:
                raise PolicyFileError([Problem(line, "", "second_document")])
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise PolicyFileError([Problem(line, "", "alias")])
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) not in CORE_TAGS:
            raise PolicyFileError([Problem(line, "", "tag", {"tag": str(tag)[:60]})])

    def _scalar(self, event: ScalarEvent, line: int) -> None:
        text = str(event.value)
        if self._open and isinstance(self._open[-1][0], Mapping) and self._key[-1] is None:
            self._key[-1] = (text, line)
        else:
            self._put(Scalar(text, line, empty=event.style is None and text in EMPTY), line)

    def _begin(self, node: Sequence | Mapping, line: int) -> None:
        if self._open and isinstance(self._open[-1][0], Mapping) and self._key[-1] is None:
            raise PolicyFileError([Problem(line, self._open[-1][1], "key_shape")])
        path = self._put(node, line)
        self._open.append((node, path))
        self._key.append(None)
        if len(self._open) > DEEPEST:
            raise PolicyFileError([Problem(line, "", "too_deep", {"most": f"{DEEPEST}"})])

    def _put(self, node: Node, line: int) -> str:
        """Put a value where it belongs. Returns its path."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise PolicyFileError([Problem(line, "", "too_many", {"most": f"{MOST_NODES}"})])
        if not self._open:
            self.root = node
            return ""
        inside, path = self._open[-1]
        if isinstance(inside, Sequence):
            inside.parts.append(node)
            return f"{path}[{len(inside.parts) - 1}]"
        assert self._key[-1] is not None  # a scalar that follows none becomes one
        name, at = self._key[-1]
        self._key[-1] = None
        if name in inside.values:
            self.doubles.append(Problem(at, below(path, name), "double_key", {"line": f"{inside.lines[name]}"}))
        inside.values.setdefault(name, node)
        inside.lines.setdefault(name, at)
        return below(path, name)


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise PolicyFileError([Problem(0, "", "too_long", {"most": f"{MOST_BYTES // 1024}", "bytes": f"{len(data)}"})])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise PolicyFileError([Problem(1, "", "utf16")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyFileError([Problem(data[: error.start].count(b"\n") + 1, "", "not_utf8")]) from None
    if not text.strip():
        raise PolicyFileError([Problem(0, "", "empty")])
    for number, line in enumerate(text.split("\n"), 1):
        if any(_unseen(character) for character in line):
            raise PolicyFileError([Problem(number, "", "control_characters")])
    return text


def _unseen(character: str) -> bool:
    """Controls, and marks that make a line read otherwise than it is."""
    code = ord(character)
    return (code < 0x20 and character not in "\t\r") or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069


def _not_yaml(error: MarkedYAMLError) -> PolicyFileError:
    why = (error.problem or error.context or "").strip()[:120]
    marks = (error.context_mark, error.problem_mark) if "end of stream" in why else (error.problem_mark, error.context_mark)
    mark = marks[0] or marks[1]
    return PolicyFileError([Problem(mark.line + 1 if mark else 1, "", "not_yaml", {"why": why})])


def lines_of(node: Node, path: str = "") -> Iterator[tuple[str, int]]:
    """The path of every key and part, with its line."""
    if isinstance(node, Mapping):
        for name, value in node.values.items():
            yield below(path, name), node.lines[name]
            yield from lines_of(value, below(path, name))
    elif isinstance(node, Sequence):
        for number, part in enumerate(node.parts):
            yield f"{path}[{number}]", part.line
            yield from lines_of(part, f"{path}[{number}]")


def below(path: str, name: str) -> str:
    """The path to a key of a mapping."""
    return f"{path}.{name}" if path else name
