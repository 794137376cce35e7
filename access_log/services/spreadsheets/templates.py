"""Files to fill in: headings in the person's language, and beside them how each column is meant."""

import io
from collections.abc import Sequence

import xlsxwriter

from access_log.services.csv_safe import write_csv
from access_log.services.spreadsheets.headings import Column, Layout

WIDTH = 26
ROWS = 2000


def csv_template(layout: Layout, language: str) -> bytes:
    """The headings alone."""
    return write_csv([[column.title(language) for column in layout.columns]])


def xlsx_template(layout: Layout, language: str, *, sheet: str, notes: str, lines: Sequence[tuple[str, str]]) -> bytes:
    """An empty list whose cells are texts (a phone number stays one), and a second sheet of `lines` that explains the columns."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        heading = book.add_format({"bold": True, "bg_color": "#e3f0ee", "bottom": 1, "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(sheet)
        page.set_column(0, len(layout.columns) - 1, WIDTH, text)
        page.freeze_panes(1, 0)
        for place, column in enumerate(layout.columns):
            page.write_string(0, place, column.title(language), heading)
            _offer(page, place, column, language)
        _explain(book.add_worksheet(notes), lines, heading, book.add_format({"text_wrap": True, "valign": "top"}))
    return buffer.getvalue()


def _offer(page: "xlsxwriter.worksheet.Worksheet", place: int, column: Column, language: str) -> None:
    if column.choices:
        words = [zh if language == "zh-CN" else en for zh, en in column.choices]
        page.data_validation(1, place, ROWS, place, {"validate": "list", "source": words, "error_type": "warning"})


def _explain(page: "xlsxwriter.worksheet.Worksheet", lines: Sequence[tuple[str, str]], heading: object, wrapped: object) -> None:
    page.set_column(0, 0, WIDTH)
    page.set_column(1, 1, 80)
    for number, (name, meaning) in enumerate(lines):
        page.write_string(number, 0, name, heading)
        page.write_string(number, 1, meaning, wrapped)
