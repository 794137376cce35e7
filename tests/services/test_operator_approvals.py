"""The site's yes: what is seen is what is decided, all of it or none, and nobody approves a pass that would open nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotFoundError
from access_log.models import AccessEvent, Approval, OutboxMessage, Pass, Template, Visit
from access_log.policy.codes import Active, EventType, Purpose, Refusal, VisitState
from access_log.services import approvals, operator_approvals, operator_decisions, rules, sites, visits
from access_log.services.operator_approvals import Doubt, Waiting
from tests.cast import Cast, as_contact, as_staff, requested, with_pass
from tests.moments import NOON


def waiting(session: Session, ring: KeyRing, cast: Cast, **only: Any) -> list[Waiting]:
    return operator_approvals.waiting(session, ring, site_id=cast.site.id or 0, now=NOON, **only)


def approve(session: Session, ring: KeyRing, cast: Cast, found: list[Waiting]) -> None:
    wanted = {one.row.visit_id: one.seen for one in found}
    operator_approvals.approve_all(session, ring, wanted=wanted, staff=as_staff(cast.admin), now=NOON)


def test_what_waits_says_who_asked_and_who_approved_masked(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast, contact=cast.chen)
    assert waiting(session, ring, cast) == []  # Chen may not approve: the customer's own yes comes first
    visits.approve_for_customer(session, ring, visit=visit, contact=as_contact(cast.lin), now=NOON)
    (one,) = waiting(session, ring, cast)
    assert (one.row.name, one.asked_by, one.approved_by) == ("魏*明", "陈*", "林*")
    assert one.doubts == (Doubt.BEGUN,)
    assert approvals.operator_count(session, cast.site.id or 0) == 1


def test_several_are_approved_at_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast, cast.wei, cast.ana)
    found = waiting(session, ring, cast)
    assert [len(order) for order in operator_approvals.by_order(found)] == [2]
    approve(session, ring, cast, found)
    assert {visit.state for visit in session.exec(select(Visit)).all()} == {VisitState.PASS_ISSUED}
    assert {row.actor_id for row in session.exec(select(Approval).where(Approval.side == "operator"))} == {cast.admin.id}
    approved = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.VISIT_APPROVED)).all()
    assert sum(event.detail == {"side": "operator"} for event in approved) == 2


def test_an_edit_after_the_page_was_opened_is_not_approved(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Lin may approve her own requests, so an edited visit waits again at once: with another time than the one that was seen."""
    first, second = requested(session, ring, cast, cast.wei, cast.ana)
    seen = {one.row.visit_id: one.seen for one in waiting(session, ring, cast)}
    change = visits.Change(
        areas=[cast.hall.id or 0], window_from=NOON, window_until=NOON + timedelta(days=20), purpose=Purpose.REPAIR, work_order="WO-4711"
    )
    visits.edit(session, ring, visit=second, change=change, contact=as_contact(cast.lin), now=NOON)
    assert second.state is VisitState.CUSTOMER_APPROVED
    with pytest.raises(ConflictError, match="changed"), session.begin_nested():
        operator_approvals.approve_all(session, ring, wanted=seen, staff=as_staff(cast.admin), now=NOON)
    assert session.exec(select(Pass)).all() == []
    session.refresh(first)
    assert first.state is VisitState.CUSTOMER_APPROVED
    approve(session, ring, cast, waiting(session, ring, cast))


def test_one_that_is_decided_already_stops_all(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast, cast.wei, cast.ana)
    found = waiting(session, ring, cast)
    approve(session, ring, cast, found[:1])
    with pytest.raises(ConflictError, match="visit_is_pass_issued"), session.begin_nested():
        approve(session, ring, cast, found)
    assert len(session.exec(select(Pass)).all()) == 1


def test_a_pass_that_would_open_nothing_is_not_made(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast, hours=1)
    cast.nimbus.state = Active.SUSPENDED
    session.add(cast.nimbus)
    (one,) = waiting(session, ring, cast)
    assert Doubt.CUSTOMER_NOT_ACTIVE in one.doubts
    assert not one.possible
    with pytest.raises(ConflictError, match="customer_not_active"), session.begin_nested():
        approve(session, ring, cast, [one])
    cast.nimbus.state = Active.ACTIVE
    session.add(cast.nimbus)
    late = NOON + timedelta(hours=2)
    (one,) = operator_approvals.waiting(session, ring, site_id=cast.site.id or 0, now=late)
    assert Doubt.WINDOW_OVER in one.doubts
    with pytest.raises(ConflictError, match="window_over"):
        operator_approvals.approve_all(session, ring, wanted={one.row.visit_id: one.seen}, staff=as_staff(cast.admin), now=late)


