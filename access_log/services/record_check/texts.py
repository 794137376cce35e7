"""Entries' bodies, a piece at a time, as their events say them (rows.EVENT), and the links of the kiosks' chains in them.

Bodies lie one a line and are canonical JSON, so that members can be cut out of all of them at once: a loop over a million would cost
seconds. A body that is none of ours gives nonsense, which pairs with no event and no chain.
"""

from binascii import Error, a2b_base64
from dataclasses import dataclass

RANDOM, AFTER_RANDOM = b'"n":"', 24
PREVIOUS, AFTER_PREVIOUS = b'"kiosk_prev":"', 45
"""Members that no event has, and how long what follows is with its comma: 16 and 32 bytes in base64 without padding."""
SEQUENCE = b'"kiosk_seq":'
PASS, AFTER_PASS = b',"pass":"', b'","site":'
HASH = 43


@dataclass(frozen=True, slots=True)
class Link:
    """An event of a kiosk: its line in the piece, and what it says about the one before."""

    line: int
    kiosk: int
    previous: bytes
    sequence: int


def without_random(bodies: bytes) -> bytes:
    """The bodies without their 16 random bytes."""
    first, *rest = bodies.split(RANDOM)
    return b"".join([first, *[part[AFTER_RANDOM:] for part in rest]])


def links_of(bodies: bytes) -> tuple[bytes, list[Link]]:
    """The bodies without the hashes of kiosks' previous events, and those links."""
    first, *rest = bodies.split(PREVIOUS)
    links, line, before = [], 0, first
    for part in rest:
        line += before.count(b"\n")
        kiosk = before[before.rfind(b":") + 1 : -1]
        start = AFTER_PREVIOUS + len(SEQUENCE)
        sequence = part[start : part.find(b",", start)]
        if kiosk.isdigit() and sequence.isdigit():
            links.append(Link(line, int(kiosk), part[:HASH], int(sequence)))
        before = part
    said = b"".join([first, *[part[AFTER_PREVIOUS:] for part in rest]])
    if said.count(SEQUENCE) != len(links):
        links = sorted([*links, *_first_ones(said, {link.line for link in links})], key=lambda link: link.line)
    return said, links


def _first_ones(said: bytes, known: set[int]) -> list[Link]:
    """Links that name no previous event."""
    lines = [(number, line) for number, line in enumerate(said.split(b"\n")) if number not in known and SEQUENCE in line]
    found = []
    for number, line in lines:
        before, _, after = line.partition(SEQUENCE)
        kiosk, sequence = before[before.rfind(b":") + 1 : -1], after[: after.find(b",")]
        if kiosk.isdigit() and sequence.isdigit():
            found.append(Link(number, int(kiosk), b"", int(sequence)))
    return found


def with_hex_passes(said: bytes) -> bytes:
    """The entries' own pass digests in hex instead of base64. One that stands in an event's detail is left as it is."""
    parts = said.split(PASS)
    for place in range(1, len(parts)):
        part = parts[place]
        if part[HASH : HASH + len(AFTER_PASS)] == AFTER_PASS:
            parts[place] = _hex(part[:HASH]) + part[HASH:]
    return PASS.join(parts)


def _hex(text: bytes) -> bytes:
    try:
        return a2b_base64(text + b"=").hex().upper().encode()
    except Error:
        return text
