"""The identity check: only a guard's match admits, a mismatch burns nothing, a minor leaves no trace, a number is never kept."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import ConflictError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, OutboxMessage, Pass, Presence, RecordEntry, Template, VaultItem, VaultLabel, Visit
from access_log.policy.actors import Actor
from access_log.policy.attest import Look
from access_log.policy.codes import ActorKind, DocumentType, EventType, HowKnown, Item, Mismatch, Outcome, RevealPurpose, Role, VisitState
from access_log.services import checks
from tests.cast import Cast, as_staff, make_cast, with_pass
from tests.moments import NOON
from tests.services.test_scans import scan

SOON = NOON + timedelta(minutes=2)
MATCH = Look(of_age=True)


def at_the_door(session: Session, ring: KeyRing, cast: Cast) -> Visit:
    """Wei has scanned and waits."""
    (visit,) = with_pass(session, ring, cast)
    assert scan(session, ring, cast, visit).outcome is Outcome.ID_PENDING
    session.refresh(visit)
    return visit


def attest(session: Session, ring: KeyRing, cast: Cast, visit: Visit, look: Look = MATCH, badge: str = "V07") -> Outcome:
    return checks.attest(
        session, ring, visit_id=visit.id, look=look, document=DocumentType.RESIDENT_ID, badge=badge, guard=as_staff(cast.mei), now=SOON
    )


def of_type(session: Session, *types: EventType) -> list[AccessEvent]:
    return list(session.exec(select(AccessEvent).where(col(AccessEvent.type).in_(types)).order_by(col(AccessEvent.id))).all())


def test_opening_the_check_shows_the_name_and_says_so_in_the_record(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    assert checks.open_check(session, ring, visit=visit, guard=as_staff(cast.mei), now=SOON).name == "魏伟明"
    (look,) = [event for event in of_type(session, EventType.IDENTITY_REVEALED) if event.actor_id == cast.mei.id]
    assert (look.subject_id, look.detail["purpose"]) == (visit.subject_id, RevealPurpose.IDENTITY_CHECK)


def test_no_name_without_somebody_waiting(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = with_pass(session, ring, cast)
    with pytest.raises(ConflictError):
        checks.open_check(session, ring, visit=visit, guard=as_staff(cast.mei), now=SOON)


@pytest.mark.clause("1.1.c1", "1.4.b")
def test_a_match_admits_opens_the_presence_and_hands_out_the_badge(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    assert attest(session, ring, cast, visit) is Outcome.GRANTED
    presence = session.exec(select(Presence)).one()
    assert (presence.person_id, presence.area_id, presence.entered_at) == (cast.wei.id, cast.hall.id, SOON)
    assert presence.entered_known is HowKnown.SCAN
    assert (visit.state, visit.checked_at, visit.entered_at, visit.badge) == (VisitState.ADMITTED, SOON, SOON, "V07")
    kinds = (EventType.IDENTITY_ATTESTED, EventType.ENTRY_GRANTED, EventType.BADGE_HANDED_OUT)
    assert {event.type for event in of_type(session, *kinds)} == set(kinds)
    assert {event.actor_id for event in of_type(session, *kinds)} == {cast.mei.id}


@pytest.mark.clause("1.4.b")
def test_the_kind_of_document_is_sealed_and_a_badge_is_no_must(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    attest(session, ring, cast, visit, badge="")
    kept = session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id, VaultItem.item == Item.DOCUMENT)).one()
    assert b"resident" not in kept.ciphertext
    assert visit.badge is None
    assert not of_type(session, EventType.BADGE_HANDED_OUT)


def test_a_mismatch_burns_nothing(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    assert attest(session, ring, cast, visit, Look(of_age=True, mismatch=Mismatch.NAME_DIFFERS)) is Outcome.ID_MISMATCH
    assert visit.state is VisitState.PASS_ISSUED
    assert session.exec(select(Presence)).all() == []
    attested, refused = of_type(session, EventType.IDENTITY_ATTESTED, EventType.ENTRY_REFUSED)
    assert attested.detail == {"document": "resident_id", "match": False, "why": "name_differs"}
    assert (refused.outcome, refused.actor_id) == (Outcome.ID_MISMATCH, cast.mei.id)
    assert scan(session, ring, cast, visit, nonce="again", minutes=5).outcome is Outcome.ID_PENDING


def test_whoever_left_before_the_check_may_come_back(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    checks.gone(session, visit_id=visit.id, guard=as_staff(cast.mei), now=SOON)
    assert visit.state is VisitState.PASS_ISSUED
    (refused,) = of_type(session, EventType.ENTRY_REFUSED)
    assert (refused.outcome, refused.detail) == (Outcome.ID_PENDING, {"why": "left_before_check"})
    assert scan(session, ring, cast, visit, nonce="again", minutes=5).outcome is Outcome.ID_PENDING
    session.refresh(visit)
    attest(session, ring, cast, visit)
    with pytest.raises(ConflictError):
        checks.gone(session, visit_id=visit.id, guard=as_staff(cast.mei), now=SOON)


@pytest.mark.clause("6.a", "6.b")
def test_minor_is_erased_at_once_clause_6(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    subject = visit.subject_id
    assert attest(session, ring, cast, visit, Look(of_age=False)) is Outcome.MINOR
    assert visit.state is VisitState.TURNED_AWAY
    assert visit.technician_id is None
    assert session.exec(select(VaultItem).where(VaultItem.subject_id == subject)).all() == []
    assert session.exec(select(VaultLabel).where(VaultLabel.subject_id == subject)).all() == []
    assert session.exec(select(Pass).where(Pass.visit_id == visit.id, col(Pass.revoked_at).is_(None))).all() == []
    (counted,) = of_type(session, EventType.MINOR_TURNED_AWAY)
    assert (counted.visit_id, counted.subject_id, counted.customer_id) == (None, None, None)
    told = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.VISIT_ENDED)).one()
    assert told.subject_id == cast.lin.subject_id
    assert not of_type(session, EventType.IDENTITY_ATTESTED, EventType.ENTRY_GRANTED)


def test_a_second_answer_and_another_sites_guard_change_nothing(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    stranger = Actor(ActorKind.STAFF, 99, cast.mei.site_id + 1, role=Role.GUARD)
    with pytest.raises(NotFoundError):
        checks.attest(
            session, ring, visit_id=visit.id, look=MATCH, document=DocumentType.PASSPORT, badge="", guard=stranger, now=SOON
        )  # fmt: skip
    attest(session, ring, cast, visit)
    with pytest.raises(ConflictError, match="already_answered"):
        attest(session, ring, cast, visit)


def test_a_person_is_inside_once_on_whatever_visit(session: Session, ring: KeyRing, cast: Cast) -> None:
    first = at_the_door(session, ring, cast)
    (second,) = with_pass(session, ring, cast, cast.wei, hours=6)
    assert scan(session, ring, cast, second, nonce="n2").outcome is Outcome.ID_PENDING
    session.refresh(second)
    attest(session, ring, cast, first)
    with pytest.raises(ConflictError, match="inside_already"):
        attest(session, ring, cast, second, badge="V08")


def test_several_guards_at_once_admit_once(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        visit_id, guard = at_the_door(session, ring, cast).id, as_staff(cast.mei)
    start = threading.Barrier(4)

    def one(_guard: int) -> str:
        start.wait()
        try:
            with transaction(engine) as session:
                return checks.attest(
                    session, ring, visit_id=visit_id, look=MATCH, document=DocumentType.PASSPORT, badge="", guard=guard, now=SOON
                )  # fmt: skip
        except ConflictError as error:
            return error.code

    with ThreadPoolExecutor(4) as guards:
        answers = sorted(guards.map(one, range(4)))
    assert answers == ["already_answered", "already_answered", "already_answered", "granted"]
    with transaction(engine) as session:
        assert len(session.exec(select(Presence)).all()) == 1


@pytest.mark.parametrize(("number", "of_age"), [("11010519491231002X", True), ("110105 20101231 0029", False)])
@pytest.mark.clause("6.a", "1.4.b")
def test_a_number_says_whether_its_bearer_is_of_age(number: str, of_age: bool) -> None:
    assert checks.check_number(_right(number), now=NOON, zone="Asia/Shanghai") is of_age


def _right(number: str) -> str:
    """The number with the check character it should have."""
    from access_log.policy.documents import CHECKS, WEIGHTS

    digits = "".join(number.split())[:17]
    return digits + CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize("number", ["110105194912310021", "12", "1101051949123100②X", "110105190002300024"])
def test_what_is_no_number_is_refused_without_being_repeated(number: str) -> None:
    with pytest.raises(RefusedInputError) as refused:
        checks.check_number(number, now=NOON, zone="Asia/Shanghai")
    assert number not in str(refused.value)


def test_no_record_of_a_check_names_anybody(session: Session, ring: KeyRing, cast: Cast) -> None:
    visit = at_the_door(session, ring, cast)
    checks.open_check(session, ring, visit=visit, guard=as_staff(cast.mei), now=SOON)
    attest(session, ring, cast, visit)
    bodies = b"".join(session.exec(select(RecordEntry.body)).all()).decode()
    written = bodies + json.dumps([event.detail for event in session.exec(select(AccessEvent)).all()], ensure_ascii=False)
    assert "identity:attested" in written
    assert "魏" not in written
