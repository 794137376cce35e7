"""The stored tree, read: any node from at most a few hundred rows, and the proofs that auditors, kiosks and reports ask for."""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from access_log.crypto.merkle import STORED, pairs, prove_consistency
from access_log.errors import ConflictError, NotFoundError
from access_log.models import RecordCheckpoint, RecordEntry, RecordLeaf, RecordNode

TILE = 1 << STORED


@dataclass
class StoredNodes:
    """`nodes(level, place)` as crypto/merkle.py wants it. Keeps what it has read: one for each proof, not for good."""

    session: Session
    _tiles: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def __call__(self, level: int, place: int) -> bytes:
        """The hash of a complete subtree. Raises ConflictError("record_damaged") where rows are missing."""
        base = level - level % STORED
        first, width = place << (level - base), 1 << (level - base)
        row = self._tile(base, first // TILE)[first % TILE : first % TILE + width]
        if len(row) != width:
            raise ConflictError("record_damaged")
        while len(row) > 1:
            row = pairs(row)
        return row[0]

    def _tile(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._read(level, number * TILE)
        return self._tiles[level, number]

    def _read(self, level: int, first: int) -> list[bytes]:
        """The row's hashes up to the first that is missing."""
        if level:
            place = col(RecordNode.place)
            nodes = select(place, RecordNode.hash).where(RecordNode.level == level, place >= first, place < first + TILE)
            rows = self.session.exec(nodes.order_by(place)).all()
        else:
            place = col(RecordLeaf.leaf_index)
            rows = self.session.exec(select(place, RecordLeaf.hash).where(place >= first, place < first + TILE).order_by(place)).all()
        return [digest for expected, (found, digest) in enumerate(rows, first) if found == expected]


def head(session: Session) -> RecordCheckpoint | None:
    """The newest signed head; None before the first."""
    return session.exec(select(RecordCheckpoint).order_by(col(RecordCheckpoint.number).desc()).limit(1)).first()


def is_of_site(session: Session, *, entry_id: int, site_id: int) -> bool:
    """Whether there is such an entry at this site: the tree is the installation's, what stands in it is not everybody's."""
    return session.exec(select(RecordEntry.id).where(RecordEntry.id == entry_id, RecordEntry.site_id == site_id)).first() is not None


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the record of the newest head begins with the record as it was at `old` leaves."""

    old: int
    size: int
    proof: list[bytes]
    note: str


def consistency(session: Session, *, old: int) -> Consistency:
    """The proof from an older size to the newest head. Raises NotFoundError where the record was never that long."""
    newest = head(session)
    if newest is None or not 0 <= old <= newest.size:
        raise NotFoundError
    return Consistency(old, newest.size, prove_consistency(StoredNodes(session), old, newest.size), newest.note)
