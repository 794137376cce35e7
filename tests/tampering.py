"""What somebody with the database's highest rights can do to the record: past triggers and grants, straight to the rows.

Each way of tampering takes an entry (or a head, an event, a kiosk) at random and says which findings name it.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Table, delete, insert, select, text, update
from sqlmodel import Session

from access_log.crypto.checkpoint import LogKeys, Note
from access_log.crypto.merkle import Frontier
from access_log.crypto.record import canonical_json, leaf_hash
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import (
    AccessEvent,
    Kiosk,
    RecordCheckpoint,
    RecordEntry,
    RecordLeaf,
    RecordNode,
    RecordPending,
)
from access_log.models.base import table
from access_log.policy.codes import ActorKind, Direction, EventType, HowKnown, Outcome
from access_log.sealing import seal_once
from access_log.services import bulk
from access_log.services.events import Fact, entry_body
from access_log.services.record_check import Finding, Known, RecordCheck, Result, Wrong
from tests.cast import Cast, make_cast
from tests.moments import NOON

EVENT, ENTRY, LEAF, NODE, HEAD, PENDING, KIOSK = (
    table(model) for model in (AccessEvent, RecordEntry, RecordLeaf, RecordNode, RecordCheckpoint, RecordPending, Kiosk)
)
TOUCHED = (PENDING, LEAF, NODE, HEAD, ENTRY, EVENT, KIOSK)
COLUMNS = [column.name for column in EVENT.columns]
STAFFED = (EventType.SITE_CHANGED, EventType.IDENTITY_REVEALED, EventType.REPORT_DOWNLOADED)


@contextmanager
def unguarded(engine: Engine) -> Iterator[Session]:
    """A transaction without triggers and foreign keys, as an owner or superuser may have it."""
    if engine.dialect.name == "postgresql":
        with transaction(engine) as session:
            session.execute(text("set local session_replication_role = replica"))
            yield session
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")  # the pragma does nothing within a transaction
        connection.exec_driver_sql("pragma foreign_keys = off")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        kept = connection.exec_driver_sql("select name, sql from sqlite_master where type = 'trigger'").all()
        for name, _sql in kept:
            connection.exec_driver_sql(f"drop trigger {name}")
        with Session(connection) as session:
            yield session
            session.flush()
            for _name, sql in kept:
                connection.exec_driver_sql(sql)
            connection.commit()
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("pragma foreign_keys = on")
        connection.exec_driver_sql("BEGIN")


def check(engine: Engine, ring: KeyRing, now: datetime, *known: Known, piece: int = 4096) -> Result:
    """One whole check."""
    made = RecordCheck(engine, LogKeys.of(ring), now=now, known=known, piece=piece)
    for _progress in made.pieces():
        pass
    return made.result


@dataclass
class Recorded:
    """A sealed record with everything in it, a few events that still wait, and the heads that somebody outside has seen."""

    engine: Engine
    ring: KeyRing
    cast: Cast
    now: datetime = NOON
    heads: list[Known] = field(default_factory=list)
    _rows: dict[Table, list[Any]] = field(default_factory=dict)

    @classmethod
    def make(cls, engine: Engine, ring: KeyRing, rng: random.Random, *, entries: int = 700) -> "Recorded":
        """Batches of one to sixty entries, two kiosks, one thing a second."""
        with transaction(engine) as session:
            cast = make_cast(session, ring)
            session.add(Kiosk(site_id=cast.site.id or 0, door_id=cast.cage_door.id or 0, code="K2"))
        made = cls(engine, ring, cast)
        made.seal()
        while entries > 0:
            batch = min(rng.randint(1, 60), entries)
            made.happen(rng, batch)
            made.seal()
            entries -= batch
        made.happen(rng, 5, kiosks_only=True)
        made._rows = made._read()
        return made

    def happen(self, rng: random.Random, count: int, *, kiosks_only: bool = False) -> None:
        """Scans at either kiosk, and acts of the staff."""
        with transaction(self.engine) as session:
            chains = {row.id: [row.sequence, row.last_hash] for row in session.execute(select(KIOSK)).all()}
            for _ in range(count):
                self.now += timedelta(seconds=1, microseconds=rng.choice((0, 17, 500_000)))
                if kiosks_only or rng.random() < 0.5:
                    self._scan(session, rng, chains)
                else:
                    detail = rng.choice(({}, {"purpose": "incident", "items": ["name"], "role": "auditor"}, {"run": str(uuid4())}))
                    site_id, customer = self.cast.site.id or 0, rng.choice((None, self.cast.nimbus.id))
                    kind, subject = rng.choice(STAFFED), rng.choice((None, uuid4()))
                    bulk.record_many(
                        session, [Fact(site_id, kind, self.now, ActorKind.STAFF, rng.randint(1, 5), subject, customer, detail)]
                    )
            for kiosk, (sequence, digest) in chains.items():
                session.execute(update(KIOSK).where(KIOSK.c.id == kiosk).values(sequence=sequence, last_hash=digest))

    def _scan(self, session: Session, rng: random.Random, chains: dict[int, list[Any]]) -> None:
        kiosk = rng.choice(sorted(chains))
        sequence, previous = chains[kiosk]
        granted = rng.random() < 0.8
        fact = Fact(
            self.cast.site.id or 0, EventType.ENTRY_GRANTED if granted else EventType.ENTRY_REFUSED, self.now, ActorKind.KIOSK, None,
            kiosk_id=kiosk, kiosk_seq=sequence + 1, nonce=uuid4().hex, door_id=self.cast.door.id, customer_id=self.cast.nimbus.id,
            subject_id=uuid4(), pass_digest=rng.choice((None, rng.randbytes(32))), direction=Direction.IN, known=HowKnown.SCAN,
            outcome=Outcome.GRANTED if granted else Outcome.TOO_EARLY,
        )  # fmt: skip
        body = entry_body(fact, previous=previous)
        chains[kiosk] = [sequence + 1, leaf_hash(body)]
        values = {name: getattr(fact, name) for name in COLUMNS if name != "id"}
        session.execute(insert(EVENT), [values])
        values = {"site_id": fact.site_id, "body": body, "leaf_hash": leaf_hash(body)}
        (entry,) = session.execute(insert(ENTRY).returning(ENTRY.c.id), [values]).all()
        session.execute(insert(PENDING), [{"entry_id": entry.id, "site_id": fact.site_id}])

    def seal(self) -> None:
        """Seal what waits; somebody outside sees the head."""
        while seal_once(self.engine, self.ring, self.now).count:
            pass
        with transaction(self.engine) as session:
            note = session.execute(select(HEAD.c.note).order_by(HEAD.c.number.desc()).limit(1)).scalar_one()
        self.heads.append(Known("report", note))

    def _read(self) -> dict[Table, list[Any]]:
        with transaction(self.engine) as session:
            return {each: [dict(row) for row in session.execute(select(each)).mappings()] for each in TOUCHED}

    def restore(self) -> None:
        """As it was made."""
        with unguarded(self.engine) as session:
            for each in TOUCHED:
                session.execute(delete(each))
            for each in reversed(TOUCHED):
                if self._rows[each]:
                    session.execute(insert(each), self._rows[each])

    def check(self, *known: Known, piece: int = 4096) -> Result:
        """One whole check, as of a second later."""
        return check(self.engine, self.ring, self.now + timedelta(seconds=1), *known, piece=piece)


@dataclass
class View:
    """The record as the attacker finds it."""

    session: Session
    rng: random.Random
    ring: KeyRing
    leaves: list[Any]
    heads: list[Any]

    @classmethod
    def of(cls, session: Session, rng: random.Random, ring: KeyRing) -> "View":
        joined = select(LEAF.c.leaf_index, LEAF.c.hash, ENTRY.c.id, ENTRY.c.body).join(ENTRY, ENTRY.c.id == LEAF.c.entry_id)
        leaves = list(session.execute(joined.order_by(LEAF.c.leaf_index)).all())
        return cls(session, rng, ring, leaves, list(session.execute(select(HEAD).order_by(HEAD.c.number)).all()))

    def any_leaf(self) -> Any:
        return self.rng.choice(self.leaves)

    def event_of(self, body: bytes) -> Any:
        """The event that an entry is about: rows go in step here."""
        number = next(place for place, leaf in enumerate(self.leaves) if leaf.body == body)
        return self.session.execute(select(EVENT).order_by(EVENT.c.id).offset(number).limit(1)).one()

    def set_entry(self, entry: int, **values: Any) -> None:
        self.session.execute(update(ENTRY).where(ENTRY.c.id == entry).values(**values))

    def set_leaf(self, index: int, **values: Any) -> None:
        self.session.execute(update(LEAF).where(LEAF.c.leaf_index == index).values(**values))

    def drop_leaves(self, first: int, *, entries: bool = True, events: bool = True) -> None:
        """The record from a leaf on, and what waits."""
        waiting = [row.entry_id for row in self.session.execute(select(PENDING.c.entry_id))]
        kept = self.leaves[:first]
        self.session.execute(delete(PENDING))
        self.session.execute(delete(LEAF).where(LEAF.c.leaf_index >= first))
        if entries:
            gone = [leaf.id for leaf in self.leaves[first:]] + waiting
            self.session.execute(delete(ENTRY).where(ENTRY.c.id.in_(gone)))
        if events:
            numbers = [row.id for row in self.session.execute(select(EVENT.c.id).order_by(EVENT.c.id))]
            self.session.execute(delete(EVENT).where(EVENT.c.id.in_(numbers[len(kept) :])))
        self.session.execute(delete(NODE).where(NODE.c.place >= first // 256))


Names = Callable[[Finding], bool]
Way = Callable[[View], Names]


def at_leaf(leaf: Any) -> Names:
    """A finding that names this entry, or a stretch of at most one batch that it lies in."""

    def names(finding: Finding) -> bool:
        if leaf.id in (finding.entry, finding.values.get("here")) or finding.leaf == leaf.leaf_index:
            return finding.code is not Wrong.NODE_EDITED
        if finding.code is Wrong.STRETCH_REWRITTEN and finding.leaf is not None:
            return finding.leaf <= leaf.leaf_index <= finding.facts["until"] < finding.leaf + 256
        if finding.code is Wrong.TRUNCATED:
            return bool(finding.facts["since"] <= leaf.leaf_index < finding.facts["size"])
        return False

    return names


def said(*codes: Wrong) -> Names:
    """A finding of one of these kinds."""
    return lambda finding: finding.code in codes


def changed(view: View, body: bytes) -> bytes:
    """The same entry with another time, outcome, or subject: still canonical JSON."""
    value = json.loads(body)
    choice = view.rng.choice(("at", "actor", "subject", "site"))
    other = {"at": "2026-11-23T00:00:00+00:00", "actor": "visitor", "subject": str(uuid4()), "site": 99}
    return canonical_json(value | {choice: other[choice]})


def edit_body(view: View) -> Names:
    leaf = view.any_leaf()
    at = view.rng.randrange(len(leaf.body))
    view.set_entry(leaf.id, body=leaf.body[:at] + bytes([leaf.body[at] ^ view.rng.randint(1, 255)]) + leaf.body[at + 1 :])
    return at_leaf(leaf)


def edit_body_and_its_hash(view: View) -> Names:
    leaf = view.any_leaf()
    body = changed(view, leaf.body)
    view.set_entry(leaf.id, body=body, leaf_hash=leaf_hash(body))
    return at_leaf(leaf)


def edit_body_hash_and_leaf(view: View) -> Names:
    leaf = view.any_leaf()
    body = changed(view, leaf.body)
    view.set_entry(leaf.id, body=body, leaf_hash=leaf_hash(body))
    view.set_leaf(leaf.leaf_index, hash=leaf_hash(body))
    return at_leaf(leaf)


def edit_everything_that_says_it(view: View) -> Names:
    """Entry, leaf and event tell the same new story: the best that anybody without the key can do."""
    leaf = view.any_leaf()
    event = view.event_of(leaf.body)
    body = canonical_json(json.loads(leaf.body) | {"actor": "visitor"})
    view.set_entry(leaf.id, body=body, leaf_hash=leaf_hash(body))
    view.set_leaf(leaf.leaf_index, hash=leaf_hash(body))
    view.session.execute(update(EVENT).where(EVENT.c.id == event.id).values(actor_kind=ActorKind.VISITOR))
    return at_leaf(leaf)


def edit_an_event(view: View) -> Names:
    leaf = view.any_leaf()
    event = view.event_of(leaf.body)
    values = view.rng.choice(
        (
            {"at": event.at - timedelta(hours=3)},
            {"type": EventType.MAIL_FAILED},
            {"actor_id": (event.actor_id or 0) + 70},
            {"subject_id": uuid4()},
            {"customer_id": (event.customer_id or 0) + 70},
            {"door_id": (event.door_id or 0) + 70},
            {"detail": {"another": 1}},
            {"outcome": Outcome.EXPIRED},
            {"pass_digest": b"z" * 32},
        )
    )
    view.session.execute(update(EVENT).where(EVENT.c.id == event.id).values(**values))
    return at_leaf(leaf)


def edit_a_leaf(view: View) -> Names:
    leaf = view.any_leaf()
    view.set_leaf(leaf.leaf_index, hash=view.rng.randbytes(32))
    return at_leaf(leaf)


def edit_an_entrys_hash(view: View) -> Names:
    leaf = view.any_leaf()
    view.set_entry(leaf.id, leaf_hash=view.rng.randbytes(32))
    return at_leaf(leaf)


def edit_a_node(view: View) -> Names:
    node = view.rng.choice(view.session.execute(select(NODE)).all())
    view.session.execute(update(NODE).where(NODE.c.place == node.place).values(hash=view.rng.randbytes(32)))
    return lambda finding: finding.code is Wrong.NODE_EDITED and finding.facts["place"] == node.place


def edit_a_head(view: View) -> Names:
    head = view.rng.choice(view.heads)
    at = view.rng.randrange(len(head.note))
    other = view.rng.choice([letter for letter in "AZaz09+/" if letter != head.note[at]])
    values = view.rng.choice(({"note": head.note[:at] + other + head.note[at + 1 :]}, {"size": head.size + 1}))
    view.session.execute(update(HEAD).where(HEAD.c.number == head.number).values(**values))
    return lambda finding: finding.facts.get("head") == head.number


def edit_a_kiosk(view: View) -> Names:
    kiosk = view.rng.choice(view.session.execute(select(KIOSK)).all())
    values = view.rng.choice(({"sequence": kiosk.sequence - 1}, {"last_hash": b"z" * 32}))
    view.session.execute(update(KIOSK).where(KIOSK.c.id == kiosk.id).values(**values))
    return lambda finding: finding.code is Wrong.KIOSK_CUT and finding.facts["kiosk"] == kiosk.id


def empty_a_body(view: View) -> Names:
    leaf = view.any_leaf()
    view.set_entry(leaf.id, body=b"")
    return at_leaf(leaf)


def delete_an_event(view: View) -> Names:
    leaf = view.any_leaf()
    view.session.execute(delete(EVENT).where(EVENT.c.id == view.event_of(leaf.body).id))
    return at_leaf(leaf)


def invent_an_event(view: View) -> Names:
    like = dict(view.session.execute(select(EVENT).order_by(EVENT.c.id.desc()).limit(1)).mappings().one())
    like |= {"id": like["id"] + 1, "nonce": uuid4().hex, "at": NOON - timedelta(days=view.rng.randint(1, 99))}
    view.session.execute(insert(EVENT), [like])
    return lambda finding: finding.code is Wrong.EVENT_UNRECORDED and finding.facts["event"] == like["id"]


def delete_an_entry(view: View) -> Names:
    leaf = view.any_leaf()
    view.session.execute(delete(ENTRY).where(ENTRY.c.id == leaf.id))
    return at_leaf(leaf)


def delete_a_leaf(view: View) -> Names:
    leaf = view.any_leaf()
    view.session.execute(delete(LEAF).where(LEAF.c.leaf_index == leaf.leaf_index))
    last = leaf.leaf_index == len(view.leaves) - 1
    return said(Wrong.TRUNCATED, Wrong.ENTRY_NEVER_SEALED) if last else at_leaf(leaf)


def delete_all_of_one(view: View) -> Names:
    leaf = view.rng.choice(view.leaves[:-1])
    view.session.execute(delete(EVENT).where(EVENT.c.id == view.event_of(leaf.body).id))
    view.session.execute(delete(LEAF).where(LEAF.c.leaf_index == leaf.leaf_index))
    view.session.execute(delete(ENTRY).where(ENTRY.c.id == leaf.id))
    return at_leaf(leaf)


def delete_all_of_one_and_close_the_gap(view: View) -> Names:
    leaf = view.rng.choice(view.leaves[:-1])
    delete_all = view.session.execute
    delete_all(delete(EVENT).where(EVENT.c.id == view.event_of(leaf.body).id))
    delete_all(delete(LEAF).where(LEAF.c.leaf_index == leaf.leaf_index))
    delete_all(delete(ENTRY).where(ENTRY.c.id == leaf.id))
    for later in view.leaves[leaf.leaf_index + 1 :]:
        view.set_leaf(later.leaf_index, leaf_index=later.leaf_index - 1)
    chained = b'"kiosk_seq"' in leaf.body
    return lambda finding: at_leaf(leaf)(finding) or (chained and finding.code in (Wrong.KIOSK_GAP, Wrong.KIOSK_CUT, Wrong.KIOSK_CHAIN))


def delete_a_head(view: View) -> Names:
    head = view.rng.choice(view.heads[:-1])
    view.session.execute(delete(HEAD).where(HEAD.c.number == head.number))
    return lambda finding: finding.code is Wrong.HEAD_REMOVED and finding.facts["head"] == head.number


def take_one_out_before_it_is_sealed(view: View) -> Names:
    """Of the events that wait, a kiosk's: entry, pending row and event, all gone."""
    waiting = view.session.execute(select(PENDING.c.entry_id).order_by(PENDING.c.entry_id)).scalars().all()
    place = view.rng.randrange(len(waiting))
    numbers = view.session.execute(select(EVENT.c.id).order_by(EVENT.c.id)).scalars().all()
    view.session.execute(delete(EVENT).where(EVENT.c.id == numbers[len(view.leaves) + place]))
    view.session.execute(delete(PENDING).where(PENDING.c.entry_id == waiting[place]))
    view.session.execute(delete(ENTRY).where(ENTRY.c.id == waiting[place]))
    return said(Wrong.KIOSK_GAP, Wrong.KIOSK_CUT)