def test_what_speaks_against_a_yes_is_said(session: Session, ring: KeyRing, cast: Cast) -> None:
    with_pass(session, ring, cast)
    requested(session, ring, cast)  # the same technician at the same time
    sites.change_area(session, area=cast.hall, name="A1", name_en="A1", closed=True, actor=as_staff(cast.admin), now=NOON)
    cast.lin.state = Active.SUSPENDED
    session.add(cast.lin)
    (one,) = waiting(session, ring, cast)
    assert set(one.doubts) == {Doubt.SAME_PERSON, Doubt.AREA_CLOSED, Doubt.CONTACT_NOT_ACTIVE, Doubt.BEGUN}
    assert one.possible


def test_a_refusal_carries_its_reason_to_every_visit(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast, cast.wei, cast.ana)
    wanted = {one.row.visit_id: one.seen for one in waiting(session, ring, cast)}
    operator_approvals.refuse_all(session, wanted=wanted, refusal=Refusal.MAINTENANCE, staff=as_staff(cast.admin), now=NOON)
    assert {(visit.state, visit.refusal) for visit in session.exec(select(Visit)).all()} == {(VisitState.REFUSED, Refusal.MAINTENANCE)}
    refused = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.VISIT_REFUSED)).all()
    assert [event.detail for event in refused] == [{"side": "operator", "refusal": "maintenance"}] * 2


def test_a_visit_of_another_site_is_not_found(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast)
    (one,) = waiting(session, ring, cast)
    elsewhere = as_staff(cast.admin).__class__(as_staff(cast.admin).kind, cast.admin.id, 4711)
    with pytest.raises(NotFoundError):
        operator_approvals.approve_all(session, ring, wanted={one.row.visit_id: one.seen}, staff=elsewhere, now=NOON)


# Back from a yes


def test_a_withdrawn_yes_kills_the_pass_and_tells_both(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    operator_decisions.withdraw(session, visit=visit, refusal=Refusal.MAINTENANCE, staff=as_staff(cast.admin), now=NOON)
    assert (visit.state, visit.refusal) == (VisitState.REFUSED, Refusal.MAINTENANCE)
    assert [(issued.revoked_at is None) for issued in session.exec(select(Pass)).all()] == [False]
    told = session.exec(
        select(OutboxMessage).where(col(OutboxMessage.template).in_((Template.VISIT_CANCELLED, Template.VISIT_REFUSED)))
    ).all()
    assert {message.subject_id for message in told} == {visit.subject_id, cast.lin.subject_id}
    event = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.VISIT_REFUSED)).one()
    assert (event.actor_id, event.detail) == (cast.admin.id, {"side": "operator", "refusal": "maintenance", "withdrawn": True})
    newest, older = operator_decisions.lately(session, ring, site_id=cast.site.id or 0)
    assert (newest.approved, newest.by, newest.refusal, newest.revocable) == (False, "9001", Refusal.MAINTENANCE, False)
    assert (older.approved, older.last, older.revocable) == (True, False, False)


@pytest.mark.parametrize("state", [VisitState.ID_PENDING, VisitState.ADMITTED, VisitState.EXITED, VisitState.CANCELLED])
def test_nothing_is_withdrawn_once_somebody_has_come(session: Session, ring: KeyRing, cast: Cast, state: VisitState) -> None:
    (visit,) = with_pass(session, ring, cast)
    visit.state = state
    session.add(visit)
    session.flush()
    with pytest.raises(ConflictError, match=f"visit_is_{state.value}"):
        operator_decisions.withdraw(session, visit=visit, refusal=Refusal.CONTRACT, staff=as_staff(cast.admin), now=NOON)


def test_a_rules_yes_names_the_rule(session: Session, ring: KeyRing, cast: Cast) -> None:
    rules.add(
        session, site_id=cast.site.id or 0, name="工作日维修", customer_id=None, purposes=[Purpose.REPAIR], max_hours=12, weekdays=range(7),
        actor=as_staff(cast.admin), now=NOON,
    )  # fmt: skip
    requested(session, ring, cast)
    (decision,) = operator_decisions.lately(session, ring, site_id=cast.site.id or 0)
    assert (decision.by, decision.rule, decision.revocable) == ("工作日维修", True, True)
