"""Proofs that leave the system: entries with their exact text, the hashes from them to the root, the signed head (docs/record.md)."""

import base64
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from access_log.crypto.checkpoint import hashes_text
from access_log.crypto.merkle import prove
from access_log.errors import NotFoundError
from access_log.models import RecordCheckpoint, RecordEntry, RecordLeaf
from access_log.policy.codes import EventType
from access_log.services.record_tree import StoredNodes, head

FORMAT = "access-log/1 proof"
AT_ONCE = 5000
LATE = timedelta(days=1)
"""What happened is sealed within seconds; after a day without a worker it is looked for no further."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry under a head. `body` is empty where its time is over: then the hash alone is proven."""

    index: int
    body: bytes
    leaf: bytes

    @property
    def as_json(self) -> dict[str, Any]:
        """As it stands in a proof."""
        content = {"body": self.body.decode()} if self.body else {"leaf": base64.b64encode(self.leaf).decode()}
        return {"index": self.index, **content}


@dataclass(frozen=True, slots=True)
class Proof:
    """Entries of one tree. `hashes` as crypto/merkle.proof_places orders them: for one entry the audit path of RFC 6962."""

    entries: tuple[Proven, ...]
    hashes: tuple[bytes, ...]
    size: int
    note: str
    left_out: int = 0

    @property
    def as_json(self) -> dict[str, Any]:
        """The whole proof."""
        facts = {"format": FORMAT, "size": self.size, "entries": [one.as_json for one in self.entries], "hashes": hashes_text(self.hashes)}
        return facts | {"checkpoint": self.note} | ({"left_out": self.left_out} if self.left_out else {})


def proof_of(session: Session, newest: RecordCheckpoint, entries: Iterable[Proven]) -> Proof:
    """The proof of entries, in the order of their places, under a head. Raises ConflictError("record_damaged")."""
    chosen = tuple(entries)
    hashes = prove(StoredNodes(session), [one.index for one in chosen], newest.size) if chosen else []
    return Proof(chosen, tuple(hashes), newest.size, newest.note)


def of_entry(session: Session, *, entry_id: int) -> Proof:
    """The proof of one entry under the newest head. Raises NotFoundError: no such entry, or not sealed yet."""
    newest = head(session)
    found = session.exec(
        select(RecordLeaf.leaf_index, RecordEntry.body, RecordLeaf.hash)
        .join(RecordEntry, col(RecordEntry.id) == col(RecordLeaf.entry_id))
        .where(RecordLeaf.entry_id == entry_id)
    ).first()
    if newest is None or found is None or found[0] >= newest.size:
        raise NotFoundError
    return proof_of(session, newest, [Proven(*found)])


def of_period(session: Session, *, site_id: int, begins: datetime, ends: datetime, types: Collection[EventType], most: int) -> Proof | None:
    """The entries of one site and period, of some kinds, proven under the newest head; None before there is one.

    More than `most` are left out altogether, and their number said.
    """
    newest = head(session)
    if newest is None:
        return None
    first, end = between(session, begins, ends, newest)
    wanted = [one for one in _read(session, first, end) if _is(one.body, site_id, begins, ends, types)]
    if len(wanted) > most:
        return Proof((), (), newest.size, newest.note, left_out=len(wanted))
    return proof_of(session, newest, wanted)


def between(session: Session, begins: datetime, ends: datetime, newest: RecordCheckpoint) -> tuple[int, int]:
    """Places between which a period's entries lie: an entry is sealed after it is written, and soon. Both are sizes of signed heads.

    Where nothing was sealed for a while after the period, its entries came when sealing went on.
    """
    number, size, signed_at = col(RecordCheckpoint.number), RecordCheckpoint.size, col(RecordCheckpoint.signed_at)
    before = session.exec(select(size).where(signed_at < begins).order_by(number.desc()).limit(1)).first()
    resumed = session.exec(select(signed_at).where(signed_at >= ends).order_by(number).limit(1)).first() or ends
    after = session.exec(select(size).where(signed_at >= resumed + LATE).order_by(number).limit(1)).first()
    return before or 0, min(after or newest.size, newest.size)


def _read(session: Session, first: int, end: int) -> Iterable[Proven]:
    index = col(RecordLeaf.leaf_index)
    statement = select(index, RecordEntry.body, RecordLeaf.hash).join(RecordEntry, col(RecordEntry.id) == col(RecordLeaf.entry_id))
    for start in range(first, end, AT_ONCE):
        piece = statement.where(index >= start, index < min(start + AT_ONCE, end)).order_by(index)
        for row in session.exec(piece):
            yield Proven(*row)


def _is(body: bytes, site_id: int, begins: datetime, ends: datetime, types: Collection[EventType]) -> bool:
    said = json.loads(body) if body else {}
    if said.get("site") != site_id or said.get("type") not in {kind.value for kind in types}:
        return False
    return begins <= datetime.fromisoformat(said["at"]).astimezone(UTC) < ends