def keep_one_from_being_sealed(view: View) -> Names:
    waiting = view.session.execute(select(PENDING.c.entry_id)).scalars().all()
    entry = view.rng.choice(waiting)
    view.session.execute(delete(PENDING).where(PENDING.c.entry_id == entry))
    return lambda finding: finding.code is Wrong.ENTRY_NEVER_SEALED and finding.entry == entry


def edit_one_that_waits(view: View) -> Names:
    entry = view.rng.choice(view.session.execute(select(PENDING.c.entry_id)).scalars().all())
    body = view.session.execute(select(ENTRY.c.body).where(ENTRY.c.id == entry)).scalar_one()
    other = changed(view, body)
    values: dict[str, Any] = view.rng.choice(({"body": other}, {"body": other, "leaf_hash": leaf_hash(other)}))
    view.set_entry(entry, **values)
    return lambda finding: finding.entry == entry or finding.code is Wrong.KIOSK_CUT


def two(view: View) -> tuple[Any, Any]:
    one, other = sorted(view.rng.sample(view.leaves, 2), key=lambda leaf: leaf.leaf_index)
    return one, other


def either(one: Any, other: Any) -> Names:
    return lambda finding: at_leaf(one)(finding) or at_leaf(other)(finding)


def swap_bodies(view: View) -> Names:
    one, other = two(view)
    view.set_entry(one.id, body=other.body, leaf_hash=other.hash)
    view.set_entry(other.id, body=one.body, leaf_hash=one.hash)
    return either(one, other)


