"""Lists in files: read in memory under limits, and the templates to fill in. Knows nothing of what a list is for."""

from access_log.services.spreadsheets.headings import Column, Layout, Row, Table, fit, to_table
from access_log.services.spreadsheets.limits import LARGEST_FILE, FileRefusedError
from access_log.services.spreadsheets.templates import csv_template, xlsx_template
from access_log.services.spreadsheets.text_file import read_text, rows_of
from access_log.services.spreadsheets.workbook import read_workbook

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
"""First bytes of a zip archive, which an XLSX file is."""
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of an old XLS file, and of an XLSX file with a password."""
FOREIGN = (b"%PDF", b"MZ", b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
"""First bytes of what people pick by mistake, and of programs. Told apart here only to say so; nothing else depends on it."""


def read_file(data: bytes, layout: Layout) -> Table:
    """An XLSX or CSV file, told apart by what it holds and not by its name. Raises FileRefusedError."""
    if len(data) > LARGEST_FILE:
        raise FileRefusedError("file_too_large")
    if not data:
        raise FileRefusedError("file_empty")
    if data.startswith(COMPOUND):
        raise FileRefusedError("old_or_locked")
    if data.startswith(FOREIGN):
        raise FileRefusedError("unknown_format")
    read = read_workbook if data.startswith(ZIP) else read_text
    return to_table(read(data, lambda first: fit(first, layout)), layout)


def read_pasted(text: str, layout: Layout, *, guess: bool) -> Table:
    """Rows copied from a spreadsheet. With `guess` they need no headings. Raises FileRefusedError."""
    return to_table(rows_of(text, "pasted", lambda first: fit(first, layout)), layout, guess=guess)


__all__ = ["Column", "FileRefusedError", "Layout", "Row", "Table", "csv_template", "read_file", "read_pasted", "xlsx_template"]
