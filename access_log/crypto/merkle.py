"""The record's Merkle tree, RFC 6962 section 2: leaves in the order they were sealed, SHA-256, proofs of inclusion and consistency.

Complete subtrees are named by (level, place): place p on level l covers the leaves p·2^l up to (p+1)·2^l. Whoever stores levels 0, 8, 16
… (`STORED`) can append in O(log n) and read any other node from at most 128 stored ones, as C2SP tiles do.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

STORED = 8
"""Every eighth level is kept."""
EMPTY = hashlib.sha256(b"").digest()
Node = Callable[[int, int], bytes]
"""(level, place) → hash of that complete subtree."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def pairs(row: Sequence[bytes]) -> list[bytes]:
    """The level above a row that begins at an even place; a last one without a sibling is left out."""
    sha256 = hashlib.sha256
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


@dataclass
class Frontier:
    """The right edge of a growing tree: `left[level]` waits for its sibling wherever that bit of `size` is set."""

    size: int = 0
    left: list[bytes] = field(default_factory=list)

    @classmethod
    def at(cls, size: int, node: Node) -> "Frontier":
        """The edge of a stored tree."""
        levels = range(size.bit_length())
        return cls(size, [node(level, (size >> level) - 1) if size >> level & 1 else b"" for level in levels])

    def extend(self, leaves: Sequence[bytes]) -> list[tuple[int, int, bytes]]:
        """Append leaf hashes. Returns what is now complete on the levels to store above 0: (level, place, hash)."""
        complete: list[tuple[int, int, bytes]] = []
        first, row = self.size, list(leaves)
        self.size += len(row)
        for level in count():
            if not row:
                return complete
            if level and level % STORED == 0:
                complete += [(level, first + place, digest) for place, digest in enumerate(row)]
            self.left += [b""] * (level + 1 - len(self.left))
            if first % 2:
                first, row = first - 1, [self.left[level], *row]
            self.left[level] = row[-1] if len(row) % 2 else b""
            first, row = first // 2, pairs(row)
        raise AssertionError

    def root(self) -> bytes:
        """The root of the tree as it is."""
        root = b""
        for digest in self.left:
            if digest:
                root = node_hash(digest, root) if root else digest
        return root or EMPTY


def subtree(node: Node, begin: int, end: int) -> bytes:
    """The hash of the leaves begin … end-1, where `begin` is a multiple of the width's next power of two (RFC 6962, MTH)."""
    width = end - begin
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, begin >> level)
    middle = begin + _split(width)
    return node_hash(subtree(node, begin, middle), subtree(node, middle, end))


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def proof_places(indexes: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Which nodes (level, place) prove the leaves at `indexes` (sorted, distinct): level by level upwards, left to right.

    For one leaf this is the audit path of RFC 6962; for many, every hash that they themselves do not give.
    """
    level, row = 0, list(indexes)
    while size > 1:
        above: list[int] = []
        for position, place in enumerate(row):
            if above and above[-1] == place // 2:
                continue
            sibling = place ^ 1
            given = not place % 2 and position + 1 < len(row) and row[position + 1] == sibling
            if not given and sibling < size:
                yield level, sibling
            above.append(place // 2)
        level, row, size = level + 1, above, (size + 1) // 2


def prove(node: Node, indexes: Sequence[int], size: int) -> list[bytes]:
    """The hashes that prove the leaves at `indexes` (sorted, distinct, below `size`) in the tree of `size` leaves."""
    return [subtree(node, place << level, min(place + 1 << level, size)) for level, place in proof_places(indexes, size)]


def proven_root(leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes]) -> bytes:
    """The root that (index, leaf hash) pairs, sorted, lead to with their proof. Raises ValueError for a proof of another shape."""
    row, rest = list(leaves), iter(proof)
    if not row or row[0][0] < 0 or row[-1][0] >= size or any(one[0] >= other[0] for one, other in pairwise(row)):
        raise ValueError("the indexes do not fit the tree")
    while size > 1:
        row, size = _row_above(row, size, rest), (size + 1) // 2
    if next(rest, None) is not None:
        raise ValueError("the proof is too long")
    return row[0][1]


def _row_above(row: list[tuple[int, bytes]], size: int, rest: Iterator[bytes]) -> list[tuple[int, bytes]]:
    above: list[tuple[int, bytes]] = []
    position = 0
    while position < len(row):
        place, digest = row[position]
        position += 1
        if place % 2:
            digest = node_hash(_next(rest), digest)
        elif position < len(row) and row[position][0] == place + 1:
            digest = node_hash(digest, row[position][1])
            position += 1
        elif place + 1 < size:
            digest = node_hash(digest, _next(rest))
        above.append((place // 2, digest))
    return above


def _next(rest: Iterator[bytes]) -> bytes:
    digest = next(rest, b"")
    if len(digest) != len(EMPTY):
        raise ValueError("the proof is too short, or no list of hashes")
    return digest


def prove_consistency(node: Node, old: int, new: int) -> list[bytes]:
    """That the tree of `new` leaves begins with that of `old` (RFC 6962 section 2.1.2). Empty where either is trivial."""
    if not 0 <= old <= new:
        raise ValueError("the old tree is not smaller")
    return _consistency(node, old, 0, new, whole=True) if old else []


def _consistency(node: Node, old: int, begin: int, end: int, *, whole: bool) -> list[bytes]:
    if old == end:
        return [] if whole else [subtree(node, begin, end)]
    middle = begin + _split(end - begin)
    if old <= middle:
        return [*_consistency(node, old, begin, middle, whole=whole), subtree(node, middle, end)]
    return [*_consistency(node, old, middle, end, whole=False), subtree(node, begin, middle)]


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree begins with the old one (RFC 9162 section 2.1.4.2)."""
    if old in (0, new):
        return 0 <= old <= new and not proof and (old_root == new_root if old == new else old_root == EMPTY)
    if not 0 < old < new or any(len(digest) != len(EMPTY) for digest in proof):
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    one, other = old - 1, new - 1
    while one & 1:
        one, other = one >> 1, other >> 1
    was = now = path[0]
    for digest in path[1:]:
        if other == 0:
            return False
        if one & 1 or one == other:
            was, now = node_hash(digest, was), node_hash(digest, now)
            while not one & 1 and one:
                one, other = one >> 1, other >> 1
        else:
            now = node_hash(now, digest)
        one, other = one >> 1, other >> 1
    return other == 0 and was == old_root and now == new_root
