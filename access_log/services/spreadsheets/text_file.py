"""CSV and pasted text: whatever encoding and separator the spreadsheet chose that wrote it."""

import codecs
import csv
import io
from itertools import islice

from access_log.services.csv_safe import plain
from access_log.services.spreadsheets.grid import Fit, Grid, trimmed
from access_log.services.spreadsheets.limits import HEADINGS_WITHIN, FileRefusedError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = (",", "\t", ";")


def read_text(data: bytes, fit: Fit) -> Grid:
    """Bytes of a CSV file. Raises FileRefusedError."""
    text, encoding = decoded(data)
    return rows_of(text, encoding, fit)


def decoded(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding: by its mark, else UTF-8, else UTF-16 by its zeros, else GB18030."""
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    guesses = marked[:1] or _guesses(data)
    for encoding in guesses:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.count("\0") * 50 > len(text):
            break
        return text, encoding.removesuffix("-sig")
    raise FileRefusedError("unknown_format" if b"\0" in data and guesses[0] == "utf-8" else "unknown_encoding")


def _guesses(data: bytes) -> list[str]:
    half = len(data) // 2
    if data[1::2].count(0) * 10 > half > data[0::2].count(0) * 20:
        return ["utf-16-le"]
    if data[0::2].count(0) * 10 > half > data[1::2].count(0) * 20:
        return ["utf-16-be"]
    # UTF-8 with a broken byte or two would pass as GB18030, with every name turned into other characters.
    read = data.decode("utf-8", "replace")
    broken = read.count("\ufffd")
    foreign = sum(character > "\x7f" for character in read) if broken else 0
    return ["utf-8"] if foreign > 2 * broken else ["utf-8", "gb18030"]


def rows_of(text: str, encoding: str, fit: Fit) -> Grid:
    """The rows of a text, by the separator that fits best. Formula guards of our own exports are taken away again."""
    first, _, rest = text.partition("\n")
    said = first.strip().lower()
    if said.startswith("sep=") and len(said) == 5:  # a hint that some programs write for Excel; it is no row
        text = "\n" + rest
    separator = max(_SEPARATORS, key=lambda each: fit(_parse(text, each, HEADINGS_WITHIN)))
    return Grid(_parse(text, separator, None), encoding)


def _parse(text: str, separator: str, most: int | None) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return [trimmed([plain(cell) for cell in row]) for row in islice(reader, most)]
    except csv.Error:
        raise FileRefusedError("cell_too_long") from None  # the reader's own limit of 128 KB is the only thing it complains about
