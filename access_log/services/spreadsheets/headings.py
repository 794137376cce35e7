"""Columns found by their headings, in Chinese or English and in any order; rows with what is wrong with single cells."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from access_log.services.spreadsheets.grid import Grid
from access_log.services.spreadsheets.limits import HEADINGS_WITHIN, LONGEST_CELL, MOST_ROWS, FileRefusedError

_ASIDE = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{6,}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: the heading the template has in each language, and others that people write."""

    key: str
    zh: str
    en: str
    others: tuple[str, ...] = ()
    example: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """(Chinese, English) of the words the template offers."""

    def title(self, language: str) -> str:
        """The heading in a language."""
        return self.zh if language == "zh-CN" else self.en


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of list. Of each group in `needed`, at least one column must be there."""

    columns: tuple[Column, ...]
    needed: tuple[tuple[str, ...], ...]

    def column(self, key: str) -> Column:
        """A column by its key."""
        return next(column for column in self.columns if column.key == key)


@dataclass(slots=True, repr=False)
class Row:
    """One row. `values` are texts by column key; `problems` are codes by column key."""

    line: int
    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """What was read. `columns` are the keys found; `unused` the headings that mean nothing here, whose cells were not kept."""

    rows: Sequence[Row]
    columns: Sequence[str]
    unused: Sequence[str]
    encoding: str


def fit(first: list[list[str]], layout: Layout) -> int:
    """How many headings the best row of `first` holds, with the number of its columns to break a tie."""
    names = _names(layout)
    return max((len(set(_recognised(row, names).values())) * 1000 + len(row) for row in first), default=0)


def to_table(grid: Grid, layout: Layout, *, guess: bool = False) -> Table:
    """Rows below the headings. With `guess`, rows without headings are understood by what they hold. Raises FileRefusedError."""
    names = _names(layout)
    top = [_recognised(row, names) for row in grid.rows[:HEADINGS_WITHIN]]
    best = max(range(len(top)), key=lambda number: len(set(top[number].values())), default=None)
    if best is None or not any(grid.rows):
        raise FileRefusedError("file_empty")
    found = top[best]
    if guess and not found:
        return _guessed(grid)
    _check(found, layout)
    unused = [cell[:40] for place, cell in enumerate(grid.rows[best]) if cell and place not in found]
    return _rows(grid, best + 1, found, unused)


def _names(layout: Layout) -> dict[str, str]:
    return {folded(name): column.key for column in layout.columns for name in (column.zh, column.en, *column.others)}


def folded(heading: str) -> str:
    """A heading without what people add to it: case, width, spaces, marks, (asides)."""
    text = _ASIDE.sub("", unicodedata.normalize("NFKC", heading[:LONGEST_CELL]).casefold())
    return "".join(character for character in text if character.isalnum())


def _recognised(row: Sequence[str], names: dict[str, str]) -> dict[int, str]:
    """Place → key. 姓名/Name in one cell is one heading."""
    found = {}
    for place, cell in enumerate(row):
        readings = (cell, *re.split(r"[/\n|]", cell)) if len(cell) <= LONGEST_CELL else ()
        key = next((names[folded(reading)] for reading in readings if folded(reading) in names), None)
        if key is not None:
            found[place] = key
    return found


def _check(found: dict[int, str], layout: Layout) -> None:
    missing = [group for group in layout.needed if not set(group) & set(found.values())]
    if missing:
        raise FileRefusedError("headings_missing", *missing)
    twice = [(key,) for key, count in Counter(found.values()).items() if count > 1]
    if twice:
        raise FileRefusedError("headings_twice", *twice)


def _rows(grid: Grid, start: int, places: dict[int, str], unused: list[str]) -> Table:
    rows = []
    for number, cells in enumerate(grid.rows[start:], start):
        row = Row(number + 1, {key: cells[place] for place, key in places.items() if place < len(cells) and cells[place]})
        row.problems = {key: "formula_failed" for place, key in places.items() if (number, place) in grid.broken}
        if row.values or row.problems:
            _cut(row)
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise FileRefusedError("too_many_rows")
    if not rows:
        raise FileRefusedError("no_rows")
    return Table(rows, list(places.values()), unused, grid.encoding)


def _cut(row: Row) -> None:
    for key, value in row.values.items():
        if len(value) > LONGEST_CELL:
            row.values[key] = value[:LONGEST_CELL]
            row.problems[key] = "too_long"


def _guessed(grid: Grid) -> Table:
    """Rows without headings: in each, what has an @ is a mail address and what looks like a number is a phone; names have a column."""
    width = max(len(row) for row in grid.rows)
    columns = {place: [row[place] for row in grid.rows if place < len(row) and row[place]] for place in range(width)}
    names = next((place for place, cells in columns.items() if _are_names(cells)), None)
    rows = [Row(number, _reading(cells, names)) for number, cells in enumerate(grid.rows, 1) if cells]
    if names is None or len(rows) > MOST_ROWS or not any(len(row.values) > 1 for row in rows):
        raise FileRefusedError("too_many_rows" if len(rows) > MOST_ROWS else "not_understood")
    for row in rows:
        _cut(row)
    return Table(rows, ["name", "mail", "phone"], [], grid.encoding)


def _are_names(cells: Sequence[str]) -> bool:
    """Most of them texts that are neither numbers nor addresses."""
    return sum(not ("@" in cell or _PHONE.fullmatch(cell) or cell.isdigit()) for cell in cells) * 2 > len(cells)


def _reading(cells: Sequence[str], names: int | None) -> dict[str, str]:
    found = {"name": cells[names]} if names is not None and names < len(cells) else {}
    others = [cell for place, cell in enumerate(cells) if place != names]
    mail = next((cell for cell in others if "@" in cell), "")
    phone = next((cell for cell in others if _PHONE.fullmatch(cell)), "")
    return {key: cell for key, cell in (*found.items(), ("mail", mail), ("phone", phone)) if cell}
