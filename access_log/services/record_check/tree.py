"""Are the leaves what the heads signed? Leaves come in pieces, heads in their order; what does not fit is narrowed down to a stretch."""

from collections import deque
from dataclasses import dataclass, field

from sqlmodel import Session

from access_log.crypto.checkpoint import Checkpoint, LogKeys, Note, NoteError
from access_log.crypto.merkle import Frontier, subtree
from access_log.errors import ConflictError
from access_log.services.record_check import rows
from access_log.services.record_check.findings import Finding, Wrong
from access_log.services.record_tree import TILE, StoredNodes

HEADS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """A root that the leaves must lead to. `source` says who holds it; "" for the record's own heads."""

    size: int
    root: bytes
    number: int = 0
    source: str = ""


@dataclass
class Heads:
    """The record's own heads, in the order of their numbers, each checked as it passes."""

    keys: LogKeys
    findings: list[Finding]
    read: int = 0
    size: int = 0
    _waiting: deque[Head] = field(default_factory=deque)

    def up_to(self, session: Session, size: int) -> list[Head]:
        """The next ones of at most this size."""
        taken = []
        while self._fill(session) and self._waiting[0].size <= size:
            taken.append(self._waiting.popleft())
        return taken

    def _fill(self, session: Session) -> bool:
        if not self._waiting:
            for number, size, note in rows.read(session, rows.HEADS, after=self.read, count=HEADS_AT_ONCE):
                self._take(number, size, note)
        return bool(self._waiting)

    def _take(self, number: int, size: int, note: str) -> None:
        if number != self.read + 1:
            self.findings.append(Finding(Wrong.HEAD_REMOVED, facts={"head": self.read + 1, "until": number - 1}))
        self.read = number
        try:
            signed = self.keys.recognise(note)
        except NoteError:
            self.findings.append(Finding(Wrong.HEAD_FORGED, facts={"head": number}))
            return
        if signed.head.size != size or size < self.size:
            self.findings.append(Finding(Wrong.HEAD_EDITED, facts={"head": number}))
            return
        self.size = size
        self._waiting.append(Head(size, signed.head.root, number))


@dataclass
class Tree:
    """The tree as its leaves make it, held against heads and against the stored inner nodes.

    After a stretch that does not fit, the stored nodes of the tiles before stand in for it, so that what follows is still judged.
    """

    heads: Heads
    known: list[Head]
    findings: list[Finding]
    frontier: Frontier = field(default_factory=Frontier)
    good: int = 0
    broken: bool = False
    stretches: list[tuple[int, int, int]] = field(default_factory=list)

    def feed(self, session: Session, hashes: list[bytes]) -> None:
        """The next leaves, without a gap."""
        end = self.frontier.size + len(hashes)
        begin = self.frontier.size
        for head in sorted([*self.heads.up_to(session, end), *self._known_up_to(end)], key=lambda head: head.size):
            self._extend(session, hashes[self.frontier.size - begin : head.size - begin])
            self._hold(head)
        self._extend(session, hashes[self.frontier.size - begin :])

    def _known_up_to(self, size: int) -> list[Head]:
        taken = [head for head in self.known if head.size <= size]
        self.known = [head for head in self.known if head.size > size]
        return taken

    def _extend(self, session: Session, hashes: list[bytes]) -> None:
        first = self.frontier.size
        complete = self.frontier.extend(hashes)
        if complete:
            self._hold_nodes(session, complete)
        boundary = self.frontier.size // TILE * TILE
        if self.broken and boundary > first:
            self._resume(session, boundary, hashes[boundary - first :])

    def _resume(self, session: Session, boundary: int, rest: list[bytes]) -> None:
        try:
            frontier = Frontier.at(boundary, StoredNodes(session))
        except ConflictError:
            return
        frontier.extend(rest)
        self.frontier, self.good, self.broken = frontier, boundary, False

    def _hold_nodes(self, session: Session, complete: list[tuple[int, int, bytes]]) -> None:
        for level in {level for level, _place, _digest in complete}:
            mine = {place: digest for own, place, digest in complete if own == level}
            stored = rows.read(session, rows.NODES, level=level, first=min(mine), end=max(mine) + 1)
            found = {place: bytes(digest) for _level, place, digest in stored}
            for place, digest in mine.items():
                if found.get(place) != digest:
                    facts = {"level": level, "place": place, "until": (place + 1 << level) - 1}
                    self.findings.append(Finding(Wrong.NODE_EDITED, leaf=place << level, facts=facts))

    def _hold(self, head: Head) -> None:
        if self.broken:
            return
        if self.frontier.root() == head.root:
            self.good = head.size
        elif head.source:
            self.findings.append(Finding(Wrong.FORKED, facts={"size": head.size, "source": head.source}))
        else:
            self.stretches.append((self.good, head.size, head.number))
            self.broken = True

    def end(self, session: Session) -> None:
        """All leaves have come: heads beyond them, and leaves beyond the heads."""
        size = self.frontier.size
        longer = self.heads.up_to(session, 1 << 62)
        if longer:
            facts = {"size": longer[-1].size, "head": longer[-1].number, "since": self.good}
            self.findings.append(Finding(Wrong.TRUNCATED, leaf=size, facts=facts))
        for head in self.known:
            self.findings.append(Finding(Wrong.ROLLED_BACK, leaf=size, facts={"size": head.size, "source": head.source}))
        self._cosigned(session, size)
        if self.heads.size < size:
            self.findings.append(Finding(Wrong.LEAF_UNSIGNED, leaf=self.heads.size, facts={"until": size - 1}))

    def _cosigned(self, session: Session, size: int) -> None:
        """Heads that kiosks signed in the past must be among the record's own, whatever the kiosks have forgotten since."""
        told = {(one.facts["source"], one.facts["size"]) for one in self.findings if one.code in (Wrong.FORKED, Wrong.ROLLED_BACK)}
        nodes = StoredNodes(session)
        for kiosk, signed, note in rows.cosigned(session):
            source = f"kiosk {kiosk}"
            if (source, signed) in told or (0 < signed <= size and _fits(nodes, signed, note)):
                continue
            code, leaf = (Wrong.FORKED, None) if signed <= size else (Wrong.ROLLED_BACK, size)
            self.findings.append(Finding(code, leaf=leaf, facts={"size": signed, "source": source}))


def _fits(nodes: StoredNodes, size: int, note: str) -> bool:
    """Whether the stored tree leads to a head, even where the record's own of that size is gone."""
    try:
        return subtree(nodes, 0, size) == Checkpoint.parse(Note.parse(note).text).root
    except (ConflictError, NoteError):
        return False
