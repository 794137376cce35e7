"""A first look at the XML of a workbook by a streaming parser: a few bytes there can ask the real reader for more memory than there is."""

import codecs
import re
from xml.parsers import expat

from access_log.services.spreadsheets.limits import HEADINGS_WITHIN, MOST_COLUMNS, MOST_ROWS, FileRefusedError

_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_CONTENT = frozenset({"v", "is", "f"})


class Look:
    """What one member holds. Cells that are only formatted do not count: sheets often have thousands of those."""

    def __init__(self) -> None:
        self.failed: set[tuple[int, int]] = set()
        """(row, column) of cells whose formula gave an error, from 0."""
        self.shown = 0
        """Cells that show a shared text."""
        self.longest = 0
        """Characters of the longest shared text."""
        self.names: list[dict[str, str]] = []
        """The attributes of `sheet` and `Relationship` elements."""
        self._row = self._column = -1
        self._cell: tuple[int, int] | None = None
        self._kind = ""
        self._length = -1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._row = _number(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif name == "si":
            self._length = 0
        elif name in _CONTENT and self._cell is not None:
            self._fill(self._cell)
        elif name in ("sheet", "Relationship"):
            self.names.append({key.rpartition(":")[2].lower(): value for key, value in attributes.items()})

    def text(self, data: str) -> None:
        if self._length >= 0:
            self._length += len(data)
            self.longest = max(self.longest, self._length)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._length = -1
        self._column += 1
        row = self._row
        if "r" in attributes:
            row, self._column = _place(attributes["r"])
        self._cell, self._kind = (row, self._column), attributes.get("t", "")

    def _fill(self, cell: tuple[int, int]) -> None:
        if cell[0] >= MOST_ROWS + HEADINGS_WITHIN:
            raise FileRefusedError("too_many_rows")
        if cell[1] >= MOST_COLUMNS:
            raise FileRefusedError("too_many_columns")
        self.shown += self._kind == "s"
        if self._kind == "e":
            self.failed.add(cell)
        self._cell = None


def look(content: bytes) -> Look:
    """Go over one member. Raises FileRefusedError: broken, too large, or with a document type (whose entities could grow without end)."""
    if not content.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise FileRefusedError("file_damaged")  # UTF-16: this parser and the reader behind it would see two different texts
    seen = Look()
    parser = expat.ParserCreate("utf-8")  # whatever the member declares
    parser.buffer_text = True
    parser.StartElementHandler = seen.start
    parser.CharacterDataHandler = seen.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise FileRefusedError("file_damaged") from None
    return seen


def _refuse_doctype(*_parts: object) -> None:
    raise FileRefusedError("file_unsafe")


def _place(reference: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(reference)
    if found is None:
        raise FileRefusedError("file_damaged")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise FileRefusedError("file_damaged")
    return int(text)
