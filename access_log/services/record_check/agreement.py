"""Do the events that people work with say what the record says? Both come in the order of their numbers and are paired off by their text.

Nearly all pairs meet at once; what a transaction wrote late, or somebody changed, waits for its like until the end.
"""

import json
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from access_log.services.record_check.findings import Finding, Wrong
from access_log.services.record_check.rows import Events

MOMENT = b'"at":"'
MOST = 500
"""So many left-over events are compared with one entry."""
ALIKE = 0.5
"""An event and an entry that are both left over belong together where they differ in no more than half of what they say."""


def moment_in(said: bytes) -> bytes:
    """The time that a text names, as it stands there."""
    begin = said.find(MOMENT) + len(MOMENT)
    return said[begin : said.find(b'"', begin)] if begin >= len(MOMENT) else b""


@dataclass(frozen=True, slots=True)
class Left:
    """An entry without its event. `leaf` is None while it waits for its seal."""

    leaf: int | None
    entry: int
    said: bytes


@dataclass
class Agreement:
    """Fed with both sides as they are read; what is left over comes at the end."""

    entries: dict[bytes, list[Left]] = field(default_factory=lambda: defaultdict(list))
    events: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    forgotten_before: bytes = b""

    def feed(self, leaves: Sequence[int | None], entries: Sequence[int], said: bytes, events: Events) -> None:
        """A piece of each side, one a line. Where both go in step, nothing is kept."""
        if said == events.texts:
            return
        mine, theirs, numbers = said.split(b"\n") if entries else [], events.lines, events.numbers
        common = min(len(mine), len(theirs))
        odd = [place for place in range(common) if mine[place] != theirs[place]]
        for place in (*odd, *range(common, len(theirs))):
            self._feed_event(numbers[place], theirs[place])
        for place in (*odd, *range(common, len(mine))):
            if not _taken(self.events, mine[place]):
                self.entries[mine[place]].append(Left(leaves[place], entries[place], mine[place]))

    def _feed_event(self, number: int, said: bytes) -> None:
        if self.forgotten_before and moment_in(said) < self.forgotten_before:
            return
        if not _taken(self.entries, said):
            self.events[said].append(number)

    def end(self) -> Iterator[Finding]:
        """What is left over on either side, put together again where it plainly belongs together."""
        events = [(number, _read(said)) for said, waiting in self.events.items() for number in waiting]
        entries = [(left, _read(left.said)) for waiting in self.entries.values() for left in waiting]
        entries.sort(key=lambda one: one[0].entry)
        for same in ({"at"}, {"type", "visit"}, {"type"}):
            entries, events = yield from _matched(entries, events, same)
        for left, _said in entries:
            yield Finding(Wrong.EVENT_REMOVED, left.leaf, left.entry)
        for number, _said in sorted(events, key=lambda one: one[0]):
            yield Finding(Wrong.EVENT_UNRECORDED, facts={"event": number})


def _taken(waiting: dict[bytes, list[Any]], said: bytes) -> bool:
    """Whether the like of it waited on the other side; both are done with then."""
    like = waiting.get(said)
    if like is None:
        return False
    like.pop()
    if not like:
        del waiting[said]
    return True


Entries = list[tuple[Left, dict[str, Any]]]
Numbered = list[tuple[int, dict[str, Any]]]


def _matched(entries: Entries, events: Numbered, same: set[str]) -> Generator[Finding, None, tuple[Entries, Numbered]]:
    """Entries with the likest event among those that agree in the members `same`. Yields how they differ; returns what is left."""
    groups: dict[str, Numbered] = defaultdict(list)
    for one in events:
        groups[_key(one[1], same)].append(one)
    left_over: Entries = []
    for left, said in entries:
        group = groups.get(_key(said, same), [])
        best = min(group[:MOST], key=lambda one: len(_differing(said, one[1])), default=None)
        if best is None or len(_differing(said, best[1])) > ALIKE * len(said.keys() | best[1].keys()):
            left_over.append((left, said))
            continue
        group.remove(best)
        if fields := _differing(said, best[1]):
            yield Finding(Wrong.EVENT_EDITED, left.leaf, left.entry, {"event": best[0], "fields": fields})
    return left_over, [one for group in groups.values() for one in group]


def _key(said: dict[str, Any], names: set[str]) -> str:
    return json.dumps([said.get(name) for name in sorted(names)])


def _read(said: bytes) -> dict[str, Any]:
    try:
        value = json.loads(said)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _differing(entry: dict[str, Any], event: dict[str, Any]) -> list[str]:
    """Members of which the two say different things. An entry of an older version that names no customer says nothing about it."""
    names = (entry.keys() | event.keys()) - (set() if "customer" in entry else {"customer"})
    return sorted(name for name in names if entry.get(name) != event.get(name))
