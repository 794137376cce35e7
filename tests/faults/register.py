"""A site whose doors and desks many people use at once, and what must be true of its record afterwards."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlmodel import col, select

from access_log.crypto.record import leaf_hash
from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import ConflictError
from access_log.models import AccessEvent, Kiosk, Presence, RecordEntry, Visit
from access_log.policy.attest import Look
from access_log.policy.codes import Direction, DocumentType, EventType, Outcome, VisitState
from access_log.services import checks, kiosks, passes
from access_log.services.scans import read_code, record_scans
from tests.cast import Cast, as_staff, make_cast, with_pass
from tests.faults.crowd import at_once
from tests.moments import NOON

Opened = Callable[[Engine], Any]


class Recorded:
    """What the register says. Each method lists what is not as it must be; an empty list is good."""

    def __init__(self, engine: Engine, kiosk_ids: list[int]) -> None:
        self.engine, self.kiosks = engine, kiosk_ids

    def wrong_with_arrival(self, visit_id: UUID, answers: list[Any]) -> list[str]:
        """After everybody scanned a good pass: all are sent to the desk, one of them arrived."""
        found = [f"answered {answer!r}" for answer in answers if answer != Outcome.ID_PENDING]
        events = self._events(visit_id, EventType.ARRIVAL_RECORDED, EventType.SCAN_REPEATED)
        arrivals = [event for event in events if event.type is EventType.ARRIVAL_RECORDED]
        if len(arrivals) != 1:
            found.append(f"{len(arrivals)} arrivals")
        if len(events) != len(answers):
            found.append(f"{len(events)} events for {len(answers)} scans")
        return found + self.wrong_with_record()

    def wrong_with_presence(self, visit_id: UUID, answers: list[Any], *, wanted: int) -> list[str]:
        """After everybody let the visitor in: `wanted` of the answers may say so, the others that somebody was faster."""
        granted = [answer for answer in answers if answer == Outcome.GRANTED]
        others = {answer for answer in answers if answer != Outcome.GRANTED}
        found = [] if len(granted) == wanted else [f"{len(granted)} let in"]
        found += [f"answered {answer!r}" for answer in others if answer != "already_answered"]
        entries = self._events(visit_id, EventType.ENTRY_GRANTED)
        if len(entries) != 1:
            found.append(f"{len(entries)} entries")
        with transaction(self.engine) as session:
            inside = session.exec(select(Presence).where(Presence.visit_id == visit_id, col(Presence.left_at).is_(None))).all()
        return found if len(inside) == 1 else [*found, f"{len(inside)} presences"]

    def wrong_with_record(self) -> list[str]:
        """Each kiosk counts its scans without a gap, and each of its entries names the one before."""
        found = []
        with transaction(self.engine) as session:
            bodies = {leaf_hash(entry.body): json.loads(entry.body) for entry in session.exec(select(RecordEntry)).all()}
            for kiosk in session.exec(select(Kiosk).where(col(Kiosk.id).in_(self.kiosks))).all():
                numbers = select(AccessEvent.kiosk_seq).where(AccessEvent.kiosk_id == kiosk.id).order_by(col(AccessEvent.kiosk_seq))
                counted = list(session.exec(numbers).all())
                if counted != list(range(1, kiosk.sequence + 1)):
                    found.append(f"kiosk {kiosk.id} counted {counted} up to {kiosk.sequence}")
                if _linked(bodies, kiosk.last_hash) != kiosk.sequence:
                    found.append(f"the record of kiosk {kiosk.id} has a gap")
        return found

    def _events(self, visit_id: UUID, *types: EventType) -> list[AccessEvent]:
        with transaction(self.engine) as session:
            return list(session.exec(select(AccessEvent).where(AccessEvent.visit_id == visit_id, col(AccessEvent.type).in_(types))).all())


def _linked(bodies: dict[bytes, dict[str, Any]], last: bytes) -> int:
    """How many entries hang together, back from the last one."""
    seen = 0
    while last in bodies:
        seen += 1
        last = base64.b64decode(bodies[last].get("kiosk_prev", "") + "==")
    return seen


class Register(Recorded):
    """One site at noon with two kiosks at one door; every act through the services, each in a transaction that `opened` opens."""

    def __init__(self, engine: Engine, ring: KeyRing, opened: Opened = transaction) -> None:
        self.ring, self.opened = ring, opened
        with transaction(engine) as session:
            self.cast: Cast = make_cast(session, ring)
            beside = kiosks.add(
                session, site_id=self.cast.site.id or 0, door_id=self.cast.door.id or 0, code="K2", direction=Direction.BOTH,
                actor=as_staff(self.cast.admin), now=NOON,
            )  # fmt: skip
        super().__init__(engine, [self.cast.kiosk.id or 0, beside.id or 0])

    def coming(self, *, checked_at: datetime | None = None, state: VisitState = VisitState.PASS_ISSUED) -> tuple[UUID, str]:
        """A visit whose pass is good now, and the digits of the pass."""
        with transaction(self.engine) as session:
            (visit,) = with_pass(session, self.ring, self.cast)
            visit.checked_at, visit.state = checked_at, state
            live = passes.live_pass(session, visit=visit)
            assert live is not None
            return visit.id, passes.token_of(self.ring, live)

    def scan(self, kiosk: int, digits: str) -> Outcome:
        read = read_code(self.ring, kiosk_id=kiosk, nonce=str(uuid4()), text=digits, typed=False)
        with self.opened(self.engine) as session:
            return record_scans(session, [read], NOON)[0].outcome

    def scanned_by(self, crowd: int, digits: str, at: list[int]) -> list[Outcome | Exception]:
        """Many scans of one pass at these kiosks."""
        return at_once([partial(self.scan, at[place % len(at)], digits) for place in range(crowd)])

    def attest(self, visit_id: UUID) -> Outcome | str:
        look = Look(of_age=True, mismatch=None)
        try:
            with self.opened(self.engine) as session:
                return checks.attest(
                    session, self.ring, visit_id=visit_id, look=look, document=DocumentType.PASSPORT, badge="",
                    guard=as_staff(self.cast.mei), now=NOON,
                )  # fmt: skip
        except ConflictError as error:
            return error.code

    def attested_by(self, guards: int, visit_id: UUID) -> list[Outcome | str | Exception]:
        return at_once([partial(self.attest, visit_id)] * guards)

    def free(self, visit_id: UUID) -> None:
        """Nobody is inside any more: the next round may begin."""
        with transaction(self.engine) as session:
            session.get_one(Visit, visit_id).state = VisitState.CANCELLED
            for row in session.exec(select(Presence).where(Presence.visit_id == visit_id)).all():
                session.delete(row)
