"""Every table whose rows are wrapped under a KEK, and how its rows move to the newest one. tests/services/test_wrapped.py looks that none
is missing: a table that is not here would be lost when its KEK is destroyed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlmodel import Session, SQLModel

from access_log.crypto.blind import reindex
from access_log.crypto.envelope import Sealed, rewrap
from access_log.crypto.errors import SealBroken
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import BlindIndex, ReportFile, StoredSecret, VaultItem, VaultLabel
from access_log.models.base import table
from access_log.policy.codes import Item

Row = Mapping[str, Any]
Place = Callable[[Row], tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One such table. `moved` gives what rows hold under the newest KEK, in the column `holds`, without opening anything.

    It gives None for a row whose seal does not hold: somebody changed it, and it stays where it is. `place`: subject and item that a row's
    seal is bound to; None where rows hold index values, which cannot change their suite without what they were made from. `heavy`: rows
    hold whole files.
    """

    model: type[SQLModel]
    purpose: Purpose
    key: tuple[str, ...]
    holds: str
    reads: tuple[str, ...]
    moved: Callable[[KeyRing, Sequence[Row]], list[bytes | None]]
    place: Place | None = None
    heavy: bool = False

    @property
    def table(self) -> Table:
        """The table."""
        return table(self.model)


def _envelope(purpose: Purpose, place: Place) -> Callable[[KeyRing, Sequence[Row]], list[bytes | None]]:
    """Rewraps item keys."""

    def one(ring: KeyRing, row: Row) -> bytes | None:
        subject, item = place(row)
        sealed = Sealed(row["suite"], row["kek_version"], row["wrapped_key"], b"")
        try:
            return rewrap(ring, sealed, purpose=purpose, subject=subject, item=item).wrapped_key
        except SealBroken:
            return None

    return lambda ring, rows: [one(ring, row) for row in rows]


def _at(subject: str, item: str | Item) -> Place:
    """`item` is a column's name, or the one item that such a table holds."""
    return lambda row: (row[subject], item.value if isinstance(item, Item) else str(row[item]))


def _sealed_table(model: type[SQLModel], purpose: Purpose, key: tuple[str, ...], item: str | Item, *, heavy: bool = False) -> "Wrapped":
    place = _at(key[0], item)
    return Wrapped(model, purpose, key, "wrapped_key", ("suite",), _envelope(purpose, place), place, heavy)


def _index(ring: KeyRing, rows: Sequence[Row]) -> list[bytes | None]:
    moved: dict[int, bytes] = {}
    by_key = groupby(sorted(range(len(rows)), key=lambda place: _under(rows[place])), key=lambda place: _under(rows[place]))
    for (version, suite), places in by_key:
        chosen = list(places)
        moved |= zip(chosen, reindex(ring, [rows[place]["value"] for place in chosen], version, suite=suite), strict=True)
    return [moved[place] for place in range(len(rows))]


def _under(row: Row) -> tuple[int, int]:
    return row["kek_version"], row["suite"]


WRAPPED: tuple[Wrapped, ...] = (
    _sealed_table(VaultItem, Purpose.IDENTITY, ("subject_id", "item"), "item"),
    _sealed_table(StoredSecret, Purpose.IDENTITY, ("subject_id",), Item.SECRET),
    _sealed_table(VaultLabel, Purpose.LABEL, ("subject_id",), Item.LABEL),
    _sealed_table(ReportFile, Purpose.REPORT, ("run_id", "format"), "format", heavy=True),
    Wrapped(BlindIndex, Purpose.INDEX, ("id",), "value", ("suite",), _index),
)


def of_purpose(purpose: Purpose) -> list[Wrapped]:
    """The tables whose rows a purpose's KEKs wrap."""
    return [each for each in WRAPPED if each.purpose is purpose]


def versions_used(session: Session, purpose: Purpose) -> dict[int, int]:
    """Version → how many rows are wrapped under it now."""
    used: dict[int, int] = {}
    for each in of_purpose(purpose):
        version = each.table.c.kek_version
        for found, count in session.execute(select(version, func.count()).group_by(version)):
            used[found] = used.get(found, 0) + count
    return used


def is_used(session: Session, purpose: Purpose, version: int) -> bool:
    """Whether any row is wrapped under a KEK."""
    rows = (select(each.table.c.kek_version).where(each.table.c.kek_version == version).limit(1) for each in of_purpose(purpose))
    return any(session.execute(row).first() for row in rows)


def waiting(session: Session, each: Wrapped, *, newest: int, most: int, suite: int) -> list[Row]:
    """Some rows of a suite that are not under the newest KEK."""
    return _older(session, each, newest, most, each.table.c.suite == suite)


def strangers(session: Session, each: Wrapped, *, newest: int, most: int, suite: int) -> list[Row]:
    """The same of every other suite, with the sealed values themselves."""
    return _older(session, each, newest, most, each.table.c.suite != suite, "ciphertext")


def _older(session: Session, each: Wrapped, newest: int, most: int, which: ColumnElement[bool], *beside: str) -> list[Row]:
    columns = [each.table.c[name] for name in (*each.key, each.holds, "kek_version", *each.reads, *beside)]
    older = select(*columns).where(each.table.c.kek_version < newest, which).limit(most)
    return [row._mapping for row in session.execute(older)]  # type: ignore[misc]  # a row is a mapping by this name


def store(session: Session, each: Wrapped, rows: Sequence[Row], fresh: Sequence[bytes | None], *, newest: int) -> int:
    """Put rows under the newest KEK, except those that were sealed again or erased since they were read. Returns how many."""
    same = [each.table.c[name] == bindparam(f"key_{name}") for name in each.key]
    unchanged = each.table.c[each.holds] == bindparam("was")
    statement = update(each.table).where(*same, unchanged).values({each.holds: bindparam("becomes"), "kek_version": bindparam("newest")})
    values = [
        {f"key_{name}": row[name] for name in each.key} | {"was": row[each.holds], "becomes": new, "newest": newest}
        for row, new in zip(rows, fresh, strict=True)
        if new is not None
    ]
    return session.connection().execute(statement, values).rowcount if values else 0
