"""Each kiosk numbers its events and names the hash of its previous one: a lost event shows, even where it never reached the tree."""

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from access_log.services.record_check import rows
from access_log.services.record_check.findings import Finding, Wrong
from access_log.services.record_check.texts import HASH, Link

ENDS = "select id, sequence, last_hash from kiosk where sequence > 0"
End = tuple[int, bytes, int]
"""The last event of a kiosk so far: its sequence number, its hash in base64, its entry."""


@dataclass
class Chains:
    """Fed with entries in the order of the tree."""

    findings: list[Finding]
    pruned: bool = False
    _ends: dict[int, End] = field(default_factory=dict)

    def feed(self, links: Sequence[Link], leaves: Sequence[int | None], entries: Sequence[int], digests: Sequence[bytes]) -> None:
        """The links of a piece, with its leaves, entries and the hashes that their bodies have, or had when they were sealed."""
        for link in links:
            last = self._ends.get(link.kiosk)
            if last is None or link.previous != last[1] or link.sequence != last[0] + 1:
                self._broken(link, last, leaves[link.line], entries[link.line])
            self._ends[link.kiosk] = (link.sequence, b2a_base64(digests[link.line], newline=False)[:HASH], entries[link.line])

    def _broken(self, link: Link, last: End | None, leaf: int | None, entry: int) -> None:
        if last is None and (self.pruned or (link.sequence == 1 and not link.previous)):
            return
        expected = last[0] + 1 if last else 1
        facts = {"kiosk": link.kiosk, "expected": expected, "found": link.sequence}
        if link.sequence != expected:
            self.findings.append(Finding(Wrong.KIOSK_GAP, leaf, entry, facts))
        else:
            self.findings.append(Finding(Wrong.KIOSK_CHAIN, leaf, entry, facts | {"before": last[2] if last else 0}))

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
                self.findings.append(Finding(Wrong.KIOSK_CUT, entry=last[2] if last else None, facts=facts))
