"""The rows that a check reads. A million entries must cost seconds, so the databases hand over whole pieces, put together on their side.

A piece of leaves comes as one row: hashes joined, bodies one a line (canonical JSON has no line ends of its own). Whatever does not fit
that is read again row by row (`LEAVES`). Events come as the text that their record entry holds, in the order of canonical JSON; only the
pass is spelt in hex, because SQLite knows no base64.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import Any, overload

from sqlmodel import Session

LEAVES = """
    select leaf.leaf_index, leaf.entry_id, leaf.hash, entry.leaf_hash, entry.body
    from record_leaf as leaf left join record_entry as entry on entry.id = leaf.entry_id
    where leaf.leaf_index >= $first and leaf.leaf_index < $end order by leaf.leaf_index
"""
HEADS = "select number, size, note from record_checkpoint where number > $after order by number limit $count"
NEWEST_HEAD = "select note from record_checkpoint order by number desc limit 1"
NODES = "select level, place, hash from record_node where level = $level and place >= $first and place < $end"
WAITING = """
    select pending.entry_id, entry.leaf_hash, entry.body
    from record_pending as pending join record_entry as entry on entry.id = pending.entry_id order by pending.entry_id
"""
ORPHANS = """
    select entry.id from record_entry as entry
    where not exists (select 1 from record_leaf as leaf where leaf.entry_id = entry.id)
        and not exists (select 1 from record_pending as pending where pending.entry_id = entry.id) order by entry.id limit 1000
"""
ORDER = "select leaf_index, entry_id from record_leaf where leaf_index >= $first and leaf_index < $end order by leaf_index"
COSIGNED = Template("""
    select seen.kiosk_id, seen.size, seen.note from record_cosignature as seen
    where not exists (select 1 from record_checkpoint as head where head.size = seen.size
        and substr(head.note, 1, $end) = substr(seen.note, 1, $end)) order by seen.id limit 1000
""")
COSIGNED_ON = {
    "sqlite": COSIGNED.substitute(end="instr(seen.note, char(10, 10))"),
    "postgresql": COSIGNED.substitute(end="position(E'\\n\\n' in seen.note)"),
}
"""Heads that kiosks once signed and that are not among the record's own: what stands before the empty line differs."""
PIECE_OF_LEAVES = {
    "sqlite": """
        select count(*), min(leaf.leaf_index), max(leaf.leaf_index), group_concat(leaf.entry_id), cast(group_concat(leaf.hash, '') as blob),
            cast(group_concat(entry.leaf_hash, '') as blob), cast(group_concat(cast(entry.body as text), char(10)) as blob)
        from record_leaf as leaf left join record_entry as entry on entry.id = leaf.entry_id
        where leaf.leaf_index >= $first and leaf.leaf_index < $end
    """,
    "postgresql": """
        select count(*), min(leaf.leaf_index), max(leaf.leaf_index),
            string_agg(leaf.entry_id::text, ',' order by leaf.leaf_index), string_agg(leaf.hash, ''::bytea order by leaf.leaf_index),
            string_agg(entry.leaf_hash, ''::bytea order by leaf.leaf_index), string_agg(entry.body, '\\x0a'::bytea order by leaf.leaf_index)
        from record_leaf as leaf left join record_entry as entry on entry.id = leaf.entry_id
        where leaf.leaf_index >= $first and leaf.leaf_index < $end
    """,
}
EVENT = """
    concat('{"actor":"', actor_kind, '"', ',"actor_id":' || actor_id, ',"at":"', $at, '"', ',"customer":' || customer_id,
        ',"detail":' || nullif(cast(detail as $text), '{}'), ',"direction":"' || direction || '"', ',"door":' || door_id,
        ',"kiosk":' || kiosk_id, ',"kiosk_seq":' || kiosk_seq, ',"known":"' || known || '"', ',"outcome":"' || outcome || '"',
        $pass_digest, ',"site":', site_id, $subject_id, ',"type":"', type, '"', $visit_id, '}')
"""


def _given(column: str, member: str, *pieces: str) -> str:
    """A member of a column that may be empty. One call with many pieces: SQLite makes a new text for each `||`."""
    return f"""case when {column} is null then '' else concat(',"{member}":"', {", ".join(pieces)}, '"') end"""


def _dashed(column: str) -> tuple[str, ...]:
    """SQLite keeps a UUID as 32 hex digits. The last piece takes whatever more there is, so that it shows."""
    cuts = ("1, 8", "9, 4", "13, 4", "17, 4", "21")
    first, *rest = [f"substr({column}, {cut})" for cut in cuts]
    return first, *(part for piece in rest for part in ("'-'", piece))


