"""The record's part of a pack, read in short pieces, each in a snapshot of its own: what is sealed no longer changes."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from access_log.audit.scope import Scope
from access_log.crypto.checkpoint import hashes_text
from access_log.crypto.merkle import Frontier, prove_consistency
from access_log.db import reading
from access_log.errors import ConflictError
from access_log.models import AccessEvent, RecordCheckpoint, RecordCosignature, RecordEntry, RecordLeaf
from access_log.services import record_proofs
from access_log.services.record_proofs import Proven
from access_log.services.record_tree import StoredNodes
from access_log.services.rows import chunks

PIECE = 1000
"""Entries read at once: some milliseconds."""
HEADS = 200
"""Checkpoints between the first and the last, about: what was changed can be narrowed down to the stretch between two."""
AT_LEAST = 256


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as read: its place, its site, its text (empty where its time is over)."""

    index: int
    site_id: int
    body: bytes


def leaves(engine: Engine, scope: Scope) -> Iterator[bytes]:
    """The hashes of the stretch, a piece at a time. Raises ConflictError("record_damaged") at a gap."""
    place = col(RecordLeaf.leaf_index)
    for first, end in _pieces(scope.begin, scope.end, 8 * PIECE):
        with reading(engine) as session:
            rows = session.exec(select(RecordLeaf.hash).where(place >= first, place < end).order_by(place)).all()
        if len(rows) != end - first:
            raise ConflictError("record_damaged")
        yield b"".join(rows)


def lines(engine: Engine, begin: int, end: int) -> Iterator[list[Line]]:
    """Entries of a stretch with their texts, a piece at a time."""
    place = col(RecordLeaf.leaf_index)
    joined = select(place, RecordEntry.site_id, RecordEntry.body).join(RecordEntry, col(RecordEntry.id) == col(RecordLeaf.entry_id))
    for first, until in _pieces(begin, end, PIECE):
        with reading(engine) as session:
            rows = session.exec(joined.where(place >= first, place < until).order_by(place)).all()
        yield [Line(*row) for row in rows]


def _pieces(begin: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + size, end)) for first in range(begin, end, size))


def as_line(scope: Scope, line: Line, said: dict[str, Any]) -> bytes:
    """As it stands in entries.jsonl: its text, or why only its hash is given."""
    why = withheld(scope, line, said)
    content = {"withheld": why} if why else {"body": line.body.decode()}
    return json.dumps({"index": line.index, **content}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def withheld(scope: Scope, line: Line, said: dict[str, Any]) -> str:
    """Why only the hash of an entry is given; empty where its text is."""
    if not line.body:
        return "pruned"
    if line.site_id != scope.wanted.site_id:
        return "other_site"
    return "other_customer" if scope.wanted.customer_id not in (None, said.get("customer")) else ""


def notes(engine: Engine, scope: Scope) -> list[tuple[int, str]]:
    """(size, signed head), ascending: the first, the last, the newest and some between; with kiosks' signatures where there are any."""
    size, number = col(RecordCheckpoint.size), col(RecordCheckpoint.number)
    width = max((scope.end - scope.begin) // HEADS, AT_LEAST)
    with reading(engine) as session:
        within = select(func.max(number)).where(size > scope.begin, size <= scope.end).group_by(size // width)
        ends = select(func.max(number)).where(size.in_([scope.begin, scope.end, scope.size])).group_by(size)
        chosen = sorted({*session.exec(within).all(), *session.exec(ends).all()})
        found: dict[int, str] = {}
        for some in chunks(chosen):
            found |= dict(session.exec(select(RecordCheckpoint.size, RecordCheckpoint.note).where(number.in_(some)).order_by(number)).all())
        return sorted((found | _cosigned(session, scope)).items())


def _cosigned(session: Session, scope: Scope) -> dict[int, str]:
    size = col(RecordCosignature.size)
    fits = select(RecordCosignature.size, RecordCosignature.note).where(RecordCosignature.site_id == scope.wanted.site_id, size > 0)
    rows = session.exec(fits.where(size >= scope.begin, size <= scope.end).order_by(col(RecordCosignature.id).desc()).limit(HEADS)).all()
    return dict(reversed(rows))


def proofs(engine: Engine, scope: Scope) -> dict[str, Any]:
    """The tree's edge at the first checkpoint, and that the newest one begins with the first and the last (RFC 6962, RFC 9162)."""
    with reading(engine) as session:
        nodes = StoredNodes(session)
        edge = [digest for digest in Frontier.at(scope.begin, nodes).left if digest]
        old = {scope.begin, scope.end}
        return {
            "edge": hashes_text(edge),
            "consistency": {str(size): hashes_text(prove_consistency(nodes, size, scope.size)) for size in sorted(old)},
        }


def outside(engine: Engine, scope: Scope, visits: Collection[str]) -> Iterator[list[tuple[Proven, dict[str, Any]]]]:
    """The entries of these visits that stand before or after the stretch, in order, with what they say; a piece read, a list yielded."""
    wanted = set(visits)
    for begin, end in _around(engine, scope, wanted):
        for piece in lines(engine, begin, end):
            yield [(Proven(line.index, line.body, b""), said) for line in piece if (said := _of_one(line, wanted))]


def _of_one(line: Line, wanted: set[str]) -> dict[str, Any]:
    begin = line.body.find(b'"visit":"')
    if begin < 0 or line.body[begin + 9 : begin + 45].decode("ascii", "replace") not in wanted:
        return {}
    said = json.loads(line.body)
    return said if isinstance(said, dict) else {}


def _around(engine: Engine, scope: Scope, visits: set[str]) -> list[tuple[int, int]]:
    """The stretches before and after in which something may stand: from the visits' first event, and until their last."""
    with reading(engine) as session:
        first, last = _times(session, visits)
        if first is None or last is None:
            return []
        head = session.exec(select(RecordCheckpoint).order_by(col(RecordCheckpoint.number).desc()).limit(1)).one()
        begin, end = record_proofs.between(session, first, last, head)
    return [(min(begin, scope.begin), scope.begin), (scope.end, max(scope.end, min(end, scope.size)))]


def _times(session: Session, visits: set[str]) -> tuple[datetime | None, datetime | None]:

    times: list[datetime] = []
    for some in chunks(sorted(visits)):
        ids: Sequence[UUID] = [UUID(one) for one in some]
        found = select(func.min(AccessEvent.at), func.max(AccessEvent.at)).where(col(AccessEvent.visit_id).in_(ids))
        times += [moment for moment in session.exec(found).one() if moment is not None]
    return (min(times), max(times)) if times else (None, None)
