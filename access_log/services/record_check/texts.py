"""Entries' bodies, a piece at a time, as their events say them (rows.EVENT), and the links of the kiosks' chains in them.

Bodies lie one a line and are canonical JSON, so that members can be cut out of all of them at once: a loop over a million would cost
seconds. A body that is none of ours gives nonsense, which pairs with no event and no chain.
"""

from binascii import Error, a2b_base64

RANDOM, AFTER_RANDOM = b'"n":"', 24
PREVIOUS, AFTER_PREVIOUS = b'"kiosk_prev":"', 45
"""Members that no event has, and how long what follows is with its comma: 16 and 32 bytes in base64 without padding."""
SEQUENCE = b'"kiosk_seq":'
PASS, AFTER_PASS = b',"pass":"', b'","site":'
HASH = 43


Link = tuple[int, int, bytes, int]
"""An event of a kiosk: its line in the piece, the kiosk, the hash of its previous event in base64, its number."""


def without_random(bodies: bytes) -> bytes:
    """The bodies without their 16 random bytes."""
    first, *rest = bodies.split(RANDOM)
    return b"".join([first, *[part[AFTER_RANDOM:] for part in rest]])


def links_of(bodies: bytes) -> tuple[bytes, list[Link]]:
    """The bodies without the hashes of kiosks' previous events, and those links."""
    first, *rest = bodies.split(PREVIOUS)
    links: list[Link] = []
    line, before, start = 0, first, AFTER_PREVIOUS + len(SEQUENCE)
    for part in rest:
        line += before.count(b"\n")
        kiosk, sequence = before[before.rfind(b":") + 1 : -1], part[start : part.find(b",", start)]
        if kiosk.isdigit() and sequence.isdigit():
            links.append((line, int(kiosk), part[:HASH], int(sequence)))
        before = part
    said = b"".join([first, *[part[AFTER_PREVIOUS:] for part in rest]])
    if said.count(SEQUENCE) != len(links):
        links = sorted([*links, *_first_ones(said, {link[0] for link in links})])
    return said, links


def _first_ones(said: bytes, known: set[int]) -> list[Link]:
    """Links that name no previous event."""
    lines = [(number, line) for number, line in enumerate(said.split(b"\n")) if number not in known and SEQUENCE in line]
    found: list[Link] = []
    for number, line in lines:
        before, _, after = line.partition(SEQUENCE)
        kiosk, sequence = before[before.rfind(b":") + 1 : -1], after[: after.find(b",")]
        if kiosk.isdigit() and sequence.isdigit():
            found.append((number, int(kiosk), b"", int(sequence)))
    return found


def with_hex_passes(said: bytes) -> bytes:
    """The entries' own pass digests in hex instead of base64. One that stands in an event's detail is left as it is."""
    first, *rest = said.split(PASS)
    if not rest:
        return said
    digests = _all_in_hex(rest)
    if digests is None:
        return PASS.join([first, *[_in_hex(part) for part in rest]])
    return PASS.join([first, *[digest + part[HASH:] for digest, part in zip(digests, rest, strict=True)]])


def _all_in_hex(parts: list[bytes]) -> list[bytes] | None:
    """What the parts begin with, decoded at once: with an A behind it, each 43 characters are 33 bytes. None where one is no digest."""
    if not all(part.startswith(AFTER_PASS, HASH) for part in parts):
        return None
    try:
        digests = a2b_base64(b"A".join([part[:HASH] for part in parts]) + b"A", strict_mode=True).hex().upper().encode()
    except Error:
        return None
    return [digests[start : start + 64] for start in range(0, 66 * len(parts), 66)] if len(digests) == 66 * len(parts) else None


def _in_hex(part: bytes) -> bytes:
    if not part.startswith(AFTER_PASS, HASH):
        return part
    try:
        return a2b_base64(part[:HASH] + b"=").hex().upper().encode() + part[HASH:]
    except Error:
        return part