def swap_entries_of_leaves(view: View) -> Names:
    one, other = two(view)
    _swap_leaves(view, one, other, hashes=False)
    return either(one, other)


def swap_leaves(view: View) -> Names:
    one, other = two(view)
    _swap_leaves(view, one, other, hashes=True)
    return either(one, other)


def _swap_leaves(view: View, one: Any, other: Any, *, hashes: bool) -> None:
    view.set_leaf(one.leaf_index, entry_id=-1)
    view.set_leaf(other.leaf_index, entry_id=one.id, **({"hash": one.hash} if hashes else {}))
    view.set_leaf(one.leaf_index, entry_id=other.id, **({"hash": other.hash} if hashes else {}))


def swap_events(view: View) -> Names:
    one, other = two(view)
    first, second = view.event_of(one.body), view.event_of(other.body)
    for mine, theirs in ((first, second.at), (second, first.at)):
        view.session.execute(update(EVENT).where(EVENT.c.id == mine.id).values(at=theirs))
    return either(one, other)


def cut_the_end_off(view: View) -> Names:
    first = len(view.leaves) - view.rng.randint(1, 40)
    view.drop_leaves(first, entries=view.rng.random() < 0.7, events=view.rng.random() < 0.7)
    return lambda finding: finding.code is Wrong.TRUNCATED and finding.leaf == first


