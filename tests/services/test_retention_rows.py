"""What belongs to no visit goes by the policy too: roster entries, messages, sessions, sign-in failures, former customers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import (
    AccessEvent,
    Contact,
    Customer,
    GuardCall,
    NameSample,
    NameSampleVisit,
    OutboxMessage,
    SendState,
    SignInFailure,
    Subject,
    Technician,
    Template,
    VaultItem,
    Visit,
)
from access_log.policy.codes import Active, ActorKind, EventType, SampleReason
from access_log.policy.period import add_months
from access_log.services import contacts, customers, retention_rows, retention_runs, samples, sessions, staff
from access_log.sweeping import sweep
from tests.cast import Cast, as_staff, make_cast, requested
from tests.moments import NOON

ZONE = "Asia/Shanghai"
SECOND = timedelta(seconds=1)
YEAR_ON = add_months(NOON, 12, ZONE)


def erase(session: Session, cast: Cast, code: str, now: datetime) -> int:
    return retention_rows.erase_due(session, site=cast.site, rule=retention_rows.RULES_BY_CODE[code], now=now)


def sealed(session: Session, subject_id: Any) -> int:
    return len(session.exec(select(VaultItem).where(VaultItem.subject_id == subject_id)).all())


@pytest.mark.clause("4.4.b")
def test_a_roster_entry_that_nobody_used_for_a_year_goes_and_says_why(session: Session, cast: Cast) -> None:
    assert erase(session, cast, "roster", YEAR_ON - SECOND) == 0
    assert erase(session, cast, "roster", YEAR_ON) == 3
    assert cast.wei.state is Active.ENDED
    assert sealed(session, cast.wei.subject_id) == 0
    found = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_ERASED)).all()
    assert {(event.detail["reason"], event.detail["kind"]) for event in found} == {("due", "roster")}


def test_an_entry_in_use_counts_from_its_last_use_and_stays_while_somebody_is_expected(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast, cast.wei, now=NOON + timedelta(days=100))
    assert erase(session, cast, "roster", YEAR_ON) == 2
    assert cast.wei.state is Active.ACTIVE
    later = add_months(NOON + timedelta(days=100), 12, ZONE)
    assert erase(session, cast, "roster", later) == 0, "a visit of theirs is still open"
    visit.state = visit.state.__class__.NO_SHOW
    session.add(visit)
    session.flush()
    assert erase(session, cast, "roster", later) == 1
    assert session.get_one(Visit, visit.id).technician_id is None


@pytest.mark.parametrize(
    ("state", "sent", "kept"),
    [(SendState.SENT, True, False), (SendState.FAILED, False, False), (SendState.DROPPED, False, False), (SendState.WAITING, False, True)],
)
def test_a_message_goes_thirty_days_after_it_was_settled(session: Session, cast: Cast, state: SendState, sent: bool, kept: bool) -> None:
    row = OutboxMessage(
        site_id=cast.site.id or 0, template=Template.ACCOUNT, subject_id=cast.lin.subject_id, state=state, due_at=NOON, created_at=NOON,
        sent_at=NOON if sent else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    assert erase(session, cast, "message", NOON + timedelta(days=30) - SECOND) == 0
    assert erase(session, cast, "message", NOON + timedelta(days=30)) == (0 if kept else 1)


def test_sessions_and_failures_go_a_day_after_they_are_of_no_use(session: Session, cast: Cast) -> None:
    row, _token = sessions.open_session(
        session, site_id=cast.site.id or 0, face="portal", kind=ActorKind.CONTACT, actor_id=cast.lin.id or 0, now=NOON
    )
    session.add(SignInFailure(site_id=cast.site.id or 0, bucket=b"b", at=NOON))
    session.flush()
    assert erase(session, cast, "session", row.expires_at + timedelta(days=1) - SECOND) == 0
    assert erase(session, cast, "session", row.expires_at + timedelta(days=1)) == 1
    assert erase(session, cast, "failure", NOON + timedelta(days=1) - SECOND) == 0
    assert erase(session, cast, "failure", NOON + timedelta(days=1)) == 1


@pytest.mark.clause("4.4.b")
def test_contacts_of_a_customer_who_left_go_half_a_year_later(session: Session, cast: Cast) -> None:
    customers.set_state(session, customer=cast.nimbus, state=Active.ENDED, actor=as_staff(cast.admin), now=NOON)
    due = add_months(NOON, 6, ZONE)
    assert erase(session, cast, "contact_account", due - SECOND) == 0
    assert erase(session, cast, "contact_account", due) == 2
    assert {session.get_one(Contact, one.id).state for one in (cast.lin, cast.chen)} == {Active.ENDED}
    assert session.get_one(Subject, cast.lin.subject_id).erased_at == due
    assert sealed(session, cast.rival.subject_id)


def test_a_customer_who_comes_back_keeps_everything(session: Session, cast: Cast) -> None:
    customers.set_state(session, customer=cast.nimbus, state=Active.ENDED, actor=as_staff(cast.admin), now=NOON)
    customers.set_state(session, customer=cast.nimbus, state=Active.ACTIVE, actor=as_staff(cast.admin), now=NOON)
    assert erase(session, cast, "contact_account", NOON + timedelta(days=900)) == 0
    assert erase(session, cast, "customer", NOON + timedelta(days=2000)) == 0


def test_the_name_of_a_former_customer_goes_after_three_years(session: Session, cast: Cast) -> None:
    customers.set_state(session, customer=cast.nimbus, state=Active.ENDED, actor=as_staff(cast.admin), now=NOON)
    due = add_months(NOON, 36, ZONE)
    assert erase(session, cast, "customer", due - SECOND) == 0
    assert erase(session, cast, "customer", due) == 1
    assert erase(session, cast, "customer", due + timedelta(days=1)) == 0
    assert session.get_one(Customer, cast.nimbus.id).name == f"#{cast.nimbus.id}"


def test_nobody_who_left_keeps_a_password(session: Session, cast: Cast) -> None:
    staff.set_state(session, staff=cast.mei, state=Active.ENDED, actor=as_staff(cast.admin), now=NOON)
    contacts.set_state(session, contact=cast.chen, state=Active.ENDED, actor=as_staff(cast.admin), now=NOON)
    assert erase(session, cast, "staff_credentials", NOON) == 1
    assert erase(session, cast, "contact_credentials", NOON) == 1
    for person in (cast.mei, cast.chen):
        session.refresh(person)
        assert (person.password_hash, person.totp_on) == (None, False)
    assert cast.mei.pin_hash is None
    assert erase(session, cast, "staff_credentials", NOON) == 0
    assert cast.admin.password_hash


def test_calls_for_a_guard_go_after_three_years(session: Session, cast: Cast) -> None:
    session.add(GuardCall(site_id=cast.site.id or 0, kiosk_id=cast.kiosk.id or 0, nonce="n", called_at=NOON))
    session.flush()
    assert erase(session, cast, "call", add_months(NOON, 36, ZONE) - SECOND) == 0
    assert erase(session, cast, "call", add_months(NOON, 36, ZONE)) == 1


@pytest.mark.clause("4.4.b")
def test_the_sweep_makes_up_for_days_of_downtime_and_writes_down_what_it_did(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        requested(session, ring, cast, cast.wei)
    long_after = NOON + timedelta(days=800)
    while sweep(engine, lambda: long_after):
        pass
    with transaction(engine) as session:
        assert all(person.state is Active.ENDED for person in session.exec(select(Technician)))
        run = retention_runs.newest(session, cast.site.id or 0)
        assert run is not None
        assert (run.erased["roster"], run.erased["unused"], run.erased["reach"]) == (3, 1, 1)
        assert run.begun_at == long_after


def test_who_asked_for_which_names_goes_with_the_signatures_under_reports(session: Session, ring: KeyRing, cast: Cast) -> None:
    (visit,) = requested(session, ring, cast, cast.wei)
    why = {"numbers": "", "reason": SampleReason.CONTROL_TEST, "reference": ""}
    samples.ask(session, visits=[visit.id], auditor=as_staff(cast.xu), now=NOON, **why)  # type: ignore[arg-type]
    due = retention_rows.promise(session, cast.site).due_at("review", NOON)
    assert erase(session, cast, "sample", due - SECOND) == 0
    assert erase(session, cast, "sample", due) == 1
    assert session.exec(select(NameSample)).all() == []
    assert session.exec(select(NameSampleVisit)).all() == []
