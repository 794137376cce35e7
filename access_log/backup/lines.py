"""Rows as lines of JSON and back, the same for both databases: what a backup holds inside its seal.

The first line is the head (`BackupHead`); then for each table a line with its name, columns and their kinds, and a line a row; the last
line counts the rows of every table.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from access_log.crypto.errors import BackupBroken
from access_log.models.base import UtcDateTime

FORMAT = "access-log/1 backup"
KINDS: dict[str, tuple[type[sa.types.TypeEngine[Any]] | type[sa.types.TypeDecorator[Any]], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "bytes": (sa.LargeBinary, lambda value: b64encode(value).decode("ascii"), b64decode),
    "moment": (UtcDateTime, lambda value: value.isoformat(), datetime.fromisoformat),
    "uuid": (sa.Uuid, lambda value: value.hex, UUID),
    "json": (sa.JSON, lambda value: value, lambda value: value),
    "truth": (sa.Boolean, bool, bool),
    "plain": (sa.types.NullType, lambda value: value, lambda value: value),
}
"""Kind of a column → its type in the database, how a value is written, how it is read."""


@dataclass(frozen=True, slots=True)
class BackupHead:
    """What a backup says of itself before its rows."""

    made_at: str
    revision: str
    dialect: str
    keks: dict[str, list[int]]
    ledger: str
    ledger_number: int
    record_size: int
    checkpoint: str
    format: str = FORMAT

    def line(self) -> bytes:
        """As the first line."""
        return _line(asdict(self))


def kind_of(column: sa.Column[Any]) -> str:
    """The kind of a column."""
    for kind, (made_of, _write, _read) in KINDS.items():
        if kind != "plain" and isinstance(column.type, made_of):
            return kind
    return "plain"


def table_lines(table: sa.Table, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The lines of one table."""
    kinds = [kind_of(column) for column in table.columns]
    writers = [KINDS[kind][1] for kind in kinds]
    name = [table.schema or "", table.name]
    yield _line({"table": name, "columns": [column.name for column in table.columns], "kinds": kinds})
    for row in rows:
        yield _line([None if value is None else write(value) for value, write in zip(row, writers, strict=True)])


def counts_line(counts: Mapping[str, int]) -> bytes:
    """The last line."""
    return _line({"rows": dict(counts)})


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one table: its schema ("" or vault), name, columns with their kinds, and the values."""

    schema: str
    table: str
    columns: list[tuple[str, str]]
    rows: list[dict[str, Any]]


def read_head(lines: Iterator[bytes]) -> BackupHead:
    """The head. Raises BackupBroken where this is no backup, or one of a newer program."""
    try:
        return BackupHead(**_parsed(next(lines, b"")))
    except TypeError:
        raise BackupBroken("this is no backup of a database, or one of a newer version of the register") from None


def read_pieces(lines: Iterator[bytes], *, at_once: int = 500) -> Iterator[Piece]:
    """The rows, in pieces. Raises BackupBroken where the counts at the end are missing or differ from what was read."""
    seen: dict[str, int] = {}
    piece: Piece | None = None
    for line in lines:
        value = _parsed(line)
        if isinstance(value, list) and piece is not None:
            piece.rows.append(_row(piece, value))
            seen[piece.table] += 1
            if len(piece.rows) >= at_once:
                yield piece
                piece = Piece(piece.schema, piece.table, piece.columns, [])
            continue
        if piece is not None and piece.rows:
            yield piece
        if "rows" in value:
            if value["rows"] != seen or next(lines, None) is not None:
                raise BackupBroken("the backup does not hold as many rows as it says")
            return
        schema, table = value["table"]
        piece = Piece(schema, table, list(zip(value["columns"], value["kinds"], strict=True)), [])
        seen[piece.table] = 0
    raise BackupBroken("the backup's last line is missing")


def _row(piece: Piece, values: list[Any]) -> dict[str, Any]:
    pairs = zip(piece.columns, values, strict=True)
    return {name: None if value is None else KINDS[kind][2](value) for (name, kind), value in pairs}


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise BackupBroken("a line of the backup cannot be read") from None


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines out of chunks of any size."""
    held = b""
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        yield from whole
    if held:
        raise BackupBroken("the backup ends in the middle of a line")