EVENT_TEXT = {
    "sqlite": Template(EVENT).substitute(
        at="replace(substr(at, 1, 19), ' ', 'T'), nullif(substr(at, 20), '.000000'), '+00:00'",
        text="text",
        pass_digest=_given("pass_digest", "pass", "hex(pass_digest)"),
        subject_id=_given("subject_id", "subject", *_dashed("subject_id")),
        visit_id=_given("visit_id", "visit", *_dashed("visit_id")),
    ),
    "postgresql": Template(EVENT).substitute(
        at="""to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
            nullif(to_char(at at time zone 'UTC', '.US'), '.000000'), '+00:00'""",
        text="text",
        pass_digest=_given("pass_digest", "pass", "upper(encode(pass_digest, 'hex'))"),
        subject_id=_given("subject_id", "subject", "subject_id"),
        visit_id=_given("visit_id", "visit", "visit_id"),
    ),
}
NUMBERS = "select id from access_event where id > $after and id <= $until order by id"
EVENTS = "select id, $event as said from access_event where id > $after and id <= $until order by id limit $count"
PIECE_OF_EVENTS = {
    "sqlite": "select count(*), max(id), cast(group_concat(said, char(10)) as blob) from ($events)",
    "postgresql": """
        select count(*), max(id), string_agg(convert_to(said, 'UTF8'), '\\x0a'::bytea order by id)
        from ($events) as events
    """,
}
PIECE_OF_EVENTS = {
    dialect: Template(piece).substitute(events=Template(EVENTS).safe_substitute(event=EVENT_TEXT[dialect]))
    for dialect, piece in PIECE_OF_EVENTS.items()
}


def read(session: Session, statement: str, **numbers: int) -> Sequence[tuple[Any, ...]]:
    """All rows of one of the statements above. Only whole numbers are ever put into them."""
    cursor = session.connection().connection.cursor()
    try:
        cursor.execute(Template(statement).substitute({name: int(number) for name, number in numbers.items()}))
        return cursor.fetchall()
    finally:
        cursor.close()


def number(session: Session, statement: str) -> int:
    """The one number that a statement asks for; 0 where there is none."""
    return int(read(session, statement)[0][0] or 0)


def cosigned(session: Session) -> Sequence[tuple[Any, ...]]:
    """(kiosk, size, note) of heads that a kiosk signed and the record does not have."""
    return read(session, COSIGNED_ON[_dialect(session)])


@dataclass
class Numbers(Sequence[int]):
    """Whole numbers as the database joined them: read only where somebody asks which, because a whole record asks for nearly none."""

    text: str
    length: int
    _read: list[int] | None = None

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if self._read is None:
            self._read = [int(one) for one in self.text.split(",")]
        return self._read[place]


@dataclass(frozen=True, slots=True)
class Leaves:
    """A piece without a gap, every leaf with its entry; `hashes` and `own` are joined, 32 bytes each."""

    entries: Sequence[int]
    hashes: bytes
    own: bytes
    bodies: bytes
    lines: list[bytes]


def leaves(session: Session, first: int, end: int) -> Leaves | None:
    """Leaves `first` … `end`-1 at once; None where they are not as regular as that."""
    count, lowest, highest, entries, hashes, own, bodies = read(session, PIECE_OF_LEAVES[_dialect(session)], first=first, end=end)[0]
    regular = (count, lowest, highest) == (end - first, first, end - 1) and bodies is not None
    if not regular or len(hashes) != 32 * count or len(own) != 32 * count:
        return None
    lines = bodies.split(b"\n")
    return Leaves(Numbers(entries, count), hashes, own, bodies, lines) if len(lines) == count else None


@dataclass(frozen=True, slots=True)
class Events:
    """The next events, by number, each as its entry's text, one a line. `last` is the highest of their numbers."""

    session: Session
    after: int
    last: int = 0
    count: int = 0
    texts: bytes = b""

    @property
    def lines(self) -> list[bytes]:
        """The texts one by one."""
        return self.texts.split(b"\n") if self.count else []

    @property
    def numbers(self) -> list[int]:
        """Their numbers, read again: hardly ever asked for."""
        found = read(self.session, NUMBERS, after=self.after, until=self.last) if self.count else []
        return [one for (one,) in found]


def events(session: Session, *, after: int, until: int, count: int) -> Events:
    """At most `count` events above `after` and up to `until`."""
    found, last, texts = read(session, PIECE_OF_EVENTS[_dialect(session)], after=after, until=until, count=count)[0]
    if not found:
        return Events(session, after)
    if texts.count(b"\n") != found - 1:  # a line end within an event is none of ours: find it by halves
        if count > 1:
            return events(session, after=after, until=until, count=count // 2)
        texts = texts.replace(b"\n", b" ")
    return Events(session, after, last, found, texts)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
