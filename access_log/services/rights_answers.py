"""Answers of the rights desk: what the register does by itself once the person is verified, and what the privacy officer decides."""

import json
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError
from access_log.models import Contact, RightsRequest, Site, Subject, Template, VaultItem, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import Active, EventType, Item, VisitState
from access_log.policy.periods import FIELDS
from access_log.policy.rights import (
    AT_ONCE,
    FILE_KEPT,
    Fate,
    Ground,
    HeldItem,
    Obstacles,
    Proof,
    RequestState,
    RightsKind,
    decide_deletion,
    decide_withdrawal,
)  # fmt: skip
from access_log.services import access_file, contacts, erasure, identity, policies, receipts, rights, vault
from access_log.services.held import is_held
from access_log.services.rights_messages import tell_person
from access_log.services.rights_record import note
from access_log.services.visits import OPEN

RUNS = (*OPEN, VisitState.ID_PENDING, VisitState.ADMITTED)
"""Visits that are to come or under way."""
SWEPT = 50


def carry_out(session: Session, ring: KeyRing, *, request: RightsRequest, actor: Actor, now: datetime) -> None:
    """Answer what the register can answer by itself, of a verified person. Whatever else stays in the queue."""
    if request.state is not RequestState.OPEN or request.proof is Proof.NONE or request.kind not in AT_ONCE:
        return
    answer: dict[str, Any]
    if request.kind is RightsKind.CLOSE_ACCOUNT:
        _close(session, request=request, actor=actor, now=now)
        return
    if request.kind in (RightsKind.DELETE, RightsKind.WITHDRAW):
        _erase(session, request=request, actor=actor, now=now)
        return
    if request.kind is RightsKind.EXPLAIN:
        answer = {"format": access_file.FORMAT, "rules": access_file.rules(session, request.site_id, request.language)}
    else:
        answer = _file(session, ring, request, actor, now)
    _answer(session, ring, request=request, answer=answer, actor=actor, now=now)


def _file(session: Session, ring: KeyRing, request: RightsRequest, actor: Actor, now: datetime) -> dict[str, Any]:
    visit = session.get(Visit, request.visit_id) if request.visit_id else None
    if visit is not None and visit.erased_at is None:
        return access_file.of_visitor(session, ring, visit=visit, language=request.language, actor=actor, now=now)
    contact = session.exec(select(Contact).where(Contact.subject_id == request.subject_id)).one_or_none()
    if contact is None:
        raise NotFoundError
    return access_file.of_contact(session, ring, contact=contact, language=request.language, actor=actor, now=now)