def cut_the_heads_off(view: View) -> Names:
    keep = view.rng.randint(1, len(view.heads) - 1)
    view.session.execute(delete(HEAD).where(HEAD.c.number > keep))
    size = view.heads[keep - 1].size
    return lambda finding: finding.code is Wrong.LEAF_UNSIGNED and finding.leaf == size


def roll_back(view: View) -> Names:
    """Everything as it was at an earlier head, kiosks and all, as from a backup: only somebody outside can know."""
    keep = view.rng.randint(1, len(view.heads) - 1)
    size = view.heads[keep - 1].size
    view.session.execute(delete(HEAD).where(HEAD.c.number > keep))
    view.drop_leaves(size)
    _rewind_kiosks(view, view.leaves[:size])
    return lambda finding: finding.code is Wrong.ROLLED_BACK and finding.leaf == size


def fork(view: View) -> Names:
    """History from some entry on told anew and signed again, with the key: only somebody outside can know."""
    leaf = view.any_leaf()
    told = [*view.leaves]
    body = canonical_json(json.loads(leaf.body) | {"n": "A" * 22})
    view.set_entry(leaf.id, body=body, leaf_hash=leaf_hash(body))
    view.set_leaf(leaf.leaf_index, hash=leaf_hash(body))
    hashes = [leaf_hash(body) if one is leaf else one.hash for one in told]
    keys = LogKeys.of(view.ring)
    tree = Frontier()
    view.session.execute(delete(NODE))
    for head in view.heads:
        complete = tree.extend(hashes[tree.size : head.size])
        if complete:
            nodes = [{"level": level, "place": place, "hash": digest} for level, place, digest in complete]
            view.session.execute(insert(NODE), nodes)
        at = keys.check(Note.parse(head.note)).at
        note = str(keys.sign(size=head.size, root=tree.root(), now=at))
        view.session.execute(update(HEAD).where(HEAD.c.number == head.number).values(note=note))
    return said(Wrong.FORKED)


