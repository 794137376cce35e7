"""Whoever signed no agreement opens no name; whoever stays away is suspended; once a quarter somebody looks at who may do what."""

import hashlib
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NoAgreementError, NotAllowedError, RefusedInputError
from access_log.models import AccessEvent, AccessReview, Staff
from access_log.policy.attest import Look
from access_log.policy.codes import Active, DocumentType, EventType, Item, RevealPurpose, Role
from access_log.policy.periods import add_months
from access_log.services import access_reviews, agreements, checklist, checks, identity, staff
from tests.cast import Cast, as_contact, as_staff
from tests.moments import NOON
from tests.services.test_checks import at_the_door

LATER = NOON + timedelta(days=91)


def without_agreement(session: Session, person: Staff) -> None:
    person.confidentiality_signed_at = None
    session.add(person)
    session.flush()


@pytest.mark.clause("4.2.a")
def test_without_an_agreement_nobody_opens_finds_or_confirms_a_name(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    without_agreement(session, cast.mei)
    mei = as_staff(cast.mei)
    with pytest.raises(NoAgreementError):
        checks.open_check(session, ring, visit=visit, guard=mei, now=NOON)
    with pytest.raises(NoAgreementError):
        identity.search(session, ring, wanted="魏", among=[visit.subject_id], actor=mei, now=NOON)
    look = Look(of_age=True, mismatch=None)
    with pytest.raises(NoAgreementError):
        checks.attest(session, ring, visit_id=visit.id, look=look, document=DocumentType.PASSPORT, badge="", guard=mei, now=NOON)
    agreements.enter(session, staff=cast.mei, signed_on=date(2026, 11, 24), actor=as_staff(cast.admin), now=NOON)
    assert checks.open_check(session, ring, visit=visit, guard=mei, now=NOON).name == "魏伟明"


def test_contacts_and_the_register_itself_are_bound_by_other_means(session: Session, ring: KeyRing, cast: Cast) -> None:
    purpose = RevealPurpose.CUSTOMER_ROSTER
    opened = identity.reveal(
        session, ring, subjects=[cast.wei.subject_id], items=[Item.NAME], purpose=purpose, actor=as_contact(cast.lin), now=NOON
    )
    assert opened[cast.wei.subject_id].name == "魏伟明"


@pytest.mark.clause("4.2.a")
def test_an_agreement_is_of_a_day_that_can_be_and_stands_in_the_record(session: Session, cast: Cast) -> None:
    admin = as_staff(cast.admin)
    for bad in (date(2026, 11, 25), date(1926, 1, 1)):
        with pytest.raises(RefusedInputError):
            agreements.enter(session, staff=cast.mei, signed_on=bad, actor=admin, now=NOON)
    agreements.enter(session, staff=cast.mei, signed_on=None, actor=admin, now=NOON)
    assert agreements.missing(session, cast.site.id or 0) == 1
    assert checklist.attention(session, site_id=cast.site.id or 0, now=NOON).no_agreement == 1
    agreements.enter(session, staff=cast.mei, signed_on=date(2026, 11, 24), actor=admin, now=NOON)
    told = session.exec(select(AccessEvent.detail).where(AccessEvent.type == EventType.STAFF_CHANGED).order_by("id")).all()
    assert [one["how"] for one in told] == ["agreement_removed", "agreement_entered"]
    assert agreements.missing(session, cast.site.id or 0) == 0


@pytest.mark.clause("4.2.b")
def test_whoever_stays_away_for_ninety_days_is_suspended_but_for_one_administrator(session: Session, cast: Cast) -> None:
    cast.rui.used_at = LATER - timedelta(days=1)
    session.add(cast.rui)
    session.flush()
    assert staff.suspend_idle(session, site=cast.site, now=NOON + timedelta(days=89)) == 0
    assert staff.suspend_idle(session, site=cast.site, now=LATER) == 3
    states = {person.number: person.state for person in staff.listed(session, cast.site.id or 0)}
    assert {number for number, state in states.items() if state is Active.ACTIVE} == {cast.rui.number, cast.admin.number}


def test_whoever_is_taken_up_again_has_ninety_days_anew(session: Session, cast: Cast) -> None:
    staff.suspend_idle(session, site=cast.site, now=LATER)
    staff.set_state(session, staff=cast.mei, state=Active.ACTIVE, actor=as_staff(cast.admin), now=LATER)
    assert staff.suspend_idle(session, site=cast.site, now=LATER + timedelta(days=89)) == 0
    assert staff.suspend_idle(session, site=cast.site, now=LATER + timedelta(days=90)) == 1
    assert cast.mei.state is Active.SUSPENDED


@pytest.mark.clause("4.2.b")
def test_what_was_seen_is_what_is_signed(session: Session, ring: KeyRing, cast: Cast) -> None:
    rui = as_staff(cast.rui)
    seen = access_reviews.current(session, ring, site_id=cast.site.id or 0)
    assert (len(seen.staff), len(seen.contacts)) == (5, 3)
    staff.change_role(session, staff=cast.mei, role=Role.REVIEWER, actor=as_staff(cast.admin), now=NOON)
    with pytest.raises(ConflictError, match="access_changed"):
        access_reviews.sign(session, ring, seen=seen.digest, finding="none", reference="", reviewer=rui, now=NOON)
    seen = access_reviews.current(session, ring, site_id=cast.site.id or 0)
    review = access_reviews.sign(session, ring, seen=seen.digest, finding="none", reference="", reviewer=rui, now=NOON)
    assert review.sha256 == hashlib.sha256(review.body).digest()
    assert "梅" not in review.body.decode()
    event = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.ACCESS_REVIEWED)).one()
    assert (event.detail["accounts"], event.actor_id) == (8, cast.rui.id)


def test_administrators_sign_no_review_of_their_own_work(session: Session, ring: KeyRing, cast: Cast) -> None:
    seen = access_reviews.current(session, ring, site_id=cast.site.id or 0).digest
    with pytest.raises(NotAllowedError):
        access_reviews.sign(session, ring, seen=seen, finding="none", reference="", reviewer=as_staff(cast.admin), now=NOON)
    for finding, reference, field in (("?", "", "finding"), ("followed_up", "", "reference"), ("incident", "梅梅", "reference")):
        with pytest.raises(RefusedInputError) as refused:
            access_reviews.sign(session, ring, seen=seen, finding=finding, reference=reference, reviewer=as_staff(cast.xu), now=NOON)
        assert refused.value.field == field
    assert session.exec(select(AccessReview)).all() == []


def test_a_review_is_due_three_months_after_the_last(session: Session, ring: KeyRing, cast: Cast) -> None:
    site_id = cast.site.id or 0
    due = add_months(NOON, 3, cast.site.zone)
    assert access_reviews.due_at(session, cast.site) == due
    assert checklist.attention(session, site_id=site_id, now=due - timedelta(seconds=1)).access_review_due is None
    assert checklist.attention(session, site_id=site_id, now=due).access_review_due == due
    seen = access_reviews.current(session, ring, site_id=site_id).digest
    access_reviews.sign(session, ring, seen=seen, finding="followed_up", reference="T-12", reviewer=as_staff(cast.xu), now=due)
    assert checklist.attention(session, site_id=site_id, now=due).access_review_due is None
