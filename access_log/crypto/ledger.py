"""The ledger of erasures: one line an erasure, each bound to the one before, under a key of the ring. Pure; the file is ledger_file.py.

A line names a random subject id and nothing of the person. Its tombstone, a keyed digest of subject and item, is what the database
keeps, so that nobody seals again what was erased.
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from access_log.crypto.errors import LedgerBroken
from access_log.crypto.record import canonical_json
from access_log.crypto.ring import KeyKind, KeyRing
from access_log.crypto.suites import Suite, mac

FORMAT = 1
EVERYTHING = ""
"""The item of a line that erases a whole subject."""


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """What lines and tombstones are made with. Never shown."""

    suite: int
    material: bytes = field(repr=False)


def ledger_key(ring: KeyRing) -> LedgerKey:
    """The key of this ring's ledger; the index's digest key under a name of its own, because neither ever changes."""
    _version, secret = ring.secret(KeyKind.INDEX_MAC)
    return LedgerKey(int(ring.suite), mac(Suite.STD, secret, b"ledger key"))


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be erased: an item of a subject, or EVERYTHING. `fence`: nothing may be sealed there again."""

    site_id: int
    subject: UUID
    item: str
    reason: str
    at: datetime
    fence: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """An order that stands in the ledger. `number` counts from 1 without gaps; `id` is random."""

    number: int
    id: UUID
    order: Order
    suite: int
    tombstone: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger stands: which one it is, its last line's number (0: none yet) and that line's mac."""

    ledger: UUID
    number: int
    mac: bytes


def tombstone(key: LedgerKey, subject: UUID, item: str, suite: int | None = None) -> bytes:
    """32 bytes that stand for an erased item, in the database and in the ledger."""
    return mac(suite or key.suite, key.material, b"tombstone", subject.bytes, item.encode())


def tombstones(key: LedgerKey, subject: UUID, item: str) -> list[bytes]:
    """Every tombstone that forbids sealing `item` of `subject`: its own and the whole subject's, in either suite."""
    return [tombstone(key, subject, what, suite) for suite in Suite for what in (EVERYTHING, item)]


def first_head(key: LedgerKey, ledger: UUID) -> Head:
    """The head of a ledger without lines."""
    return Head(ledger, 0, mac(key.suite, key.material, b"ledger", ledger.bytes))


def next_line(key: LedgerKey, head: Head, order: Order) -> Line:
    """The line that follows `head`."""
    number, id_ = head.number + 1, uuid4()
    stone = tombstone(key, order.subject, order.item)
    return Line(number, id_, order, key.suite, stone, _mac(key, key.suite, head.mac, _fields(number, id_, order, key.suite, stone)))


def head_after(head: Head, line: Line) -> Head:
    """Where the ledger stands once `line` is written."""
    return Head(head.ledger, line.number, line.mac)


def written(line: Line) -> bytes:
    """A line as it stands in the file, with its end."""
    fields = _fields(line.number, line.id, line.order, line.suite, line.tombstone)
    return canonical_json({**fields, "mac": _text(line.mac)}) + b"\n"


def read(key: LedgerKey, head: Head, raw: bytes) -> Line:
    """The line that follows `head`. Raises LedgerBroken where it does not follow, or anything in it was changed."""
    try:
        fields: dict[str, Any] = json.loads(raw)
        given = _bytes(fields.pop("mac"))
        order = Order(
            fields["site"], UUID(fields["subject"]), fields["item"], fields["reason"], datetime.fromisoformat(fields["at"]), fields["fence"]
        )
        line = Line(fields["n"], UUID(fields["id"]), order, fields["suite"], _bytes(fields["tombstone"]), given)
        expected = _mac(key, line.suite, head.mac, fields)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise LedgerBroken(f"line {head.number + 1} of the ledger cannot be read") from None
    if line.number != head.number + 1 or given != expected:
        raise LedgerBroken(f"line {head.number + 1} of the ledger does not follow the line before it")
    return line


def _fields(number: int, id_: UUID, order: Order, suite: int, stone: bytes) -> dict[str, Any]:
    return {
        "n": number,
        "id": str(id_),
        "site": order.site_id,
        "subject": str(order.subject),
        "item": order.item,
        "reason": order.reason,
        "at": order.at.astimezone(UTC).isoformat(),
        "fence": order.fence,
        "suite": suite,
        "tombstone": _text(stone),
    }


def _mac(key: LedgerKey, suite: int, before: bytes, fields: dict[str, Any]) -> bytes:
    return mac(suite, key.material, b"ledger line", before, canonical_json(fields))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
