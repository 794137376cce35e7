"""A record of any length, as a site writes it: scans in their kiosks' chains and acts of the staff, all of it sealed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from access_log.crypto.record import leaf_hash
from access_log.db import transaction
from access_log.models import Kiosk
from access_log.policy.codes import ActorKind, Direction, EventType, HowKnown, Outcome
from access_log.runtime import utc_now
from access_log.sealing import seal_all
from access_log.services.events import Fact, entry_body
from access_log.services.rows import store_facts
from bench.people import visits
from bench.site import Site

AT_ONCE = 4096
SCANS = 0.5
"""So many of all entries are a kiosk's."""
KIOSKS = 12
VISITS = 500
ACTS = (EventType.VISIT_APPROVED, EventType.IDENTITY_REVEALED, EventType.REPORT_DOWNLOADED, EventType.PASS_ISSUED)
DETAILS: tuple[dict[str, Any], ...] = (
    {},
    {"purpose": "check", "items": ["name", "document"], "role": "guard"},
    {"order": 4711, "areas": [1, 2], "hours": 8},
)


@dataclass
class History:
    """Written piece by piece, a second from one thing to the next. The same numbers every time."""

    of: Site
    chains: dict[int, tuple[int, bytes]]
    visits: list[UUID]
    rng: random.Random = field(default_factory=lambda: random.Random(4711))
    entries: int = 0

    @classmethod
    def begin(cls, of: Site) -> "History":
        """With kiosks of its own."""
        of.add_kiosks(KIOSKS)
        chains = {kiosk_id: (0, b"") for kiosk_id, _credential in of.kiosks}
        return cls(of, chains, [ready.visit_id for ready in visits(of, VISITS, inside=True)])

    def write(self, entries: int) -> None:
        """So many more entries, sealed 256 at a time."""
        began = utc_now() - timedelta(seconds=entries)
        while entries > 0:
            count = min(AT_ONCE, entries)
            with transaction(self.of.engine) as session:
                facts, bodies = zip(*self._things(count, began), strict=True)
                store_facts(session, facts, bodies)
                self._store_chains(session)
            seal_all(self.of.engine, self.of.ring, utc_now())
            began, entries, self.entries = began + timedelta(seconds=count), entries - count, self.entries + count

    def _things(self, count: int, began: Any) -> Iterator[tuple[Fact, bytes]]:
        for place in range(count):
            now = began + timedelta(seconds=place)
            if self.rng.random() < SCANS:
                yield self._scan(now)
            else:
                made = self._act(now)
                yield made, entry_body(made)

    def _act(self, now: Any) -> Fact:
        customer, detail = self.of.cast.nimbus.id, self.rng.choice(DETAILS)
        kind, who = self.rng.choice(ACTS), self.rng.randint(1, 5)
        return Fact(self.of.site_id, kind, now, ActorKind.STAFF, who, self._id(), customer, detail, self.rng.choice(self.visits))

    def _scan(self, now: Any) -> tuple[Fact, bytes]:
        kiosk = self.rng.choice(list(self.chains))
        sequence, previous = self.chains[kiosk]
        customer, visit = self.of.cast.nimbus.id, self.rng.choice(self.visits)
        made = Fact(
            self.of.site_id, EventType.ENTRY_GRANTED, now, ActorKind.KIOSK, kiosk, self._id(), customer, {}, visit,
            door_id=self.of.cast.door.id, kiosk_id=kiosk, kiosk_seq=sequence + 1, nonce=str(self._id()),
            pass_digest=self.rng.randbytes(32), outcome=Outcome.GRANTED, direction=Direction.IN, known=HowKnown.SCAN,
        )  # fmt: skip
        body = entry_body(made, previous=previous)
        self.chains[kiosk] = (sequence + 1, leaf_hash(body))
        return made, body

    def _id(self) -> UUID:
        return UUID(bytes=self.rng.randbytes(16), version=4)

    def _store_chains(self, session: Session) -> None:
        for kiosk in session.exec(select(Kiosk).where(Kiosk.id.in_(self.chains))):  # type: ignore[union-attr]
            kiosk.sequence, kiosk.last_hash = self.chains[kiosk.id or 0]
            session.add(kiosk)
