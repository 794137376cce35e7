"""A legal hold keeps what it names, closes it to all but the hold officer, and lets the due erasure happen when two people release it."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import ConflictError, HeldError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, DeferredErasure, Erasure, HoldGround, LegalHold, Subject, VaultItem, VaultLabel, Visit
from access_log.policy.actors import Actor, system
from access_log.policy.codes import EventType, Item, RevealPurpose, SampleReason
from access_log.policy.periods import add_months
from access_log.services import (
    held,
    holds,
    identity,
    notices,
    own_data,
    retention,
    retention_ahead,
    roster,
    samples,
    vault,
    visit_finding,
)  # fmt: skip
from access_log.services.holds import HoldOrder
from access_log.services.roster import PersonFacts
from access_log.services.visit_finding import FoundVisit, Wanted
from access_log.sweeping import sweep
from tests.cast import Cast, as_contact, as_staff, make_cast, with_pass
from tests.moments import NOON
from tests.services.test_checks import at_the_door, attest
from tests.services.test_scans import scan

LEFT = NOON + timedelta(hours=2)
LATER = NOON + timedelta(hours=3)
LONG_AFTER = NOON + timedelta(days=300)
ORDER = HoldOrder(HoldGround.INVESTIGATION, "沪公(网)调证字〔2026〕114号", "市公安局网安支队", date(2026, 12, 31))


@pytest.fixture
def left(session: Session, ring: KeyRing, cast: Cast) -> Visit:
    """Wei was admitted and left at two."""
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit)
    session.flush()
    scan(session, ring, cast, visit, nonce="out", minutes=120)
    session.refresh(visit)
    return visit


def found(session: Session, ring: KeyRing, cast: Cast, numbers: str = "WO-4711") -> list[FoundVisit]:
    return visit_finding.find(session, ring, wanted=Wanted(numbers), site=cast.site, most=holds.MOST)


def set_hold(session: Session, ring: KeyRing, cast: Cast, *, order: HoldOrder = ORDER, now: datetime = LATER) -> LegalHold:
    return holds.set_hold(session, order=order, people=found(session, ring, cast), actor=as_staff(cast.pang), now=now)


def confirmed(session: Session, ring: KeyRing, cast: Cast, **options: HoldOrder) -> LegalHold:
    hold = set_hold(session, ring, cast, **options)
    holds.confirm(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    return hold


def released(session: Session, cast: Cast, hold: LegalHold, now: datetime) -> int:
    holds.ask_release(session, hold=hold, actor=as_staff(cast.pang), now=now)
    return holds.release(session, hold=hold, actor=as_staff(cast.xu), now=now)


def items(session: Session, visit: Visit) -> set[Item]:
    return set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)).all())


def swept(session: Session, cast: Cast, now: datetime) -> None:
    for _round in range(10):
        if not retention.hide_held(session, site=cast.site, now=now) + retention.erase_due(session, site=cast.site, now=now):
            return
    raise AssertionError("the sweep never ends")


def look(session: Session, ring: KeyRing, visit: Visit, actor: Actor, purpose: RevealPurpose = RevealPurpose.INCIDENT) -> str:
    return identity.reveal_one(session, ring, subject_id=visit.subject_id, items=[Item.NAME], purpose=purpose, actor=actor, now=LATER).name


def kinds(session: Session) -> list[EventType]:
    rows = select(AccessEvent.type).where(AccessEvent.type.in_([kind for kind in EventType if kind.value.startswith("hold:")]))  # type: ignore[attr-defined]
    return list(session.exec(rows.order_by("id")).all())


@pytest.mark.clause("1.4.g", "3.2.b", "4.4.b")
def test_what_is_held_outlives_its_day_and_what_is_not_does_not(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    order = HoldOrder(ORDER.ground, ORDER.instrument, ORDER.ordered_by, ORDER.review_on, document=True, contact=False)
    confirmed(session, ring, cast, order=order)
    swept(session, cast, LONG_AFTER)
    assert items(session, left) == {Item.NAME, Item.DOCUMENT}
    assert session.get_one(Subject, left.subject_id).erased_at is None


def test_whoever_is_held_beyond_their_day_leaves_every_list(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    confirmed(session, ring, cast)
    due = add_months(LEFT, 6, "Asia/Shanghai")
    swept(session, cast, due - timedelta(seconds=1))
    assert session.get(VaultLabel, left.subject_id) is not None
    swept(session, cast, due)
    assert session.get(VaultLabel, left.subject_id) is None
    assert look(session, ring, left, as_staff(cast.pang)) == "魏伟明"


def test_a_hold_freezes_unconfirmed_and_lapses_when_nobody_confirms_it(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    set_hold(session, ring, cast)
    swept(session, cast, LATER + timedelta(days=2))
    assert Item.CONTACT in items(session, left)
    assert holds.lapse(session, site=cast.site, now=LATER + holds.UNCONFIRMED_FOR - timedelta(seconds=1)) == 0
    assert holds.lapse(session, site=cast.site, now=LATER + holds.UNCONFIRMED_FOR) == 1
    swept(session, cast, LATER + holds.UNCONFIRMED_FOR)
    assert Item.CONTACT not in items(session, left)
    assert kinds(session) == [EventType.HOLD_SET, EventType.HOLD_LAPSED]


def test_a_preview_knows_the_held_from_the_due(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    assert len(list(retention.due_now(session, cast.site, LONG_AFTER, limit=10))) == 3
    confirmed(session, ring, cast)
    assert list(retention.due_now(session, cast.site, LONG_AFTER, limit=10)) == []
    assert {row.item for row in retention.due_now(session, cast.site, LONG_AFTER, limit=10, held=True)} == items(session, left)
    coming = retention_ahead.ahead(session, site=cast.site, now=LONG_AFTER)
    assert (coming.tonight.total(), coming.held.total()) == (0, 3)


@pytest.mark.clause("2.2.b", "1.4.g")
def test_only_the_hold_officer_opens_what_is_held(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    confirmed(session, ring, cast)
    for other in (as_staff(cast.mei), as_staff(cast.admin), as_staff(cast.xu), as_contact(cast.lin), system(cast.site.id or 0)):
        with pytest.raises(HeldError):
            look(session, ring, left, other)
        assert identity.search(session, ring, wanted="魏", among=[left.subject_id], actor=other, now=LATER) == {}
    assert look(session, ring, left, as_staff(cast.pang), RevealPurpose.LEGAL_HOLD) == "魏伟明"
    assert own_data.show(session, ring, visit=left, now=LATER).name == "魏伟明"


def test_while_the_visit_is_under_way_the_guard_sees_who_somebody_is(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    confirmed(session, ring, cast)
    assert look(session, ring, visit, as_staff(cast.mei), RevealPurpose.IDENTITY_CHECK) == "魏伟明"


def test_an_unconfirmed_hold_closes_nothing(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    set_hold(session, ring, cast)
    assert look(session, ring, left, as_staff(cast.mei)) == "魏伟明"


def test_an_ordered_erasure_waits_and_is_done_at_the_release(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    hold = confirmed(session, ring, cast)
    subject = session.get_one(Subject, left.subject_id)
    for _twice in range(2):
        vault.erase_subject(session, subject=subject, reason="requested", actor=as_staff(cast.pang), now=LATER)
    assert items(session, left) == {Item.NAME, Item.CONTACT, Item.DOCUMENT}
    assert len(session.exec(select(DeferredErasure)).all()) == 1
    assert holds.standing(session, hold, now=LATER).waiting == 1
    assert released(session, cast, hold, LATER) == 1
    assert items(session, left) == set()
    assert session.exec(select(DeferredErasure)).all() == []
    whole = session.exec(select(Erasure).where(Erasure.subject_id == left.subject_id, Erasure.item == None)).one()  # noqa: E711
    assert (whole.reason, whole.actor_id) == ("requested", cast.pang.id)
    assert kinds(session) == [
        EventType.HOLD_SET,
        EventType.HOLD_CONFIRMED,
        EventType.ERASURE_DEFERRED,
        EventType.HOLD_RELEASE_ASKED,
        EventType.HOLD_RELEASED,
    ]


def test_what_two_orders_hold_stays_until_both_are_released(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    first, second = confirmed(session, ring, cast), confirmed(session, ring, cast)
    vault.erase_subject(
        session, subject=session.get_one(Subject, left.subject_id), reason="requested", actor=as_staff(cast.pang), now=LATER
    )
    assert released(session, cast, first, LATER) == 0
    assert Item.NAME in items(session, left)
    assert released(session, cast, second, LATER) == 1
    assert items(session, left) == set()


@pytest.mark.clause("4.4.b")
def test_release_runs_what_is_due_in_the_next_sweep(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        (visit,) = with_pass(session, ring, cast)
        hold = confirmed(session, ring, cast)
    assert sweep(engine, lambda: LONG_AFTER) > 0
    while sweep(engine, lambda: LONG_AFTER):
        pass
    with transaction(engine) as session:
        assert items(session, visit) == {Item.NAME, Item.CONTACT}
        released(session, cast, session.get_one(LegalHold, hold.id), LONG_AFTER)
    assert sweep(engine, lambda: LONG_AFTER + timedelta(minutes=10)) > 0
    with transaction(engine) as session:
        assert items(session, visit) == set()


@pytest.mark.clause("3.2.b")
def test_no_step_is_one_persons_alone(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    hold = set_hold(session, ring, cast)
    with pytest.raises(ConflictError, match="second_person"):
        holds.confirm(session, hold=hold, actor=as_staff(cast.pang), now=LATER)
    with pytest.raises(NotAllowedError):
        holds.confirm(session, hold=hold, actor=as_staff(cast.admin), now=LATER)
    with pytest.raises(ConflictError, match="not_confirmed"):
        holds.ask_release(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    holds.confirm(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    with pytest.raises(ConflictError, match="not_asked"):
        holds.release(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    holds.ask_release(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    with pytest.raises(ConflictError, match="second_person"):
        holds.release(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    holds.release(session, hold=hold, actor=as_staff(cast.pang), now=LATER)
    with pytest.raises(ConflictError, match="hold_over"):
        holds.ask_release(session, hold=hold, actor=as_staff(cast.pang), now=LATER)
    assert not held.is_held(session, left.subject_id)


def test_a_declined_hold_holds_nothing(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    hold = set_hold(session, ring, cast)
    assert held.is_held(session, left.subject_id, Item.CONTACT)
    holds.decline(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    assert not held.is_held(session, left.subject_id)
    assert kinds(session)[-1] is EventType.HOLD_DECLINED


def test_only_the_privacy_officer_sets_one_and_the_paper_is_looked_at(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    people = found(session, ring, cast)
    with pytest.raises(NotAllowedError):
        holds.set_hold(session, order=ORDER, people=people, actor=as_staff(cast.xu), now=LATER)
    for field, bad in (
        ("review_on", HoldOrder(ORDER.ground, ORDER.instrument, ORDER.ordered_by, date(2026, 11, 24))),
        ("review_on", HoldOrder(ORDER.ground, ORDER.instrument, ORDER.ordered_by, date(2028, 1, 1))),
        ("instrument", HoldOrder(ORDER.ground, " ", ORDER.ordered_by, ORDER.review_on)),
        ("ordered_by", HoldOrder(ORDER.ground, ORDER.instrument, "王警官 13912345678", ORDER.review_on)),
    ):
        with pytest.raises(RefusedInputError) as refused:
            holds.set_hold(session, order=bad, people=people, actor=as_staff(cast.pang), now=LATER)
        assert refused.value.field == field
    assert session.exec(select(LegalHold)).all() == []


def test_nobody_can_be_held_who_is_gone(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    people = found(session, ring, cast)
    swept(session, cast, LONG_AFTER)
    with pytest.raises(RefusedInputError, match="nobody_to_hold"):
        holds.set_hold(session, order=ORDER, people=people, actor=as_staff(cast.pang), now=LATER)
    with pytest.raises(RefusedInputError, match="nobody_to_hold"):
        found(session, ring, cast)


def test_visits_are_found_by_number_work_order_and_customer(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    (one,) = found(session, ring, cast)
    for numbers in (one.number, one.number.partition("-")[0], "wo-4711", f"WO-0；{one.number}"):
        assert [row.visit_id for row in found(session, ring, cast, numbers)] == [left.id]
    wanted = Wanted(customer=cast.nimbus.id, first=date(2026, 11, 24), last=date(2026, 11, 24))
    assert [row.visit_id for row in visit_finding.find(session, ring, wanted=wanted, site=cast.site, most=5)] == [left.id]
    for nothing in (Wanted("WO-0"), Wanted(), Wanted(customer=cast.kestrel.id, first=date(2026, 11, 24), last=date(2026, 11, 24))):
        with pytest.raises(RefusedInputError):
            visit_finding.find(session, ring, wanted=nothing, site=cast.site, most=5)
    assert one.name == "魏*明"


def test_nothing_that_is_held_is_changed(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    confirmed(session, ring, cast)
    with pytest.raises(HeldError):
        own_data.correct_contact(session, ring, visit=visit, mail="", phone="", now=LATER)
    facts = PersonFacts("魏伟", "other@nimbus.example", "")
    roster.correct(session, ring, person=cast.wei, facts=facts, actor=as_contact(cast.lin), now=LATER)
    assert look(session, ring, visit, as_staff(cast.pang)) == "魏伟明"


def test_a_minor_who_is_held_is_turned_away_and_erased_at_the_release(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    hold = confirmed(session, ring, cast)
    notices.minor(session, visit=visit, actor=as_staff(cast.mei), now=LATER)
    with pytest.raises(HeldError):
        look(session, ring, visit, as_staff(cast.mei))
    released(session, cast, hold, LATER)
    assert items(session, visit) == set()


def test_names_of_a_hold_are_opened_by_its_officer_alone_and_recorded(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    hold = set_hold(session, ring, cast)
    with pytest.raises(ConflictError, match="not_confirmed"):
        holds.open_names(session, ring, hold=hold, actor=as_staff(cast.pang), now=LATER)
    holds.confirm(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    with pytest.raises(NotAllowedError):
        holds.open_names(session, ring, hold=hold, actor=as_staff(cast.xu), now=LATER)
    opened = holds.open_names(session, ring, hold=hold, actor=as_staff(cast.pang), now=LATER)
    assert opened[left.subject_id].name == "魏伟明"
    looks = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED)).all()
    assert looks[-1].detail["purpose"] == "legal_hold"


def test_a_strangers_hold_is_not_there(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    hold = set_hold(session, ring, cast)
    with pytest.raises(NotFoundError):
        holds.of(session, hold_id=hold.id or 0, site_id=(cast.site.id or 0) + 1)


def test_a_hold_says_when_it_wants_somebody(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    site_id = cast.site.id or 0
    hold = set_hold(session, ring, cast)
    assert holds.attention(session, site_id=site_id, now=LATER) == 1
    holds.confirm(session, hold=hold, actor=as_staff(cast.xu), now=LATER)
    assert holds.attention(session, site_id=site_id, now=LATER) == 0
    assert holds.attention(session, site_id=site_id, now=LONG_AFTER) == 1
    (row,) = holds.listed(session, site_id=site_id, now=LONG_AFTER)
    assert (row.people, row.overdue, row.staff) == (1, True, {cast.pang.id: "3001", cast.xu.id: "4001"})


def test_a_named_sample_opens_nobody_who_is_held_and_says_so(session: Session, ring: KeyRing, cast: Cast, left: Visit) -> None:
    xu, pang = as_staff(cast.xu), as_staff(cast.pang)
    wish = samples.ask(session, visits=[left.id], numbers="", reason=SampleReason.CONTROL_TEST, reference="", auditor=xu, now=LATER)
    samples.release(session, sample_id=wish.id, officer=pang, now=LATER)
    (before,) = samples.names(session, ring, sample_id=wish.id, auditor=xu, now=LATER)
    confirmed(session, ring, cast)
    (after,) = samples.names(session, ring, sample_id=wish.id, auditor=xu, now=LATER)
    assert [(one.name, one.held) for one in (before, after)] == [("魏伟明", False), ("", True)]
