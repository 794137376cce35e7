"""A visit from request to pass: ask, approve, refuse, edit, cancel, issue again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from access_log.crypto.codes import token_digest
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, NotFoundError
from access_log.models import (
    Approval,
    Customer,
    Site,
    StandingRule,
    Technician,
    Template,
    Visit,
    VisitArea,
    VisitOrder,
)
from access_log.policy.actors import Actor
from access_log.policy.approval import RuleFacts, after_request, matching_rule, may_approve_for_customer
from access_log.policy.codes import Active, ActorKind, EventType, Purpose, Refusal, VisitState
from access_log.services import events, passes, sessions, visit_checks, visit_making
from access_log.services.messages import send, tell_approvers, tell_contact
from access_log.services.visit_making import link_of, note_approvals, what

AT_ONCE = 20
"""Visits closed in one transaction: scans come first."""

OPEN = (VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.PASS_ISSUED)
"""Nothing has happened on site yet: the visit may still be edited or cancelled."""

WITH_PASS = (VisitState.PASS_ISSUED, VisitState.EXITED, VisitState.ADMITTED, VisitState.ID_PENDING)
"""A pass exists and may still be read at a door."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a contact asks for. `nonce` makes sending the same form twice ask once."""

    technicians: Sequence[UUID]
    areas: Sequence[int]
    window_from: datetime
    window_until: datetime
    purpose: Purpose
    work_order: str
    nonce: str


def request(session: Session, ring: KeyRing, *, wish: Wish, contact: Actor, now: datetime) -> VisitOrder:
    """Ask for one visit a technician; each gets a subject of its own. Raises RefusedInputError naming the field."""
    if "request" not in contact.rights:
        raise NotAllowedError
    assert contact.customer_id is not None
    customer = session.get_one(Customer, contact.customer_id)
    _one_at_a_time(session, contact.site_id)
    again = sent_before(session, customer_id=contact.customer_id, nonce=wish.nonce)
    if again is not None:
        return again
    people = _checked(session, wish, customer, now)
    work_order = visit_checks.clean_work_order(wish.work_order)
    order = VisitOrder(
        site_id=contact.site_id,
        customer_id=contact.customer_id,
        number=_next_number(session, contact.site_id),
        nonce=wish.nonce,
        purpose=wish.purpose,
        work_order=work_order,
        window_from=wish.window_from,
        window_until=wish.window_until,
        requested_by=contact.id or 0,
        created_at=now,
    )
    session.add(order)
    session.flush()
    made = visit_making.make(session, ring, order=order, people=people, areas=wish.areas, now=now)
    _advance(session, ring, asked=made, contact=contact, customer=customer, now=now)
    _ask_for_approval(session, made, customer=customer, now=now)
    return order


def sent_before(session: Session, *, customer_id: int, nonce: str) -> VisitOrder | None:
    """The order that this very form made already."""
    return session.exec(select(VisitOrder).where(VisitOrder.customer_id == customer_id, VisitOrder.nonce == nonce)).one_or_none()


def _checked(session: Session, wish: Wish, customer: Customer, now: datetime) -> list[Technician]:
    visit_checks.check_customer(customer, "technicians")
    visit_checks.check_window(wish.window_from, wish.window_until, now)
    people = visit_checks.people_of(session, wish.technicians, customer)
    visit_checks.check_areas(session, wish.areas, customer)
    return people


def _one_at_a_time(session: Session, site_id: int) -> None:
    """Requests of a site follow one another: numbers have no gaps, and a form sent twice at once finds its own first copy.

    FOR NO KEY UPDATE: a plain FOR UPDATE would stop every scan meanwhile, whose event refers to the site.
    """
    session.exec(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True)).one()


def _next_number(session: Session, site_id: int) -> int:
    return (session.exec(select(func.max(VisitOrder.number)).where(VisitOrder.site_id == site_id)).one() or 1000) + 1


def visit_by_link(session: Session, token: str) -> Visit | None:
    """The visit that a visitor's link leads to."""
    return session.exec(select(Visit).where(Visit.link_digest == token_digest(token))).one_or_none()


def _advance(session: Session, ring: KeyRing, *, asked: Sequence[Visit], contact: Actor, customer: Customer, now: datetime) -> None:
    """Take the fresh or edited visits of one request as far as they go without anybody else."""
    for visit in asked:
        visit.state = after_request(may_approve="approve" in contact.rights, second_approval=customer.second_approval)
    session.add_all(asked)
    session.flush()
    approved = [visit for visit in asked if visit.state is VisitState.CUSTOMER_APPROVED]
    if approved:
        note_approvals(session, approved, side="customer", actor=contact, now=now)
        _operator_by_rule(session, ring, asked=approved, present=contact, now=now)
    session.flush()


