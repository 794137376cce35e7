"""The identity check at the desk: the guard looks at the document, the register records what came of it and no number."""

import json
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Kiosk, Subject, Visit
from access_log.policy.actors import Actor
from access_log.policy.attest import Look, Verdict, decide_attest
from access_log.policy.codes import Direction, DocumentType, EventType, HowKnown, Item, Mismatch, Outcome, RevealPurpose, VisitState
from access_log.policy.documents import read_resident_number
from access_log.services import agreements, badges, events, identity, minors, presence, vault, visits
from access_log.services.identity import Person


def open_check(session: Session, ring: KeyRing, *, visit: Visit, guard: Actor, now: datetime) -> Person:
    """The name, for this check only: recorded, and visible to the visitor. Raises ConflictError("already_answered")."""
    if visit.state is not VisitState.ID_PENDING:
        raise ConflictError("already_answered")
    return identity.reveal_one(
        session, ring, subject_id=visit.subject_id, items=[Item.NAME], purpose=RevealPurpose.IDENTITY_CHECK, actor=guard, now=now
    )


def attest(
    session: Session, ring: KeyRing, *, visit_id: UUID, look: Look, document: DocumentType, badge: str, guard: Actor, now: datetime
) -> Outcome:
    """Record the guard's look at the document; a match admits the visitor and opens their presence.

    A mismatch is a recorded outcome, not an exception: the pass stays valid. A minor is erased at once.
    Raises ConflictError("already_answered") where another guard was faster, ("inside_already") where the person is inside,
    RefusedInputError("badge", "badge_out") where somebody else has that badge.
    """
    visit = visits.get(session, visit_id, site_id=guard.site_id)
    agreements.refuse_without(session, guard)
    if visit.state is not VisitState.ID_PENDING:
        raise ConflictError("already_answered")
    verdict = decide_attest(look)
    if verdict.erases:
        minors.turn_away(session, visit=visit, actor=guard, now=now)
        return verdict.outcome
    detail = _seen(look, document)
    events.record(session, EventType.IDENTITY_ATTESTED, site_id=visit.site_id, now=now, actor=guard, visit=visit, detail=detail)
    if verdict.admitted:
        _admit(session, ring, visit=visit, document=document, badge=badge, guard=guard, now=now)
    else:
        visit.state = VisitState.PASS_ISSUED
        session.add(visit)
    _note(session, visit=visit, verdict=verdict, guard=guard, now=now)
    return verdict.outcome


def _seen(look: Look, document: DocumentType) -> dict[str, object]:
    """What the record says about the look. Where there was no document, no kind of one is named."""
    if look.mismatch is None:
        return {"document": document.value, "match": True}
    shown = {} if look.mismatch is Mismatch.NO_DOCUMENT else {"document": document.value}
    return {**shown, "match": False, "why": look.mismatch.value}


def gone(session: Session, *, visit_id: UUID, guard: Actor, now: datetime) -> None:
    """Whoever waited has left before anybody looked: recorded as a check that never took place; the pass stays valid.

    Raises ConflictError("already_answered").
    """
    visit = visits.get(session, visit_id, site_id=guard.site_id)
    if visit.state is not VisitState.ID_PENDING:
        raise ConflictError("already_answered")
    visit.state = VisitState.PASS_ISSUED
    session.add(visit)
    session.flush()
    events.record(
        session,
        EventType.ENTRY_REFUSED,
        site_id=visit.site_id,
        now=now,
        actor=guard,
        visit=visit,
        outcome=Outcome.ID_PENDING,
        direction=Direction.IN,
        known=HowKnown.GUARD_SAW,
        detail={"why": "left_before_check"},
    )


def _admit(session: Session, ring: KeyRing, *, visit: Visit, document: DocumentType, badge: str, guard: Actor, now: datetime) -> None:
    kiosk = session.get(Kiosk, visit.arrived_kiosk_id) if visit.arrived_kiosk_id else None
    if kiosk is None:
        raise ConflictError("already_answered")
    presence.enter(session, visit=visit, area_id=presence.area_of_door(session, kiosk.door_id), known=HowKnown.SCAN, at=now)
    visit.checked_at = now
    subject = session.get_one(Subject, visit.subject_id)
    vault.seal_item(session, ring, subject=subject, item=Item.DOCUMENT, value=json.dumps({"type": document.value}), now=now)
    session.add(visit)
    badges.hand_out(session, visit=visit, badge=badge, guard=guard, now=now)
    session.flush()


def _note(session: Session, *, visit: Visit, verdict: Verdict, guard: Actor, now: datetime) -> None:
    events.record(
        session,
        verdict.event,
        site_id=visit.site_id,
        now=now,
        actor=guard,
        visit=visit,
        outcome=verdict.outcome,
        direction=Direction.IN,
        known=HowKnown.GUARD_SAW,
    )


def check_number(number: str, *, now: datetime, zone: str) -> bool:
    """Whether a resident identity number is well-formed and its bearer of age today. The number is dropped here.

    Raises RefusedInputError("number", "not_a_number") where it cannot be one.
    """
    reading = read_resident_number(number, now.astimezone(ZoneInfo(zone)).date())
    if not reading.well_formed:
        raise RefusedInputError("number", "not_a_number")
    return reading.of_age