def _answer(session: Session, ring: KeyRing, *, request: RightsRequest, answer: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Seal an answer under the request's own subject; whoever asked fetches it there."""
    rights.settle(session, request=request, state=RequestState.ANSWERED, actor=actor, now=now)
    paper = session.get_one(Subject, request.paper_id)
    vault.seal_item(session, ring, subject=paper, item=Item.ANSWER, value=json.dumps(answer, ensure_ascii=False), now=now)
    _settled(session, request, EventType.REQUEST_ANSWERED, actor, now, {})


def _settled(session: Session, request: RightsRequest, type_: EventType, actor: Actor, now: datetime, detail: dict[str, Any]) -> None:
    session.add(request)
    session.flush()
    note(session, request, type_, actor=actor, now=now, detail=detail | {"in_time": now < request.due_at})
    tell_person(session, request=request, template=Template.RIGHTS_ANSWERED, now=now)


def refuse(
    session: Session, *, request: RightsRequest, ground: Ground, actor: Actor, now: datetime, outcome: dict[str, Any] | None = None
) -> None:
    """Say no, with a ground whose words name the way to court. Raises ConflictError("settled")."""
    rights.settle(session, request=request, state=RequestState.REFUSED, actor=actor, now=now)
    request.ground = ground
    request.outcome = outcome or {}
    _settled(session, request, EventType.REQUEST_REFUSED, actor, now, {"ground": ground.value})


def grant(session: Session, *, request: RightsRequest, actor: Actor, now: datetime, outcome: dict[str, Any] | None = None) -> None:
    """Say yes to what was done for a verified person. Raises ConflictError: "settled", "not_verified"."""
    if request.proof is Proof.NONE:
        raise ConflictError("not_verified")
    rights.settle(session, request=request, state=RequestState.ANSWERED, actor=actor, now=now)
    request.outcome = outcome or {}
    _settled(session, request, EventType.REQUEST_ANSWERED, actor, now, {})


def _erase(session: Session, *, request: RightsRequest, actor: Actor, now: datetime) -> None:
    visit = session.get(Visit, request.visit_id) if request.visit_id else None
    if visit is None:
        raise NotFoundError
    fates = foreseen(session, visit=visit, kind=request.kind, now=now)
    gone = [fate.item for fate in fates if fate.erased]
    ordered = [_target(visit, fate.item) for fate in fates if fate.erased or fate.waits]
    kept = [fate for fate in fates if not fate.erased]
    outcome: dict[str, Any] = {"kept": [_kept(fate) for fate in kept], "erased": [item.value for item in gone]}
    if not gone:
        ground = (kept[0].ground if kept else None) or Ground.NOT_HELD
        refuse(session, request=request, ground=ground, actor=actor, now=now, outcome=outcome)
        erasure.erase(session, ordered, reason=request.kind.value, actor=actor, now=now)  # nothing goes: each waits for its hold
        return
    rights.settle(session, request=request, state=RequestState.ANSWERED, actor=actor, now=now)
    request.outcome = outcome
    _settled(session, request, EventType.REQUEST_ANSWERED, actor, now, {"erased": outcome["erased"]})
    # Last: a line in the ledger binds, and nothing may be refused after it.
    made = erasure.erase(session, ordered, reason=request.kind.value, actor=actor, now=now)
    request.outcome = outcome | {"receipts": [str(row.id) for row in made]}
    session.add(request)
    session.flush()


def _target(visit: Visit, item: Item) -> erasure.Target:
    """Without a name there is nobody left: it goes with everything."""
    return erasure.Target(visit.subject_id, None if item is Item.NAME else item)


def _close(session: Session, *, request: RightsRequest, actor: Actor, now: datetime) -> None:
    """A contact's own account ends: nobody signs in with it any more, and who it was is erased. Roster and visits stay."""
    contact = session.exec(select(Contact).where(Contact.subject_id == request.subject_id)).one()
    if open_visits(session, contact):
        refuse(session, request=request, ground=Ground.VISITS_OPEN, actor=actor, now=now)
        return
    grant(session, request=request, actor=actor, now=now, outcome={"closed": True})
    contacts.set_state(session, contact=contact, state=Active.ENDED, actor=actor, now=now)


def open_visits(session: Session, contact: Contact) -> int:
    """Visits this contact asked for that are to come or under way: their passes die with the account."""
    theirs = select(func.count()).select_from(Visit).where(Visit.requested_by == contact.id, col(Visit.state).in_(RUNS))
    return session.exec(theirs).one()


def _kept(fate: Fate) -> dict[str, str]:
    until = {"until": fate.until.isoformat()} if fate.until else {}
    return {"item": fate.item.value, "ground": fate.ground.value if fate.ground else ""} | until


def foreseen(session: Session, *, visit: Visit, kind: RightsKind, now: datetime) -> list[Fate]:
    """What a wish to delete or to withdraw would do to each item at this moment. Changes nothing."""
    held, obstacles = held_items(session, visit), obstacles_of(session, visit)
    return decide_withdrawal(held, obstacles) if kind is RightsKind.WITHDRAW else decide_deletion(held, obstacles, now)


def held_items(session: Session, visit: Visit) -> list[HeldItem]:
    """What is sealed of a visitor, with the day it goes and whether it rests on consent alone, as the policy in force says."""
    policy = policies.in_force(session, session.get_one(Site, visit.site_id))
    there = set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all())
    dated = {row.what: row.until for row in receipts.held(session, visit)}
    return [
        HeldItem(item, dated[item.value], policy.fields[FIELDS[item.value]].optional, is_held(session, visit.subject_id, item))
        for item in (Item.CONTACT, Item.DOCUMENT, Item.NAME)
        if item in there and item.value in dated
    ]


def obstacles_of(session: Session, visit: Visit) -> Obstacles:
    """What stands in the way of an erasure."""
    return Obstacles(visit_runs=visit.state in RUNS)


def fetch(session: Session, ring: KeyRing, *, request: RightsRequest, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """The answer, to the person themselves; each time is recorded. None where it was erased, or there is no file."""
    if request.state is not RequestState.ANSWERED:
        return None
    text = identity.read_paper(session, ring, request=request, item=Item.ANSWER, actor=actor, now=now)
    if text is None:
        return None
    request.fetched_at = request.fetched_at or now
    session.add(request)
    session.flush()
    note(session, request, EventType.ANSWER_FETCHED, actor=actor, now=now)
    answer: dict[str, Any] = json.loads(text)
    return answer


def erase_papers(session: Session, *, site: Site, now: datetime) -> int:
    """Erase the words and answers of requests settled thirty days ago. Returns how many; call again while it is not 0."""
    due = select(RightsRequest).where(
        RightsRequest.site_id == site.id, col(RightsRequest.settled_at) <= now - FILE_KEPT, col(RightsRequest.paper_erased_at).is_(None)
    )
    rows = session.exec(due.order_by(col(RightsRequest.settled_at)).limit(SWEPT).with_for_update(skip_locked=True)).all()
    for request in rows:
        request.paper_erased_at = now
        session.add(request)
    session.flush()
    erasure.erase(session, erasure.everything_of(row.paper_id for row in rows), reason="due", actor=system(site.id or 0), now=now)
    return len(rows)


def has_file(session: Session, request: RightsRequest) -> bool:
    """Whether there is an answer to fetch."""
    return request.state is RequestState.ANSWERED and session.get(VaultItem, (request.paper_id, Item.ANSWER)) is not None
