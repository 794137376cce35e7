"""CSV that a spreadsheet shows as text: UTF-8 with a byte order mark, RFC 4180, and no cell that runs as a formula.

The rule, and how to undo it. A spreadsheet takes a cell for a formula if it begins, after white space, with = + - @ or a full-width
＝ ＋ － ＠; some also drop a leading tab or line break first. Such a cell gets one apostrophe in front, and so does one that already
begins with apostrophes before such a text. Where the list separator is a semicolon, a spreadsheet cuts this file at every semicolon,
tab and line break inside a cell: a formula directly after one gets its apostrophe there. `plain` takes away what `guarded` added
and nothing else. Whole numbers, and texts that are nothing but a decimal number, are left as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_WHITE = r'[\s"\u200b\ufeff]*'
_SIGNS = "[=+\\-@＝＋－＠]"
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_AT_START = re.compile(rf"('*)(?:{_WHITE}{_SIGNS}|[\t\r\n])")
_INSIDE = re.compile(rf"([;\t\r\n]{_WHITE})(?='*{_SIGNS})")
_INSIDE_GUARDED = re.compile(rf"([;\t\r\n]{_WHITE})'(?='*{_SIGNS})")


def write_csv(rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """A file from rows; the first holds the headings, None is an empty cell. Ready to download as `text/csv; charset=utf-8`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def guarded(text: str) -> str:
    """The text as it may stand in a cell. Most texts come back unchanged."""
    inside = _INSIDE.sub(r"\1'", text)
    return f"'{inside}" if _runs(inside) else inside


def plain(cell: str) -> str:
    """The text that `guarded` was given."""
    outer = cell[1:] if cell.startswith("'") and _runs(cell) else cell
    return _INSIDE_GUARDED.sub(r"\1", outer)


def _runs(text: str) -> bool:
    found = _AT_START.match(text)
    return found is not None and _NUMBER.fullmatch(text, found.end(1)) is None