def _ask_for_approval(session: Session, made: Sequence[Visit], *, customer: Customer, now: datetime) -> None:
    """Tell those who may say yes, once for the whole order."""
    waiting = next((visit for visit in made if visit.state is VisitState.REQUESTED), None)
    if waiting is not None:
        tell_approvers(session, visit=waiting, second_approval=customer.second_approval, now=now)


def _operator_by_rule(session: Session, ring: KeyRing, *, asked: Sequence[Visit], present: Actor, now: datetime) -> None:
    """Of visits that are alike: the first standing rule that fits says yes to all of them."""
    like = asked[0]
    rows = session.exec(select(StandingRule).where(StandingRule.site_id == like.site_id, col(StandingRule.active).is_(True))).all()
    rules = [RuleFacts(row.id or 0, row.customer_id, frozenset(row.purposes), row.max_hours, frozenset(row.weekdays)) for row in rows]
    rule = matching_rule(
        rules,
        customer_id=like.customer_id,
        purpose=like.purpose,
        window_from=like.window_from,
        window_until=like.window_until,
        zone=session.get_one(Site, like.site_id).zone,
    )
    if rule is not None:
        actor = Actor(ActorKind.RULE, rule.id, like.site_id)
        note_approvals(session, asked, side="operator", actor=actor, rule_id=rule.id, now=now)
        for visit in asked:
            _approved(session, ring, visit=visit, actor=actor, present=present, now=now)


def approve_for_customer(session: Session, ring: KeyRing, *, visit: Visit, contact: Actor, now: datetime) -> Visit:
    """A contact's yes. Raises NotAllowedError where a second contact is asked for and this is the first, else as the operator's."""
    customer = session.get_one(Customer, visit.customer_id)
    _in_state(visit, VisitState.REQUESTED)
    _of_use(visit, customer, now)
    allowed = may_approve_for_customer(
        contact_id=contact.id or 0,
        requested_by=visit.requested_by,
        may_approve="approve" in contact.rights,
        second_approval=customer.second_approval,
    )
    if not allowed or contact.customer_id != visit.customer_id:
        raise NotAllowedError
    visit.state = VisitState.CUSTOMER_APPROVED
    note_approvals(session, [visit], side="customer", actor=contact, now=now)
    _operator_by_rule(session, ring, asked=[visit], present=contact, now=now)
    session.flush()
    return visit


def approve_for_operator(session: Session, ring: KeyRing, *, visit: Visit, staff: Actor, now: datetime) -> Visit:
    """The operator's yes: the pass is made and the technician invited.

    Raises ConflictError where it would be a pass that opens nothing: "window_over", "customer_not_active".
    """
    _in_state(visit, VisitState.CUSTOMER_APPROVED)
    _of_use(visit, session.get_one(Customer, visit.customer_id), now)
    note_approvals(session, [visit], side="operator", actor=staff, now=now)
    _approved(session, ring, visit=visit, actor=staff, present=staff, now=now)
    return visit


def _of_use(visit: Visit, customer: Customer, now: datetime) -> None:
    if visit.window_until <= now:
        raise ConflictError("window_over")
    if customer.state is not Active.ACTIVE:
        raise ConflictError("customer_not_active")


def _approved(session: Session, ring: KeyRing, *, visit: Visit, actor: Actor, present: Actor, now: datetime) -> None:
    """Whoever has no mail address gets their pass from the contact, who is told so unless they are `present`."""
    visit.state = VisitState.APPROVED
    session.add(visit)
    session.flush()
    passes.issue(session, ring, visit=visit, actor=actor, now=now)
    send(session, visit=visit, template=Template.INVITATION, now=now)
    person = session.get(Technician, visit.technician_id) if visit.technician_id else None
    sees_it = (present.kind, present.id) == (ActorKind.CONTACT, visit.requested_by)
    if person is not None and not person.has_mail and not sees_it:
        tell_contact(session, visit=visit, template=Template.VISIT_APPROVED, now=now)


