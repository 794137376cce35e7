"""What every format becomes: rows of texts, as a spreadsheet numbers them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from access_log.services.spreadsheets.limits import MOST_COLUMNS, FileRefusedError

Fit = Callable[[list[list[str]]], int]
"""How well the first rows fit the wanted headings."""


@dataclass(frozen=True, slots=True, repr=False)
class Grid:
    """`rows[0]` is line 1. `encoding` is `xlsx` or the text encoding. `broken` holds (row, column) of cells whose formula failed."""

    rows: Sequence[Sequence[str]]
    encoding: str
    broken: frozenset[tuple[int, int]] = field(default_factory=frozenset)


def trimmed(cells: Sequence[str]) -> list[str]:
    """A row without white space around its texts and without empty cells at its end. Raises FileRefusedError."""
    kept = [cell.strip().strip("\ufeff") for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    if len(kept) > MOST_COLUMNS:
        raise FileRefusedError("too_many_columns")
    return kept
