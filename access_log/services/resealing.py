"""Move rows to the ring's suite. An item and the index values made from it go together, in one statement each, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from access_log.crypto.blind import IndexKind
from access_log.crypto.envelope import Sealed
from access_log.crypto.errors import SealBroken
from access_log.crypto.resealing import Indexed, index_again, reseal
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import BlindIndex, VaultItem
from access_log.models.base import table
from access_log.policy.codes import Item
from access_log.services.vault import indexed_of
from access_log.services.wrapped import Row, Wrapped


@dataclass(frozen=True, slots=True)
class Resealed:
    """A row as it was and what it will hold; `index`: its index values as they are, and what they will be."""

    row: Row
    sealed: Sealed
    index: Sequence[tuple[Row, bytes]] = field(default=())


def resealed(session: Session, ring: KeyRing, each: Wrapped, rows: Sequence[Row]) -> list[Resealed | None]:
    """Rows in the ring's suite; None for one whose seal does not hold."""
    beside = _index_of(session, rows) if each.model is VaultItem else {}
    return [_one(ring, each, row, beside.get(tuple(row[name] for name in each.key), ())) for row in rows]


def _one(ring: KeyRing, each: Wrapped, row: Row, values: Sequence[Row]) -> Resealed | None:
    assert each.place is not None
    subject, item = each.place(row)
    was = Sealed(row["suite"], row["kek_version"], row["wrapped_key"], row["ciphertext"])
    try:
        sealed = reseal(ring, was, purpose=each.purpose, subject=subject, item=item)
        if not values:
            return Resealed(row, sealed)
        held = {IndexKind(one["kind"]): Indexed(one["value"], one["suite"], one["kek_version"]) for one in values}
        site_id = values[0]["site_id"]
        made = index_again(ring, was, subject=subject, item=item, site_id=site_id, values=held, read=indexed_of)
    except SealBroken:
        return None
    return Resealed(row, sealed, [(one, made[IndexKind(one["kind"])]) for one in values if IndexKind(one["kind"]) in made])


def _index_of(session: Session, rows: Sequence[Row]) -> dict[tuple[object, ...], list[Row]]:
    """Index values by the key of the item they were made from."""
    subjects = [row["subject_id"] for row in rows if row["item"] == Item.CONTACT]
    columns = (BlindIndex.id, BlindIndex.subject_id, BlindIndex.site_id, BlindIndex.kind, BlindIndex.value, BlindIndex.suite)
    statement = select(*columns, BlindIndex.kek_version).where(col(BlindIndex.subject_id).in_(subjects))  # type: ignore[call-overload]
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in session.execute(statement) if subjects else ():
        found.setdefault((row.subject_id, Item.CONTACT), []).append(row._asdict())
    return found


def store_resealed(session: Session, ring: KeyRing, each: Wrapped, made: Sequence[Resealed]) -> int:
    """Write them, except what was sealed again or erased since it was read. Returns how many rows."""
    same = [each.table.c[name] == bindparam(f"key_{name}") for name in each.key]
    holds = ("suite", "kek_version", "wrapped_key", "ciphertext")
    statement = (
        update(each.table)
        .where(*same, each.table.c.wrapped_key == bindparam("was"))
        .values({name: bindparam(f"new_{name}") for name in holds})
    )
    rows = [
        {f"key_{name}": one.row[name] for name in each.key}
        | {"was": one.row["wrapped_key"]}
        | {f"new_{name}": getattr(one.sealed, name) for name in holds}
        for one in made
    ]
    moved = session.connection().execute(statement, rows).rowcount
    return moved + _store_index(session, ring, [pair for one in made for pair in one.index])


def _store_index(session: Session, ring: KeyRing, pairs: Sequence[tuple[Row, bytes]]) -> int:
    values = table(BlindIndex)
    statement = (
        update(values)
        .where(values.c.id == bindparam("key_id"), values.c.value == bindparam("was"))
        .values(value=bindparam("becomes"), suite=int(ring.suite), kek_version=ring.newest(Purpose.INDEX))
    )
    rows = [{"key_id": row["id"], "was": row["value"], "becomes": becomes} for row, becomes in pairs]
    return session.connection().execute(statement, rows).rowcount if rows else 0