def _rewind_kiosks(view: View, kept: Sequence[Any]) -> None:
    ends: dict[int, tuple[int, bytes]] = {}
    for leaf in kept:
        body = json.loads(leaf.body)
        if "kiosk_seq" in body:
            ends[body["kiosk"]] = (body["kiosk_seq"], leaf.hash)
    for kiosk in view.session.execute(select(KIOSK.c.id)).scalars().all():
        sequence, digest = ends.get(kiosk, (0, b""))
        view.session.execute(update(KIOSK).where(KIOSK.c.id == kiosk).values(sequence=sequence, last_hash=digest))


WAYS: dict[str, tuple[Way, ...]] = {
    "edit": (
        edit_body, edit_body_and_its_hash, edit_body_hash_and_leaf, edit_everything_that_says_it, edit_an_event, edit_a_leaf,
        edit_an_entrys_hash, edit_a_node, edit_a_head, edit_a_kiosk, empty_a_body, edit_one_that_waits,
    ),
    "delete": (
        delete_an_event, delete_an_entry, delete_a_leaf, delete_all_of_one, delete_all_of_one_and_close_the_gap, delete_a_head,
        take_one_out_before_it_is_sealed, keep_one_from_being_sealed, invent_an_event,
    ),
    "reorder": (swap_bodies, swap_entries_of_leaves, swap_leaves, swap_events),
    "truncate": (cut_the_end_off, cut_the_heads_off),
    "roll back": (roll_back,),
    "fork": (fork,),
}  # fmt: skip


def tamper(recorded: Recorded, rng: random.Random, way: Way) -> tuple[list[Finding], list[Finding]]:
    """Tamper in one way and put everything right again. Returns what the check found, and which of it names what was done."""
    with unguarded(recorded.engine) as session:
        names = way(View.of(session, rng, recorded.ring))
    try:
        findings = recorded.check(recorded.heads[-1]).findings
    finally:
        recorded.restore()
    return findings, [finding for finding in findings if names(finding)]