def refuse(session: Session, *, visit: Visit, side: str, refusal: Refusal, actor: Actor, now: datetime) -> Visit:
    """A no with its reason; `side` is customer or operator. The contact is told, with who can mend it."""
    _in_state(visit, VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED)
    visit.state = VisitState.REFUSED
    visit.refusal = refusal
    approval = Approval(
        site_id=visit.site_id,
        visit_id=visit.id,
        side=side,
        approved=False,
        refusal=refusal,
        actor_kind=actor.kind,
        actor_id=actor.id,
        at=now,
    )
    session.add_all([visit, approval])
    session.flush()
    detail = {"side": side, "refusal": refusal.value}
    events.record(session, EventType.VISIT_REFUSED, site_id=visit.site_id, now=now, actor=actor, visit=visit, detail=detail)
    tell_contact(session, visit=visit, template=Template.VISIT_REFUSED, now=now)
    return visit


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of one visit."""

    areas: Sequence[int]
    window_from: datetime
    window_until: datetime
    purpose: Purpose
    work_order: str


def may_edit(visit: Visit) -> bool:
    """Whether nobody has arrived for it yet. A refused visit may be put right and asked for again while its person is on the roster."""
    return visit.state in OPEN or (visit.state is VisitState.REFUSED and visit.technician_id is not None)


def edit(session: Session, ring: KeyRing, *, visit: Visit, change: Change, contact: Actor, now: datetime) -> Visit:
    """Change a visit that nobody has arrived for. It goes back to requested and its pass dies: nobody approved the new one.

    Whoever changes it has asked for it from then on, so that a second approval never comes from the hand that wrote the change.
    """
    if not may_edit(visit):
        raise ConflictError(f"visit_is_{visit.state.value}")
    customer = session.get_one(Customer, visit.customer_id)
    visit_checks.check_customer(customer, "window_from")
    visit_checks.check_window(change.window_from, change.window_until, now)
    visit_checks.check_areas(session, change.areas, customer)
    work_order = visit_checks.clean_work_order(change.work_order)
    passes.revoke(session, visit=visit, actor=contact, reason="edited", now=now)
    visit.window_from, visit.window_until = change.window_from, change.window_until
    visit.purpose, visit.work_order = change.purpose, work_order
    visit.requested_by, visit.refusal = contact.id or 0, None
    visit.state = VisitState.REQUESTED
    for row in session.exec(select(VisitArea).where(VisitArea.visit_id == visit.id)).all():
        session.delete(row)
    session.flush()
    session.add_all([VisitArea(visit_id=visit.id, area_id=area, site_id=visit.site_id) for area in sorted(set(change.areas))])
    events.record(session, EventType.VISIT_EDITED, site_id=visit.site_id, now=now, actor=contact, visit=visit, detail=what(visit))
    _advance(session, ring, asked=[visit], contact=contact, customer=customer, now=now)
    _ask_for_approval(session, [visit], customer=customer, now=now)
    return visit


def cancel(session: Session, *, visit: Visit, actor: Actor, now: datetime) -> Visit:
    """Call a visit off; its pass is dead at once. Raises ConflictError once somebody is on site."""
    _in_state(visit, *OPEN)
    had_pass = passes.revoke(session, visit=visit, actor=actor, reason="cancelled", now=now)
    visit.state = VisitState.CANCELLED
    session.add(visit)
    session.flush()
    events.record(session, EventType.VISIT_CANCELLED, site_id=visit.site_id, now=now, actor=actor, visit=visit)
    if had_pass:
        send(session, visit=visit, template=Template.VISIT_CANCELLED, now=now)
    return visit


def may_reissue(visit: Visit, now: datetime) -> bool:
    """Whether a pass is of any use: while the window lasts, and as long as somebody is inside and has to scan out."""
    return visit.state is VisitState.ADMITTED or (visit.state in WITH_PASS and visit.window_until > now)


def reissue(session: Session, ring: KeyRing, *, visit: Visit, actor: Actor, now: datetime) -> Visit:
    """A lost pass: the old code and the old link are dead at once, new ones are sent."""
    _in_state(visit, *WITH_PASS)
    if not may_reissue(visit, now):
        raise ConflictError("window_over")
    visit.link_generation += 1
    visit.link_digest = token_digest(link_of(ring, visit))
    session.add(visit)
    sessions.close_sessions_of_visit(session, visit.id)
    passes.issue(session, ring, visit=visit, actor=actor, now=now)
    send(session, visit=visit, template=Template.PASS, now=now)
    return visit


def close_past_windows(session: Session, *, site_id: int, now: datetime) -> int:
    """Mark visits nobody came to as no-shows once their window is over. Returns how many; one that is being scanned is left for later."""
    past = session.exec(
        select(Visit)
        .where(Visit.site_id == site_id, col(Visit.state).in_(OPEN), col(Visit.window_until) < now)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for visit in past:
        visit.state = VisitState.NO_SHOW
        session.add(visit)
        events.record(session, EventType.VISIT_EXPIRED, site_id=site_id, now=now, visit=visit)
    return len(past)


def get(session: Session, visit_id: UUID, *, customer_id: int | None = None, site_id: int | None = None) -> Visit:
    """A visit, locked against others who change it. Raises NotFoundError outside the given customer or site."""
    statement = select(Visit).where(Visit.id == visit_id).with_for_update()
    visit = session.exec(statement).one_or_none()
    if visit is None or customer_id not in (None, visit.customer_id) or site_id not in (None, visit.site_id):
        raise NotFoundError
    return visit


def _in_state(visit: Visit, *states: VisitState) -> None:
    if visit.state not in states:
        raise ConflictError(f"visit_is_{visit.state.value}")
