"""What is found about each row before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from access_log.errors import RefusedInputError
from access_log.services.imports.layouts import LANGUAGES, NO, YES
from access_log.services.spreadsheets import Row


class RowState(StrEnum):
    """READY will be made; KNOWN is there already and REPEATED stands further up in the file: both are left out; WRONG stops all of it."""

    READY = "ready"
    KNOWN = "known"
    REPEATED = "repeated"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell cannot be taken; `line` is the other row where it is about two."""

    code: str
    line: int = 0


@dataclass(slots=True, repr=False)
class Checked:
    """A row with what it comes to. `facts` are the cleaned values a READY row is made from."""

    row: Row
    state: RowState = RowState.READY
    problems: dict[str, Problem] = field(default_factory=dict)
    same_as: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def refuse(self, key: str, code: str, line: int = 0) -> None:
        """Put a problem beside a cell; the first one stays."""
        self.problems.setdefault(key, Problem(code, line))
        self.state = RowState.WRONG

    def take(self, key: str, clean: Any, text: str | None = None) -> None:
        """Clean a cell into a fact, or say why not."""
        try:
            self.facts[key] = clean(self.row.values.get(key, "") if text is None else text)
        except RefusedInputError as error:
            self.refuse(key, error.code)

    def known(self) -> None:
        """It is there already."""
        if self.state is RowState.READY:
            self.state = RowState.KNOWN

    def repeated(self, line: int) -> None:
        """It stands in the file already, on `line`."""
        if self.state is not RowState.WRONG:
            self.state, self.same_as = RowState.REPEATED, line


def begin(rows: Sequence[Row]) -> list[Checked]:
    """Every row with the problems that reading it found."""
    checked = [Checked(row) for row in rows]
    for each in checked:
        for key, code in each.row.problems.items():
            each.refuse(key, code)
    return checked


def yes_or_no(text: str, empty: bool) -> bool:
    """A tick in a cell. Raises RefusedInputError."""
    said = text.strip().casefold()
    if said and said not in YES | NO:
        raise RefusedInputError("", "yes_or_no")
    return said in YES if said else empty


def language_code(text: str) -> str:
    """A language as people write it; Chinese where none is given. Raises RefusedInputError."""
    said = text.strip().casefold()
    if said and said not in LANGUAGES:
        raise RefusedInputError("", "unknown_language")
    return LANGUAGES[said or "zh-cn"]
