"""A visit from request to pass: who may ask and say yes, what an edit undoes, and which steps there are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, Approval, OutboxMessage, Template, VaultItem, Visit, VisitArea
from access_log.policy.codes import Active, ActorKind, EventType, Purpose, Refusal, VisitState
from access_log.services import passes, rules, visit_making, visits
from tests.cast import Cast, Maker, as_contact, as_staff, requested, visits_of, with_pass
from tests.moments import NOON


def wish(cast: Cast, **changed: Any) -> visits.Wish:
    usual = visits.Wish(
        technicians=[cast.wei.id],
        areas=[cast.hall.id or 0],
        window_from=NOON,
        window_until=NOON + timedelta(hours=8),
        purpose=Purpose.REPAIR,
        work_order="WO-4711",
        nonce=uuid4().hex,
    )
    return replace(usual, **changed)


def change(cast: Cast, **changed: Any) -> visits.Change:
    usual = visits.Change([cast.hall.id or 0], NOON, NOON + timedelta(hours=4), Purpose.INSPECT, "WO-4712")
    return replace(usual, **changed)


def of_type(session: Session, *types: EventType) -> list[AccessEvent]:
    return list(session.exec(select(AccessEvent).where(col(AccessEvent.type).in_(types)).order_by(col(AccessEvent.id))).all())


def letters(session: Session) -> list[Template]:
    return list(session.exec(select(OutboxMessage.template).order_by(col(OutboxMessage.id))).all())


def test_each_technician_gets_a_visit_and_a_subject_of_their_own(session: Session, ring: KeyRing, cast: Cast) -> None:
    order = visits.request(session, ring, wish=wish(cast, technicians=[cast.wei.id, cast.ana.id]), contact=as_contact(cast.lin), now=NOON)
    made = visits_of(session, order.id)
    assert [(visit.place, visit.technician_id, visit.language) for visit in made] == [(1, cast.wei.id, "zh-CN"), (2, cast.ana.id, "en")]
    subjects = {visit.subject_id for visit in made} | {cast.wei.subject_id, cast.ana.subject_id}
    assert len(subjects) == 4
    sealed = session.exec(select(VaultItem.ciphertext, VaultItem.wrapped_key).where(col(VaultItem.subject_id).in_(list(subjects)))).all()
    assert len({ciphertext for ciphertext, _key in sealed}) == len({key for _ciphertext, key in sealed}) == len(sealed) == 8
    assert [event.visit_id for event in of_type(session, EventType.VISIT_REQUESTED)] == [visit.id for visit in made]


def test_thirty_people_in_one_request_are_hardly_more_statements_than_one(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Each statement is a wait of everybody at the doors: SQLite has one writer."""
    maker = Maker(session, ring, cast.site.id or 0, NOON)
    seen: list[None] = []
    counted = []
    roster = [maker.technician(cast.nimbus, f"Wei {number}", mail=f"wei{number}@nimbus.example").id for number in range(30)]
    event.listen(session.connection(), "before_cursor_execute", lambda *_: seen.append(None))
    for asked in (roster[:1], roster):
        seen.clear()
        order = visits.request(session, ring, wish=wish(cast, technicians=asked), contact=as_contact(cast.lin), now=NOON)
        counted.append(len(seen))
    one, thirty = counted
    assert thirty < one + 5
    assert len(visits_of(session, order.id)) == 30


def test_numbers_of_orders_count_up_from_1001(session: Session, ring: KeyRing, cast: Cast) -> None:
    orders = [visits.request(session, ring, wish=wish(cast), contact=as_contact(cast.lin), now=NOON) for _ in range(3)]
    assert [order.number for order in orders] == [1001, 1002, 1003]


