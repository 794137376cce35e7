"""Each kiosk numbers its events and names the hash of its previous one: a lost event shows, even where it never reached the tree."""

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from access_log.services.record_check import rows
from access_log.services.record_check.findings import Finding, Wrong
from access_log.services.record_check.texts import HASH, Link

ENDS = "select id, sequence, last_hash from kiosk where sequence > 0"
End = tuple[int, bytes, Sequence[int], int]
"""The last event of a kiosk so far: its sequence number, its hash in base64, and its entry as (those of its piece, place among them)."""


@dataclass
class Chains:
    """Fed with entries in the order of the tree."""

    findings: list[Finding]
    pruned: bool = False
    _ends: dict[int, End] = field(default_factory=dict)

    def feed(self, links: Sequence[Link], leaves: Sequence[int | None], entries: Sequence[int], digests: Sequence[bytes]) -> None:
        """The links of a piece, with its leaves, entries and the hashes that their bodies have, or had when they were sealed."""
        ends = self._ends
        for line, kiosk, previous, sequence in links:
            last = ends.get(kiosk)
            if last is None or previous != last[1] or sequence != last[0] + 1:
                self._broken((line, kiosk, previous, sequence), last, leaves[line], entries[line])
            ends[kiosk] = (sequence, b2a_base64(digests[line], newline=False)[:HASH], entries, line)

    def _broken(self, link: Link, last: End | None, leaf: int | None, entry: int) -> None:
        _line, kiosk, previous, sequence = link
        if last is None and (self.pruned or (sequence == 1 and not previous)):
            return
        expected = last[0] + 1 if last else 1
        facts = {"kiosk": kiosk, "expected": expected, "found": sequence}
        if sequence != expected:
            self.findings.append(Finding(Wrong.KIOSK_GAP, leaf, entry, facts))
        else:
            self.findings.append(Finding(Wrong.KIOSK_CHAIN, leaf, entry, facts | {"before": last[2][last[3]] if last else 0}))

    def __len__(self) -> int:
        return len(self._ends)

    def end(self, session: Session) -> None:
        """All entries have come, waiting ones too: each kiosk's own count must be the last one's."""
        for kiosk, sequence, digest in rows.read(session, ENDS):
            last = self._ends.get(kiosk)
            if last is None and self.pruned:
                continue
            if last is None or last[:2] != (sequence, b2a_base64(digest, newline=False)[:HASH]):
                facts = {"kiosk": kiosk, "expected": sequence, "found": last[0] if last else 0}
                self.findings.append(Finding(Wrong.KIOSK_CUT, entry=last[2][last[3]] if last else None, facts=facts))
