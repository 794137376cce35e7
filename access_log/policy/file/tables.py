"""A mapping of the file, asked key by key. What is wrong is noted with its line, and asking goes on: one run shows everything."""

import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from access_log.policy.file.problems import Problem
from access_log.policy.file.reading import Mapping, Node, Scalar, Sequence, below
from access_log.policy.period import Period, parse_period

Code = TypeVar("Code", bound=StrEnum)
LANGUAGES = ("zh-CN", "en")
MOST_TEXT = 400
ID = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)


class Table:
    """`path` names it in problems; `asked` are the keys somebody wanted, so that `end` can name the others."""

    def __init__(self, node: Mapping, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.line = node.line
        self.problems = problems
        self.nodes = node.values
        self.lines = node.lines
        self.asked: list[str] = []

    def wrong(self, key: str, code: str, **facts: object) -> None:
        """Note a problem at a key, or at the table itself where the key is not there."""
        line = self.lines.get(key, self.line)
        self.problems.append(Problem(line, below(self.path, key) if key else self.path, code, {k: str(v) for k, v in facts.items()}))

    def _get(self, key: str, *, required: bool) -> Node | None:
        self.asked.append(key)
        node = self.nodes.get(key)
        empty = isinstance(node, Scalar) and node.empty
        if (node is None or empty) and required:
            self.wrong(key, "missing")
        return None if empty else node

    def text(self, key: str, *, required: bool = True, most: int = MOST_TEXT) -> str:
        """One line of text."""
        node = self._get(key, required=required)
        if node is None:
            return ""
        if not isinstance(node, Scalar):
            self.wrong(key, "not_text")
            return ""
        text = node.text.strip()
        if required and not text:
            self.wrong(key, "missing")
        if len(text) > most:
            self.wrong(key, "text_long", most=most)
        return text

    def matching(self, key: str, shape: re.Pattern[str], code: str, *, required: bool = True) -> str:
        """A text of a given shape."""
        text = self.text(key, required=required)
        if text and not shape.fullmatch(text):
            self.wrong(key, code, given=text[:60])
            return ""
        return text

    def texts(self) -> dict[str, str]:
        """This table's own text in every language."""
        return {language: self.text(language) for language in LANGUAGES}

    def texts_at(self, key: str, *, required: bool = True) -> dict[str, str]:
        """A text in every language below a key."""
        table = self.table(key, required=required)
        if table is None:
            return dict.fromkeys(LANGUAGES, "")
        found = table.texts()
        table.end()
        return found

    def code(self, key: str, codes: type[Code], default: Code | None = None) -> Code:
        """One of some codes; the first one stands in where there is a problem."""
        text = self.text(key, required=default is None)
        if text in {str(code) for code in codes}:
            return codes(text)
        if text:
            self.wrong(key, "not_one_of", given=text[:60], known=", ".join(codes))
        return default or next(iter(codes))

    def flag(self, key: str) -> bool:
        """True or false; false where it is left out. YAML 1.2 takes `yes` for a word, and so does this."""
        text = self.text(key, required=False)
        if text not in ("", "true", "false"):
            self.wrong(key, "not_bool", given=text[:60])
        return text == "true"

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number between two others."""
        text = self.text(key)
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not low <= int(text) <= high:
            if text:
                self.wrong(key, "not_whole", low=low, high=high, given=text[:60])
            return low
        return int(text)

    def period(self, key: str) -> Period:
        """An ISO 8601 period."""
        text = self.text(key)
        try:
            return parse_period(text) if text else Period()
        except ValueError as error:
            self.wrong(key, str(error), given=text[:60])
            return Period()

    def day(self, key: str, *, words: frozenset[str] = frozenset()) -> date | None:
        """A date, or one of some words that stand for none."""
        text = self.text(key, required=bool(words))
        if not text or text in words:
            return None
        try:
            return date.fromisoformat(text if len(text) == 10 else "")  # not 20261201, which nobody reads at a glance
        except ValueError:
            self.wrong(key, "not_a_date", given=text[:60])
            return None

    def names(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of short names, each once."""
        node = self._get(key, required=required)
        if node is None:
            return ()
        found = [part.text for part in node.parts if isinstance(part, Scalar)] if isinstance(node, Sequence) else []
        if not isinstance(node, Sequence) or len(found) != len(node.parts):
            self.wrong(key, "not_a_list")
            return ()
        for name in {name for name in found if found.count(name) > 1}:
            self.wrong(key, "twice_in_list", given=name[:60])
        if required and not found:
            self.wrong(key, "missing")
        return tuple(dict.fromkeys(found))

    def table(self, key: str, *, required: bool = True) -> "Table | None":
        """A mapping below a key."""
        node = self._get(key, required=required)
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.wrong(key, "not_a_mapping_here")
            return None
        return Table(node, below(self.path, key), self.problems)

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """The mappings below the keys of a mapping, each key an id."""
        for name, inner in self.parts(key):
            if not ID.fullmatch(name):
                inner.wrong("", "not_an_id", given=name[:60])
            yield name, inner

    def parts(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """The mappings below the keys of a mapping, whatever the keys are called."""
        outer = self.table(key)
        for name in outer.nodes if outer else ():
            inner = outer.table(name) if outer else None
            if outer and inner:
                inner.line = outer.lines[name]
                yield name, inner

    def rows(self, key: str) -> Iterator["Table"]:
        """The mappings of a list."""
        node = self._get(key, required=True)
        if node is not None and not isinstance(node, Sequence):
            self.wrong(key, "not_a_list")
            return
        for number, part in enumerate(node.parts if isinstance(node, Sequence) else ()):
            if isinstance(part, Mapping):
                yield Table(part, f"{below(self.path, key)}[{number}]", self.problems)
            else:
                self.wrong(key, "not_a_mapping_here")

    def end(self) -> None:
        """Every key nobody asked for is a mistake: a misspelt one would silently not count."""
        for key in self.nodes:
            if key not in self.asked:
                near = get_close_matches(key, self.asked, 1)
                self.wrong(key, "unknown_key_near" if near else "unknown_key", near=near[0] if near else "", known=", ".join(self.asked))
