"""Visits by the thousand, written set-based: asked for one by one they would take longer than what is measured."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, func, select

from access_log.crypto.codes import code_digest, short_code
from access_log.crypto.pass_token import PassPayload, digest, sign_pass
from access_log.db import transaction
from access_log.models import Pass, Presence, Visit, VisitArea, VisitOrder
from access_log.policy.actors import system
from access_log.policy.codes import HowKnown, Purpose, SubjectKind, VisitState
from access_log.runtime import utc_now
from access_log.services.bulk import NewPerson, register_many
from access_log.services.rows import insert_many
from bench.site import Site

AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Ready:
    """A visit's id and the digits of its QR code."""

    visit_id: UUID
    text: str


def visits(of: Site, number: int, *, inside: bool) -> list[Ready]:
    """Visits with a live pass whose notice was read. `inside`: admitted, with an open presence; else on their way."""
    made: list[Ready] = []
    while len(made) < number:
        with transaction(of.engine) as session:
            made += _Order(session, of, utc_now()).visits(min(AT_ONCE, number - len(made)), inside=inside)
    return made


@dataclass
class _Order:
    session: Session
    of: Site
    now: datetime

    def visits(self, number: int, *, inside: bool) -> list[Ready]:
        people = self._people(number)
        common = self._common()
        order = VisitOrder(**common, number=self._number(), nonce=uuid4().hex)
        self.session.add(order)
        self.session.flush()
        state, times = _INSIDE if inside else _COMING
        common |= {"order_id": order.id, "state": state, **dict.fromkeys(times, self.now)}
        common |= {"language": "zh-CN", "link_generation": 0, "notice_version": "default-1"}
        rows = [common | {"id": uuid4(), "place": place, "subject_id": each.subject_id} for place, each in enumerate(people, start=1)]
        insert_many(self.session, Visit, rows)
        area = {"area_id": self.of.cast.hall.id, "site_id": self.of.site_id}
        insert_many(self.session, VisitArea, [area | {"visit_id": row["id"]} for row in rows])
        if inside:
            insert_many(self.session, Presence, [area | _presence(row) for row in rows])
        return self._passes(rows)

    def _people(self, number: int) -> list[NewPerson]:
        customer_id = self.of.cast.nimbus.id or 0
        people = [NewPerson(customer_id, "张明", f"{uuid4().hex}@nimbus.example", "") for _ in range(number)]
        register_many(self.session, self.of.ring, people=people, kind=SubjectKind.VISIT, actor=system(self.of.site_id), now=self.now)
        return people

    def _common(self) -> dict[str, Any]:
        return {
            "site_id": self.of.site_id,
            "customer_id": self.of.cast.nimbus.id,
            "purpose": Purpose.REPAIR,
            "work_order": "WO-4711",
            "window_from": self.now.replace(microsecond=0) - timedelta(hours=1),
            "window_until": self.now + timedelta(hours=8),
            "requested_by": self.of.cast.lin.id,
            "created_at": self.now,
        }

    def _number(self) -> int:
        return (self.session.exec(select(func.max(VisitOrder.number))).one() or 1000) + 1

    def _passes(self, rows: list[dict[str, Any]]) -> list[Ready]:
        ready, columns = [], []
        for row in rows:
            minutes = int((row["window_until"] - row["window_from"]) / timedelta(minutes=1)) + 1
            payload = PassPayload(self.of.ring.pass_signing_key()[0], os.urandom(8), row["window_from"], minutes, self.of.site_id)
            columns.append(self._pass(row, payload))
            ready.append(Ready(row["id"], sign_pass(self.of.ring, payload)))
        insert_many(self.session, Pass, columns)
        return ready

    def _pass(self, row: dict[str, Any], payload: PassPayload) -> dict[str, Any]:
        pass_id = uuid4()
        return {
            "id": pass_id,
            "site_id": self.of.site_id,
            "visit_id": row["id"],
            "kid": payload.kid,
            "serial": payload.serial,
            "digest": digest(payload),
            "short_digest": code_digest(self.of.ring, short_code(self.of.ring, pass_id)),
            "valid_from": row["window_from"],
            "valid_until": row["window_until"],
            "issued_at": self.now,
        }


_COMING = VisitState.PASS_ISSUED, ("notice_read_at",)
_INSIDE = VisitState.ADMITTED, ("notice_read_at", "arrived_at", "checked_at", "entered_at")


def _presence(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "visit_id": row["id"],
        "customer_id": row["customer_id"],
        "person_id": row["subject_id"],
        "entered_at": row["entered_at"],
        "entered_known": HowKnown.SCAN,
    }
