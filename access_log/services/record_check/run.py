"""One check of the whole record, in pieces: each reads a few thousand rows in a transaction of its own and says how far it has come.

The last piece sees everything at one moment, so that what happened meanwhile is judged as well and nothing is called missing too early.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from access_log.crypto.checkpoint import LogKeys, Note
from access_log.db import reading
from access_log.services.record_check import rows
from access_log.services.record_check.agreement import Agreement, moment_in
from access_log.services.record_check.chains import Chains
from access_log.services.record_check.findings import Finding
from access_log.services.record_check.judge import Judge
from access_log.services.record_check.texts import links_of, with_hex_passes, without_random
from access_log.services.record_check.tree import Head, Heads, Tree

PIECE = 4096
"""Leaves in one piece: some 20 ms."""


@dataclass(frozen=True, slots=True)
class Known:
    """A head that somebody else holds: a report's, a kiosk's. `source` names them."""

    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many leaves of how many have been read."""

    done: int
    of: int


@dataclass
class Result:
    """What a check came to. `head` is the text of the newest signed head; `bodies` less than `size` where old ones were emptied."""

    size: int = 0
    heads: int = 0
    head: str = ""
    bodies: int = 0
    events: int = 0
    kiosks: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Piece:
    """Entries with their bodies, one a line. `digests` are the hashes that the bodies have, or had when they were sealed."""

    leaves: Sequence[int | None]
    entries: Sequence[int]
    bodies: bytes
    digests: Sequence[bytes]

    @classmethod
    def of(cls, found: Sequence[Sequence[Any]]) -> "Piece":
        """From (leaf, entry, its leaf's hash, its own, body, digest) of each."""
        lines = [row[4].replace(b"\n", b" ") for row in found]
        return cls([row[0] for row in found], [row[1] for row in found], b"\n".join(lines), [row[5] for row in found])


class RecordCheck:
    """`for progress in check.pieces(): ...`, then `check.result`. Raises NoteError at once for a known head that is not this record's."""

    def __init__(self, engine: Engine, keys: LogKeys, *, now: datetime, known: Sequence[Known] = (), piece: int = PIECE) -> None:
        self.engine, self.now, self.piece = engine, now, piece
        self.result = Result()
        found = self.result.findings
        held = [(keys.check(Note.parse(one.note)).head, one.source) for one in known]
        self._tree = Tree(Heads(keys, found), [Head(head.size, head.root, source=source) for head, source in held], found)
        self._chains = Chains(found)
        self._agreement = Agreement()
        self._judge = Judge(found)
        self._next = self._end = self._event = self._last_event = 0

    def pieces(self) -> Iterator[Progress]:
        """Run the check; rest between pieces as long as you like."""
        while True:
            with reading(self.engine) as session:
                self._look(session)
                last = self._end - self._next <= self.piece
                if self._next < self._end:
                    self._piece(session)
                if last:
                    self._finish(session)
            yield Progress(self._next, self._end)
            if last:
                return

    def _look(self, session: Session) -> None:
        """How far there is to go now; the last piece sees everything at one moment."""
        self._end = rows.number(session, "select max(leaf_index) + 1 from record_leaf")
        self._last_event = rows.number(session, "select max(id) from access_event")
        self._judge.emptied_until = rows.number(session, "select max(until_index) from record_pruning")
        self._chains.pruned = self._judge.emptied_until > 0

    def _piece(self, session: Session) -> None:
        first, end = self._next, min(self._next + self.piece, self._end)
        found = rows.leaves(session, first, end)
        if found is not None:
            digests = self._judge.digests(found.lines)
            joined = b"".join(digests)
            if joined == found.hashes == found.own:
                self._tree.feed(session, digests)
                self._pair(session, Piece(range(first, end), found.entries, found.bodies, digests))
                self._next = end
                return
        self._piece_by_rows(session, first, end)
        self._next = end

    def _piece_by_rows(self, session: Session, first: int, end: int) -> None:
        """Where something is missing, emptied or wrong."""
        found = rows.read(session, rows.LEAVES, first=first, end=end)
        self._tree.feed(session, self._judge.gaps(found, first, end))
        digests = self._judge.entries(found)
        kept = [place for place, row in enumerate(found) if row[4]]
        self._pair(session, Piece.of([(*found[place], digests[place]) for place in kept]))

    def _pair(self, session: Session, piece: Piece) -> None:
        """Entries that still have a body: into their kiosk's chain, and beside their events."""
        count = len(piece.entries)
        self.result.bodies += count
        said, links = links_of(without_random(piece.bodies))
        self._chains.feed(links, piece.leaves, piece.entries, piece.digests)
        if count and self._chains.pruned and not self._agreement.forgotten_before:
            self._agreement.forgotten_before = moment_in(piece.bodies)
        events = self._events(session, count) if count else rows.Events(session, self._event)
        self._agreement.feed(piece.leaves, piece.entries, with_hex_passes(said), events)

    def _events(self, session: Session, count: int) -> rows.Events:
        found = rows.events(session, after=self._event, until=self._last_event, count=count)
        if found.count:
            self._event = found.last
        self.result.events += found.count
        return found

    def _finish(self, session: Session) -> None:
        self._tree.end(session)
        waiting = rows.read(session, rows.WAITING)
        self._judge.waiting(waiting, self.now)
        self._pair(session, Piece.of([(None, entry, b"", b"", body, digest) for entry, digest, body in waiting]))
        while (events := self._events(session, self.piece)).count:
            self._agreement.feed([], [], b"", events)
        self._chains.end(session)
        self._judge.orphans(session, self._next - self._judge.without_entry + len(waiting))
        self._judge.emptied(session, self._agreement.forgotten_before, self.now)
        self._judge.settle(session, self._tree.stretches, list(self._agreement.end()))
        newest = rows.read(session, rows.NEWEST_HEAD)
        self.result.size, self.result.heads, self.result.waiting = self._next, self._tree.heads.read, len(waiting)
        self.result.kiosks, self.result.head = len(self._chains), newest[0][0] if newest else ""
