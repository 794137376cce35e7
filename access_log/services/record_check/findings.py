"""What can be wrong with a record, one code a fact. Findings name entries, leaves, heads, kiosks and events by number; never anybody."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Wrong(StrEnum):
    """What was done to the record, as far as the record itself can tell. Words for people: access_log/words.py."""

    ENTRY_EDITED = "entry_edited"
    ENTRY_HASH_EDITED = "entry_hash_edited"
    ENTRY_REMOVED = "entry_removed"
    ENTRY_EMPTIED = "entry_emptied"
    EMPTIED_EARLY = "emptied_early"
    ENTRY_MOVED = "entry_moved"
    ENTRY_NEVER_SEALED = "entry_never_sealed"
    ENTRY_WAITS = "entry_waits"
    LEAF_EDITED = "leaf_edited"
    LEAF_REMOVED = "leaf_removed"
    LEAF_UNSIGNED = "leaf_unsigned"
    STRETCH_REWRITTEN = "stretch_rewritten"
    NODE_EDITED = "node_edited"
    HEAD_REMOVED = "head_removed"
    HEAD_EDITED = "head_edited"
    HEAD_FORGED = "head_forged"
    TRUNCATED = "truncated"
    ROLLED_BACK = "rolled_back"
    FORKED = "forked"
    KIOSK_GAP = "kiosk_gap"
    KIOSK_CHAIN = "kiosk_chain"
    KIOSK_CUT = "kiosk_cut"
    EVENT_EDITED = "event_edited"
    EVENT_REMOVED = "event_removed"
    EVENT_UNRECORDED = "event_unrecorded"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `leaf` is its place in the tree, where it has one; `facts` fill the words."""

    code: Wrong
    leaf: int | None = None
    entry: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """Everything its words may name."""
        return {"leaf": self.leaf, "entry": self.entry, **self.facts}
