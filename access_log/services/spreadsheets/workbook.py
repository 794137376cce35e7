"""XLSX: unpacked under a limit, looked over, packed afresh, and only then read by calamine."""

from datetime import date, datetime, time, timedelta
from pathlib import PurePosixPath

from python_calamine import CalamineError, CalamineWorkbook, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from access_log.services.spreadsheets.archive import repacked, unpacked
from access_log.services.spreadsheets.extent import Look, look
from access_log.services.spreadsheets.grid import Fit, Grid, trimmed
from access_log.services.spreadsheets.limits import HEADINGS_WITHIN, MOST_SHEETS, MOST_TEXT, FileRefusedError

_WORKBOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_BIGGEST_WHOLE = 10**20
Cell = int | float | str | bool | time | date | datetime | timedelta


def read_workbook(data: bytes, fit: Fit) -> Grid:
    """The visible sheet that fits best, the first of equals. A formula gives its last result, a text such as `=1+1` stays a text.

    Raises FileRefusedError.
    """
    members = unpacked(data)
    if _WORKBOOK not in members:
        raise FileRefusedError("unknown_format")
    looks = {name: look(content) for name, content in members.items()}
    if sum(seen.shown for seen in looks.values()) * max(seen.longest for seen in looks.values()) > MOST_TEXT:
        raise FileRefusedError("too_much_text")
    sheets = {name: [trimmed([as_text(cell) for cell in row]) for row in rows] for name, rows in _read(members)}
    best = max(sheets, key=lambda name: fit(sheets[name][:HEADINGS_WITHIN]), default=None)
    if best is None:
        raise FileRefusedError("file_empty")
    return Grid(sheets[best], "xlsx", frozenset(_failed(looks, best)))


def _read(members: dict[str, bytes]) -> list[tuple[str, list[list[Cell]]]]:
    try:
        with CalamineWorkbook.from_filelike(repacked(members)) as book:
            shown = [sheet.name for sheet in book.sheets_metadata if _is_shown(sheet)]
            return [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in shown[:MOST_SHEETS]]
    except CalamineError:
        raise FileRefusedError("file_damaged") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a bug of the reader on a broken file; it cannot be imported, and is no Exception
            raise
        raise FileRefusedError("file_damaged") from None


def _is_shown(sheet: SheetMetadata) -> bool:
    return sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible


def _failed(looks: dict[str, Look], sheet: str) -> set[tuple[int, int]]:
    """Cells of a sheet whose formula failed: calamine gives them as empty, and an empty phone would pass unseen."""
    ids = {entry.get("name"): entry.get("id") for entry in looks[_WORKBOOK].names}
    targets = {entry.get("id"): entry.get("target", "") for entry in looks.get(_LINKS, Look()).names}
    path = str(PurePosixPath("/xl") / targets.get(ids.get(sheet), "")).lstrip("/")
    return looks.get(path, Look()).failed


def as_text(cell: Cell) -> str:
    """A cell as somebody would have typed it: 13800138000, not 13800138000.0."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _BIGGEST_WHOLE:
        return str(int(cell))
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)
