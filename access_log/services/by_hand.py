"""Entries and exits that no kiosk recorded: a guard writes them, with a reason, how it is known, and no invented time.

What has happened is recorded even where the door would have said no: it is marked for the reviewers, never left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Area, Contact, Customer, Site, Subject, Template, Visit, VisitArea
from access_log.policy.actors import Actor
from access_log.policy.codes import Direction, DocumentType, EventType, HowKnown, Item, ManualReason, Outcome, VisitState
from access_log.policy.entry import PassFacts, ScanFacts, decide_scan
from access_log.services import agreements, badges, events, notices, passes, presence, vault
from access_log.services.manual_times import check_time
from access_log.services.messages import send

MAY_ENTER = frozenset({VisitState.PASS_ISSUED, VisitState.ID_PENDING, VisitState.EXITED})
FINE = frozenset({Outcome.ID_PENDING, Outcome.GRANTED})


@dataclass(frozen=True, slots=True)
class Written:
    """What a guard writes down: why no kiosk did, how it is known, and when it happened (aware, to the minute)."""

    reason: ManualReason
    known: HowKnown
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The identity check of an entry by hand. `notice_given`: the visitor has read the printed notice."""

    document: DocumentType
    badge: str = ""
    notice_given: bool = False


def areas_of(session: Session, visit: Visit) -> list[Area]:
    """The areas the visit was asked for."""
    statement = select(Area).join(VisitArea, col(VisitArea.area_id) == Area.id).where(VisitArea.visit_id == visit.id)
    return list(session.exec(statement.order_by(col(Area.code))).all())


def against(session: Session, *, visit: Visit, area_id: int, at: datetime) -> Outcome | None:
    """What the door would have said to this visit at that time, where it would have refused; None where it would have let in."""
    site = session.get_one(Site, visit.site_id)
    area = session.get_one(Area, area_id)
    known = PassFacts(
        valid_from=visit.window_from,
        valid_until=visit.window_until,
        revoked=passes.live_pass(session, visit=visit) is None,
        state=visit.state,
        customer=session.get_one(Customer, visit.customer_id).state,
        contact=session.get_one(Contact, visit.requested_by).state,
        early=timedelta(minutes=site.early_minutes),
        overstay=timedelta(minutes=site.overstay_minutes),
        notice_read=True,
        areas=frozenset(one.id or 0 for one in areas_of(session, visit)),
    )
    facts = ScanFacts(visit.site_id, area_id, area.closed, Direction.IN, site.zone, None, visit.site_id, known)
    outcome = decide_scan(facts, at).outcome
    return None if outcome in FINE else outcome


def enter(
    session: Session, ring: KeyRing, *, visit: Visit, area_id: int, written: Written, seen: Seen, guard: Actor, now: datetime
) -> None:
    """Write an entry. The identity was checked by looking, which `identity:attested` says.

    Raises ConflictError for a visit nobody may enter on (`visit_is_…`, `inside_already`), RefusedInputError for `at`, `area`,
    `notice` or `badge`.
    """
    agreements.refuse_without(session, guard)
    if visit.state not in MAY_ENTER:
        raise ConflictError(f"visit_is_{visit.state.value}")
    check_time(written.at, now=now)
    if area_id not in {one.id for one in areas_of(session, visit)}:
        raise RefusedInputError("area", "enum")
    broken = against(session, visit=visit, area_id=area_id, at=written.at)
    if visit.notice_read_at is None:
        if not seen.notice_given:
            raise RefusedInputError("notice", "notice_needed")
        notices.acknowledge(session, visit=visit, language=visit.language, where="desk", actor=guard, now=now)
    presence.enter(session, visit=visit, area_id=area_id, known=written.known, at=written.at)
    visit.checked_at = written.at
    badges.hand_out(session, visit=visit, badge=seen.badge, guard=guard, now=now)
    subject = session.get_one(Subject, visit.subject_id)
    vault.seal_item(session, ring, subject=subject, item=Item.DOCUMENT, value=json.dumps({"type": seen.document.value}), now=now)
    detail = {"reason": written.reason.value, "at": written.at.astimezone(UTC).isoformat()}
    looked = {"document": seen.document.value, "match": True}
    marked = {"against": broken.value} if broken else {}
    note = _Note(session, visit, written.known, guard, now)
    note.of(EventType.IDENTITY_ATTESTED, detail | looked)
    note.of(EventType.ENTRY_GRANTED, detail | marked, Outcome.GRANTED, Direction.IN)


def leave(session: Session, *, visit: Visit, written: Written, guard: Actor, now: datetime) -> None:
    """Write an exit. `known` unknown closes the visit without an exit time: none is invented (visit.md, Rules).

    Raises ConflictError("not_inside"), RefusedInputError("at", code).
    """
    open_one = presence.inside(session, visit)
    if open_one is None:
        raise ConflictError("not_inside")
    note = _Note(session, visit, written.known, guard, now)
    detail = {"reason": written.reason.value}
    if written.known is HowKnown.UNKNOWN:
        presence.leave(session, visit=visit, known=written.known, at=now)
        note.of(EventType.EXIT_CLOSED_UNKNOWN, detail)
        return
    check_time(written.at, now=now)
    if written.at + timedelta(minutes=1) <= open_one.entered_at:  # written to the minute: the same minute is not before it
        raise RefusedInputError("at", "before_entry")
    presence.leave(session, visit=visit, known=written.known, at=written.at)
    site = session.get_one(Site, visit.site_id)
    late = written.at - visit.window_until > timedelta(minutes=site.overstay_minutes)
    outcome = Outcome.OVERSTAY_EXIT if late else Outcome.EXITED
    note.of(EventType.EXIT_RECORDED, detail | {"at": written.at.astimezone(UTC).isoformat()}, outcome, Direction.OUT)
    send(session, visit=visit, template=Template.RECEIPT, now=now)


@dataclass(frozen=True, slots=True)
class _Note:
    """What all events of one writing have in common."""

    session: Session
    visit: Visit
    known: HowKnown
    guard: Actor
    now: datetime

    def of(self, kind: EventType, detail: Mapping[str, Any], outcome: Outcome | None = None, direction: Direction | None = None) -> None:
        events.record(
            self.session,
            kind,
            site_id=self.visit.site_id,
            now=self.now,
            actor=self.guard,
            visit=self.visit,
            outcome=outcome,
            direction=direction,
            known=self.known,
            detail=detail,
        )
