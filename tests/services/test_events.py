"""Every event with its record entry, in one transaction, without anybody in it."""

import json

from sqlalchemy import Engine, func
from sqlmodel import Session, select

from access_log.crypto.record import canonical_json, leaf_hash
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import AccessEvent, RecordEntry, RecordPending
from access_log.policy.codes import Direction, EventType, HowKnown, Outcome
from access_log.services import events
from tests.cast import Cast, as_staff, make_cast, with_pass
from tests.moments import NOON


def counted(session: Session) -> tuple[int, int, int]:
    return tuple(session.exec(select(func.count()).select_from(table)).one() for table in (AccessEvent, RecordEntry, RecordPending))  # type: ignore[return-value]


def body_of(session: Session, event: AccessEvent) -> dict[str, object]:
    newest = session.exec(select(RecordEntry).order_by(RecordEntry.id.desc())).first()  # type: ignore[union-attr]
    assert newest is not None
    assert newest.leaf_hash == leaf_hash(newest.body)
    body = json.loads(newest.body)
    assert newest.body == canonical_json(body), "an auditor who writes it again gets the same bytes"
    return body  # type: ignore[no-any-return]


def test_an_event_and_its_entry_say_the_same(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    event = events.record(
        session,
        EventType.ENTRY_GRANTED,
        site_id=cast.site.id or 0,
        now=NOON,
        actor=as_staff(cast.mei),
        visit=visit,
        door_id=cast.door.id,
        outcome=Outcome.GRANTED,
        direction=Direction.IN,
        known=HowKnown.GUARD_SAW,
        detail={"badge": "V07"},
    )
    body = body_of(session, event)
    assert body.pop("n")
    assert body == {
        "type": "entry:granted",
        "at": "2026-11-24T04:00:00+00:00",
        "site": cast.site.id,
        "customer": cast.nimbus.id,
        "door": cast.door.id,
        "visit": str(visit.id),
        "subject": str(visit.subject_id),
        "outcome": "granted",
        "direction": "in",
        "known": "guard_saw",
        "actor": "staff",
        "actor_id": cast.mei.id,
        "detail": {"badge": "V07"},
    }
    assert (event.subject_id, event.customer_id) == (visit.subject_id, visit.customer_id)


def test_the_same_event_twice_has_two_hashes_nobody_can_guess(session: Session, cast: Cast) -> None:
    hashes = set()
    for _ in range(2):
        event = events.record(session, EventType.KEY_CREATED, site_id=cast.site.id or 0, now=NOON)
        hashes.add(leaf_hash(events.entry_body(event)))
        hashes.add(leaf_hash(events.entry_body(event)))
    assert len(hashes) == 4


def test_event_entry_and_pending_row_are_written_together_or_not_at_all(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        before = counted(session)
        assert len(set(before)) == 1
    with transaction(engine) as session:
        events.record(session, EventType.KEY_CREATED, site_id=cast.site.id or 0, now=NOON)
        assert counted(session) == tuple(number + 1 for number in before)
        session.rollback()
    with transaction(engine) as session:
        assert counted(session) == before