def test_the_same_form_twice_asks_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    asked = wish(cast)
    first = visits.request(session, ring, wish=asked, contact=as_contact(cast.lin), now=NOON)
    again = visits.request(session, ring, wish=asked, contact=as_contact(cast.lin), now=NOON)
    assert first.id == again.id
    assert len(session.exec(select(Visit)).all()) == 1
    other = visits.request(session, ring, wish=replace(asked, technicians=[cast.hao.id]), contact=as_contact(cast.rival), now=NOON)
    assert other.id != first.id, "another company's form of the same number is its own"


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"window_until": NOON - timedelta(hours=1), "window_from": NOON - timedelta(hours=2)}, "window_until", "already_over"),
        ({"window_until": NOON}, "window_until", "ends_before_it_begins"),
        ({"window_until": NOON + timedelta(days=31, seconds=1)}, "window_until", "longer_than_a_month"),
        ({"window_from": NOON + timedelta(days=367), "window_until": NOON + timedelta(days=368)}, "window_from", "too_far_ahead"),
        ({"technicians": []}, "technicians", "choose_someone"),
        ({"technicians": [uuid4() for _ in range(51)]}, "technicians", "too_many_people"),
        ({"technicians": [uuid4()]}, "technicians", "not_on_roster"),
        ({"areas": []}, "areas", "choose_an_area"),
        ({"areas": [999]}, "areas", "not_your_area"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wish_that_cannot_be_meant_is_refused_by_its_field_and_asks_nothing(
    session: Session, ring: KeyRing, cast: Cast, changed: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(RefusedInputError) as refused:
        visits.request(session, ring, wish=wish(cast, **changed), contact=as_contact(cast.lin), now=NOON)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert session.exec(select(Visit)).all() == []


def test_nobody_asks_for_another_companys_people_or_areas(session: Session, ring: KeyRing, cast: Cast) -> None:
    for changed in ({"technicians": [cast.hao.id]}, {"technicians": [cast.wei.id, cast.hao.id]}, {"areas": [cast.cage.id]}):
        with pytest.raises(RefusedInputError):
            visits.request(session, ring, wish=wish(cast, **changed), contact=as_contact(cast.lin), now=NOON)


def test_who_has_left_the_roster_and_who_may_not_ask(session: Session, ring: KeyRing, cast: Cast) -> None:
    cast.wei.state = Active.SUSPENDED
    session.add(cast.wei)
    session.flush()
    with pytest.raises(RefusedInputError):
        visits.request(session, ring, wish=wish(cast), contact=as_contact(cast.lin), now=NOON)
    cast.lin.may_request = False
    with pytest.raises(NotAllowedError):
        visits.request(session, ring, wish=wish(cast, technicians=[cast.ana.id]), contact=as_contact(cast.lin), now=NOON)
    cast.nimbus.state = Active.SUSPENDED
    with pytest.raises(RefusedInputError, match="customer_suspended"):
        visits.request(session, ring, wish=wish(cast, technicians=[cast.ana.id]), contact=as_contact(cast.chen), now=NOON)


def test_who_may_approve_has_said_yes_with_the_request_and_who_may_not_waits(session: Session, ring: KeyRing, cast: Cast) -> None:
    (own,) = requested(session, ring, cast, contact=cast.lin)
    (asked,) = requested(session, ring, cast, cast.ana, contact=cast.chen)
    assert (own.state, asked.state) == (VisitState.CUSTOMER_APPROVED, VisitState.REQUESTED)
    (yes,) = session.exec(select(Approval)).all()
    assert (yes.visit_id, yes.side, yes.approved, yes.actor_kind, yes.actor_id) == (
        own.id,
        "customer",
        True,
        ActorKind.CONTACT,
        cast.lin.id,
    )
    visits.approve_for_customer(session, ring, visit=asked, contact=as_contact(cast.lin), now=NOON)
    assert asked.state is VisitState.CUSTOMER_APPROVED


def test_only_a_contact_of_the_company_who_may_approve_approves(session: Session, ring: KeyRing, cast: Cast) -> None:
    (asked,) = requested(session, ring, cast, contact=cast.chen)
    for contact in (cast.chen, cast.rival):
        with pytest.raises(NotAllowedError):
            visits.approve_for_customer(session, ring, visit=asked, contact=as_contact(contact), now=NOON)
    assert asked.state is VisitState.REQUESTED


def test_a_second_contact_is_another_one_also_after_an_edit(session: Session, ring: KeyRing, cast: Cast) -> None:
    """Whoever writes the change cannot be the one who says yes to it."""
    cast.nimbus.second_approval = True
    session.add(cast.nimbus)
    (own,) = requested(session, ring, cast, contact=cast.lin)
    with pytest.raises(NotAllowedError):
        visits.approve_for_customer(session, ring, visit=own, contact=as_contact(cast.lin), now=NOON)
    (asked,) = requested(session, ring, cast, cast.ana, contact=cast.chen)
    visits.edit(session, ring, visit=asked, change=change(cast), contact=as_contact(cast.lin), now=NOON)
    assert asked.state is VisitState.REQUESTED
    with pytest.raises(NotAllowedError):
        visits.approve_for_customer(session, ring, visit=asked, contact=as_contact(cast.lin), now=NOON)


def test_a_standing_rule_approves_by_name_and_gives_the_pass_at_once(session: Session, ring: KeyRing, cast: Cast) -> None:
    rule = rules.add(
        session, site_id=cast.site.id or 0, name="日常检修", customer_id=None, purposes=[Purpose.REPAIR], max_hours=12,
        weekdays=range(7), actor=as_staff(cast.admin), now=NOON,
    )  # fmt: skip
    (visit,) = requested(session, ring, cast)
    assert visit.state is VisitState.PASS_ISSUED
    by_rule = session.exec(select(Approval).where(Approval.side == "operator")).one()
    assert (by_rule.rule_id, by_rule.actor_kind, by_rule.actor_id) == (rule.id, ActorKind.RULE, rule.id)
    assert of_type(session, EventType.VISIT_APPROVED)[-1].detail == {"side": "operator", "rule": rule.id}
    assert letters(session) == [Template.INVITATION]
    rules.retire(session, rule_id=rule.id or 0, site_id=cast.site.id or 0, actor=as_staff(cast.admin), now=NOON)
    (waits,) = requested(session, ring, cast, cast.ana)
    assert waits.state is VisitState.CUSTOMER_APPROVED, "a retired rule approves nothing more"
    assert visit.state is VisitState.PASS_ISSUED, "what it approved stays approved"


def test_a_rule_does_not_stand_in_for_the_customers_own_yes(session: Session, ring: KeyRing, cast: Cast) -> None:
    rules.add(
        session, site_id=cast.site.id or 0, name="日常检修", customer_id=None, purposes=[Purpose.REPAIR], max_hours=12,
        weekdays=range(7), actor=as_staff(cast.admin), now=NOON,
    )  # fmt: skip
    (asked,) = requested(session, ring, cast, contact=cast.chen)
    assert asked.state is VisitState.REQUESTED
    visits.approve_for_customer(session, ring, visit=asked, contact=as_contact(cast.lin), now=NOON)
    assert asked.state is VisitState.PASS_ISSUED


def test_the_operators_yes_makes_the_pass_and_invites(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    visits.approve_for_operator(session, ring, visit=visit, staff=as_staff(cast.admin), now=NOON)
    live = passes.live_pass(session, visit=visit)
    assert live is not None
    assert (visit.state, live.valid_until) == (VisitState.PASS_ISSUED, visit.window_until)
    (invitation,) = session.exec(select(OutboxMessage)).all()
    assert (invitation.template, invitation.subject_id, invitation.visit_id) == (Template.INVITATION, visit.subject_id, visit.id)


def test_a_refusal_has_a_reason_a_side_and_a_letter_to_who_asked(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    visits.refuse(session, visit=visit, side="operator", refusal=Refusal.MAINTENANCE, actor=as_staff(cast.admin), now=NOON)
    assert (visit.state, visit.refusal) == (VisitState.REFUSED, Refusal.MAINTENANCE)
    no = session.exec(select(Approval).where(col(Approval.approved).is_(False))).one()
    assert (no.side, no.refusal, no.actor_id) == ("operator", Refusal.MAINTENANCE, cast.admin.id)
    (told,) = session.exec(select(OutboxMessage)).all()
    assert (told.template, told.subject_id) == (Template.VISIT_REFUSED, cast.lin.subject_id)


def test_a_refusal_without_a_reason_is_refused_by_the_database(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    visit.state = VisitState.REFUSED
    session.add(visit)
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_window_that_ends_before_it_begins_is_refused_by_the_database(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    visit.window_until = visit.window_from
    session.add(visit)
    with pytest.raises(IntegrityError):
        session.flush()


def test_an_edit_goes_back_to_the_beginning_and_kills_the_pass(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    visits.edit(session, ring, visit=visit, change=change(cast), contact=as_contact(cast.chen), now=NOON)
    assert visit.state is VisitState.REQUESTED
    assert passes.live_pass(session, visit=visit) is None
    assert (visit.window_until, visit.purpose, visit.work_order) == (NOON + timedelta(hours=4), Purpose.INSPECT, "WO-4712")
    assert of_type(session, EventType.PASS_REVOKED)[-1].detail["reason"] == "edited"
    assert of_type(session, EventType.VISIT_EDITED)[-1].actor_id == cast.chen.id


def test_an_edit_changes_the_areas_and_takes_no_foreign_ones(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    with pytest.raises(RefusedInputError, match="not_your_area"):
        visits.edit(session, ring, visit=visit, change=change(cast, areas=[cast.cage.id]), contact=as_contact(cast.lin), now=NOON)
    twice = change(cast, areas=[cast.hall.id, cast.hall.id])
    visits.edit(session, ring, visit=visit, change=twice, contact=as_contact(cast.lin), now=NOON)
    assert session.exec(select(VisitArea.area_id).where(VisitArea.visit_id == visit.id)).all() == [cast.hall.id]


def test_a_refused_visit_may_be_put_right_and_asked_for_again(session: Session, ring: KeyRing, cast: Cast) -> None:
    """The letter about the refusal says so."""
    (visit,) = requested(session, ring, cast)
    visits.refuse(session, visit=visit, side="operator", refusal=Refusal.OUTSIDE_HOURS, actor=as_staff(cast.admin), now=NOON)
    visits.edit(session, ring, visit=visit, change=change(cast), contact=as_contact(cast.lin), now=NOON)
    assert (visit.state, visit.refusal) == (VisitState.CUSTOMER_APPROVED, None)


def test_a_cancelled_visits_pass_dies_and_its_person_is_told_if_they_were_invited(session: Session, ring: KeyRing, cast: Cast) -> None:
    (invited,) = with_pass(session, ring, cast)
    (asked,) = requested(session, ring, cast, cast.ana, contact=cast.chen)
    before = len(letters(session))
    for visit in (invited, asked):
        visits.cancel(session, visit=visit, actor=as_contact(cast.lin), now=NOON)
        assert visit.state is VisitState.CANCELLED
        assert passes.live_pass(session, visit=visit) is None
    assert letters(session)[before:] == [Template.VISIT_CANCELLED]


def test_a_lost_pass_is_replaced_link_and_all(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    old_link, old_pass = visit_making.link_of(ring, visit), passes.live_pass(session, visit=visit)
    visits.reissue(session, ring, visit=visit, actor=as_contact(cast.lin), now=NOON)
    session.flush()
    assert old_pass is not None
    assert old_pass.revoked_at == NOON
    assert visits.visit_by_link(session, old_link) is None
    found = visits.visit_by_link(session, visit_making.link_of(ring, visit))
    assert found is not None
    assert found.id == visit.id
    assert letters(session)[-1] is Template.PASS


@pytest.mark.parametrize("token", ["", "x", "0" * 26, "\0", "\ud800", "魏" * 26])
def test_no_other_link_leads_anywhere(session: Session, ring: KeyRing, cast: Cast, token: str) -> None:
    with_pass(session, ring, cast)
    assert visits.visit_by_link(session, token) is None


def test_nobody_came_is_said_once_the_window_is_over_and_only_of_those(session: Session, ring: KeyRing, cast: Cast) -> None:
    (missed,) = with_pass(session, ring, cast, hours=1)
    (unapproved,) = requested(session, ring, cast, cast.ana, hours=1)
    (waits,) = with_pass(session, ring, cast, cast.wei, hours=1)
    (later,) = with_pass(session, ring, cast, cast.ana, hours=2)
    waits.state = VisitState.ID_PENDING
    session.flush()
    site = cast.site.id or 0
    assert visits.close_past_windows(session, site_id=site, now=NOON + timedelta(hours=1)) == 0, "the last moment belongs to the window"
    assert visits.close_past_windows(session, site_id=site, now=NOON + timedelta(hours=1, seconds=1)) == 2
    states = [visit.state for visit in (missed, unapproved, waits, later)]
    assert states == [VisitState.NO_SHOW, VisitState.NO_SHOW, VisitState.ID_PENDING, VisitState.PASS_ISSUED]
    assert {event.visit_id for event in of_type(session, EventType.VISIT_EXPIRED)} == {missed.id, unapproved.id}
    assert visits.close_past_windows(session, site_id=site, now=NOON + timedelta(hours=1, seconds=1)) == 0
    assert visits.close_past_windows(session, site_id=site + 1, now=NOON + timedelta(days=9)) == 0, "another site's business"


Act = Callable[[Session, KeyRing, Cast, Visit], object]
ACTS: dict[str, tuple[Act, set[VisitState]]] = {
    "approve for the customer": (
        lambda session, ring, cast, visit: visits.approve_for_customer(session, ring, visit=visit, contact=as_contact(cast.lin), now=NOON),
        {VisitState.REQUESTED},
    ),
    "approve for the operator": (
        lambda session, ring, cast, visit: visits.approve_for_operator(session, ring, visit=visit, staff=as_staff(cast.admin), now=NOON),
        {VisitState.CUSTOMER_APPROVED},
    ),
    "refuse": (
        lambda session, ring, cast, visit: visits.refuse(
            session, visit=visit, side="operator", refusal=Refusal.CONTRACT, actor=as_staff(cast.admin), now=NOON
        ),
        {VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED},
    ),
    "edit": (
        lambda session, ring, cast, visit: visits.edit(
            session, ring, visit=visit, change=change(cast), contact=as_contact(cast.lin), now=NOON
        ),
        {*visits.OPEN, VisitState.REFUSED},
    ),
    "cancel": (
        lambda session, ring, cast, visit: visits.cancel(session, visit=visit, actor=as_contact(cast.lin), now=NOON),
        set(visits.OPEN),
    ),
    "issue again": (
        lambda session, ring, cast, visit: visits.reissue(session, ring, visit=visit, actor=as_contact(cast.lin), now=NOON),
        {VisitState.PASS_ISSUED, VisitState.ID_PENDING, VisitState.ADMITTED, VisitState.EXITED},
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_there_is_no_other_way_from_one_state_to_another(session: Session, ring: KeyRing, cast: Cast, act: str) -> None:
    """Every act in every state: it works where visit.md says so, and elsewhere changes nothing."""
    do, allowed = ACTS[act]
    for state in VisitState:
        (visit,) = requested(session, ring, cast)
        visit.state = state
        visit.refusal = Refusal.CONTRACT if state is VisitState.REFUSED else None
        session.add(visit)
        session.flush()
        before = len(session.exec(select(AccessEvent.id)).all())
        if state in allowed:
            do(session, ring, cast, visit)
            assert len(session.exec(select(AccessEvent.id)).all()) > before, "every step is an event"
            continue
        with pytest.raises(ConflictError, match=f"visit_is_{state.value}"):
            do(session, ring, cast, visit)
        assert (visit.state, len(session.exec(select(AccessEvent.id)).all())) == (state, before)


def test_a_visit_of_another_company_or_site_is_not_there(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast)
    assert visits.get(session, visit.id, customer_id=cast.nimbus.id, site_id=cast.site.id).id == visit.id
    strangers: list[dict[str, Any]] = [{"customer_id": cast.kestrel.id}, {"site_id": (cast.site.id or 0) + 1}]
    for stranger in strangers:
        with pytest.raises(NotFoundError):
            visits.get(session, visit.id, **stranger)
    with pytest.raises(NotFoundError):
        visits.get(session, uuid4(), customer_id=cast.nimbus.id)
