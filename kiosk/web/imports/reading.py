"""What came in: a file or pasted rows, read into a table or refused in words."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from access_log.models import ImportKind
from access_log.services.imports import LAYOUTS
from access_log.services.spreadsheets import FileRefusedError, Table, read_file, read_pasted
from kiosk.web.forms import Filled, bad_characters, empty, read_form, without

MOST_SHOWN_AGAIN = 200_000
"""Characters of pasted text that are put back into the page when they are refused."""


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """`data` is None where no file was chosen."""

    data: bytes | None
    pasted: str


async def _sent(request: Request) -> Sent:
    form = await read_form(request)
    file, pasted = form.get("file"), form.get("rows")
    chosen = isinstance(file, UploadFile) and file.filename
    return Sent(await file.read() if chosen else None, pasted if isinstance(pasted, str) else "")  # type: ignore[union-attr]  # `chosen`


Upload = Annotated[Sent, Depends(_sent)]


def read_upload(sent: Sent, kind: ImportKind, language: str) -> tuple[Table | None, Filled[Any]]:
    """The table, or None with the reason in the form: beside the file, or beside the pasted rows, which are kept."""
    form: Filled[Any] = empty(language)
    try:
        if sent.data is not None:
            return read_file(sent.data, LAYOUTS[kind]), form
        if sent.pasted.strip():
            return read_pasted(sent.pasted, LAYOUTS[kind], guess=kind is ImportKind.TECHNICIANS), form
    except FileRefusedError as error:
        field = "file" if sent.data is not None else "rows"
        form.refuse(field, error.code, headings=_named(error, kind, language))
    else:
        form.refuse("file", "choose_a_file")
    if sent.data is None:
        kept = sent.pasted[:MOST_SHOWN_AGAIN]
        form.values["rows"] = without(kept, bad_characters(kept, lines=True))
    return None, form


def _named(error: FileRefusedError, kind: ImportKind, language: str) -> str:
    titles = [" / ".join(LAYOUTS[kind].column(key).title(language) for key in group) for group in error.columns]
    return ("、" if language == "zh-CN" else ", ").join(titles)
