"""Is each entry what its leaf says, and if not, what was done to it? Most answers fall at once; some only when everything has been read."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from access_log.models import RecordPruning
from access_log.services import policies
from access_log.services.record_check import rows
from access_log.services.record_check.findings import Finding, Wrong

NOTHING = bytes(32)
"""Stands in the tree for a leaf that is gone."""
PATIENCE = timedelta(minutes=1)
"""The sealer looks every second: what has waited this long was kept from it, or it stands still."""
ENTRY_CODES = frozenset(code for code in Wrong if code.value.startswith("entry_")) | {Wrong.LEAF_EDITED}
EXACT = ENTRY_CODES | {Wrong.LEAF_REMOVED, Wrong.EVENT_EDITED, Wrong.EVENT_REMOVED}
"""Findings that say which leaf of a stretch it is."""


@dataclass(frozen=True, slots=True)
class Odd:
    """An entry that agrees with itself and not with its leaf: moved, or one of the two was rewritten."""

    leaf: int
    entry: int
    sealed: bytes
    digest: bytes


@dataclass
class Judge:
    """Entries as they are read; `settle` at the end."""

    findings: list[Finding]
    emptied_until: int = 0
    without_entry: int = 0
    odd: list[Odd] = field(default_factory=list)

    def gaps(self, found: Sequence[Sequence[Any]], first: int, end: int) -> list[bytes]:
        """The hashes of a piece in which leaves are missing, each of those named."""
        hashes = {row[0]: bytes(row[2]) for row in found}
        missing = [index for index in range(first, end) if index not in hashes]
        self.findings += [Finding(Wrong.LEAF_REMOVED, leaf=index) for index in missing]
        self.without_entry += len(missing)
        return [hashes.get(index, NOTHING) for index in range(first, end)]

    def digests(self, bodies: Sequence[bytes]) -> list[bytes]:
        """The leaf hash of each body (RFC 6962)."""
        sha256 = hashlib.sha256
        return [sha256(b"\x00" + body).digest() for body in bodies]

    def entries(self, found: Sequence[Sequence[Any]]) -> list[bytes]:
        """Rows of rows.LEAVES. Returns the hash of each body, or what it was when it was sealed."""
        return [self._one(row, digest) for row, digest in zip(found, self.digests([row[4] or b"" for row in found]), strict=True)]

    def _one(self, row: Sequence[Any], digest: bytes) -> bytes:
        index, entry, sealed, own, body = row
        sealed = bytes(sealed)
        if body is None:
            self.without_entry += 1
            self._say(Wrong.ENTRY_REMOVED, index, entry)
        elif not body:
            if index >= self.emptied_until:
                self._say(Wrong.ENTRY_EMPTIED, index, entry)
            elif own != sealed:
                self._say(Wrong.ENTRY_HASH_EDITED, index, entry)
        elif digest == sealed:
            if own != sealed:
                self._say(Wrong.ENTRY_HASH_EDITED, index, entry)
        elif digest == own:
            self.odd.append(Odd(index, entry, sealed, digest))
            return digest
        else:
            self._say(Wrong.ENTRY_EDITED, index, entry)
            return sealed if own == sealed else digest
        return sealed

    def _say(self, code: Wrong, leaf: int | None, entry: int | None, **facts: Any) -> None:
        self.findings.append(Finding(code, leaf, entry, facts))

    def waiting(self, found: Sequence[Sequence[Any]], now: datetime) -> None:
        """Entries that no head covers yet."""
        late = []
        for entry, own, body in found:
            if hashlib.sha256(b"\x00" + body).digest() != own:
                self._say(Wrong.ENTRY_EDITED, None, entry)
            elif now - _time_of(body) > PATIENCE:
                late.append(entry)
        if late:
            self._say(Wrong.ENTRY_WAITS, None, late[0], count=len(late))

    def orphans(self, session: Session, expected: int) -> None:
        """Entries that are no leaf and do not wait. Numbers without a gap prove without a search that there are none."""
        if rows.number(session, "select max(id) - min(id) + 1 from record_entry") != expected:
            for (entry,) in rows.read(session, rows.ORPHANS):
                self._say(Wrong.ENTRY_NEVER_SEALED, None, entry)

    def emptied(self, session: Session, oldest: bytes, now: datetime) -> None:
        """Bodies may be emptied once their events' time is over: the oldest one left must be that old, too (services/record_pruning.py)."""
        allowed = session.exec(select(RecordPruning.allowed_at).order_by(col(RecordPruning.until_index).desc()).limit(1)).first()
        if allowed is None:
            return
        kept = policies.shortest_ever(session, "event")
        if not oldest or kept.after(datetime.fromisoformat(oldest.decode()), "UTC") > min(allowed, now):
            self._say(Wrong.EMPTIED_EARLY, self.emptied_until - 1, None)

    def settle(self, session: Session, stretches: Sequence[tuple[int, int, int]], events: Sequence[Finding]) -> None:
        """Everything has been read: name what was moved, and drop what only repeats a finding about the same entry."""
        bad = [range(begin, end) for begin, end, _head in stretches]
        places = {one.digest: one.leaf for one in self.odd}
        for one in self.odd:
            if one.sealed in places:
                self._say(Wrong.ENTRY_MOVED, one.leaf, one.entry, here=places[one.sealed])
            else:
                rewritten = any(one.leaf in stretch for stretch in bad)
                self._say(Wrong.LEAF_EDITED if rewritten else Wrong.ENTRY_EDITED, one.leaf, one.entry)
        named = {finding.entry for finding in self.findings if finding.code in ENTRY_CODES}
        self.findings += [finding for finding in events if finding.entry is None or finding.entry not in named]
        for begin, end, head in stretches:
            self._stretch(session, begin, end, head)
        self.findings[:] = [one for one in self.findings if not (one.code is Wrong.NODE_EDITED and self._explained(one, stretches))]

    def _explained(self, node: Finding, stretches: Sequence[tuple[int, int, int]]) -> bool:
        return any(begin <= node.facts["until"] and (node.leaf or 0) < end for begin, end, _head in stretches)

    def _stretch(self, session: Session, begin: int, end: int, head: int) -> None:
        """Leaves that are not what a head signed: say which, or at least between which two."""
        exact = [finding.leaf for finding in self.findings if finding.leaf is not None and finding.code in EXACT]
        if any(begin <= leaf < end for leaf in exact):
            return
        order = rows.read(session, rows.ORDER, first=begin, end=end)
        moved = [row for row, before in zip(order[1:], order, strict=False) if row[1] < before[1]]
        for index, entry in moved:
            self._say(Wrong.ENTRY_MOVED, index, entry, here=index)
        if not moved:
            facts = {"until": end - 1, "head": head, "last": order[-1][1] if order else None}
            self._say(Wrong.STRETCH_REWRITTEN, begin, order[0][1] if order else None, **facts)


def _time_of(body: bytes) -> datetime:
    try:
        return datetime.fromisoformat(json.loads(body)["at"])
    except (ValueError, KeyError, TypeError):
        return datetime.min.replace(tzinfo=UTC)
