"""What an administrator does, as the core sees it: each act in the record, each refusal before anything is done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import AccessEvent, Customer, OutboxMessage, Site, Staff, Template
from access_log.policy.codes import Active, Direction, EventType, Purpose, Role
from access_log.services import accounts, contacts, customers, kiosks, rules, sites, staff
from access_log.services.contacts import ContactFacts
from access_log.services.sites import SiteFacts
from tests.cast import Cast, as_staff, hashed, make_cast, requested
from tests.moments import NOON

FACTS = SiteFacts(name="上海一号数据中心", name_en="", zone="Asia/Shanghai")


def by(cast: Cast) -> dict[str, Any]:
    """Who does it, and when."""
    return {"actor": as_staff(cast.admin), "now": NOON}


def last(session: Session, kind: EventType) -> AccessEvent:
    """The newest event of a kind."""
    return session.exec(select(AccessEvent).where(AccessEvent.type == kind).order_by(col(AccessEvent.id).desc())).first()  # type: ignore[return-value]


# Sites, areas, doors, kiosks


def test_a_site_without_an_english_name_has_the_other_one(session: Session, cast: Cast) -> None:
    sites.change(session, site=cast.site, facts=FACTS, **by(cast))
    assert cast.site.name_en == "上海一号数据中心"
    assert last(session, EventType.SITE_CHANGED).actor_id == cast.admin.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"retention_months": 12}, "retention_months"),
        ({"guard_phone": "0" * 33}, "guard_phone"),
        ({"guard_phone": "1\x07"}, "guard_phone"),
    ],
)
def test_what_cannot_be_a_setting_is_refused_by_name(session: Session, cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RefusedInputError) as refused:
        sites.change(session, site=cast.site, facts=replace(FACTS, **changes), **by(cast))
    assert refused.value.field == field


@pytest.mark.parametrize("code", ["A1", "a1", " A 1 "])
def test_a_code_is_taken_however_it_is_written(session: Session, cast: Cast, code: str) -> None:
    with pytest.raises(RefusedInputError) as refused:
        sites.add_area(session, site_id=cast.site.id or 0, code=code, name="X", name_en="", **by(cast))
    assert (refused.value.field, refused.value.code) == ("code", "code_taken")


def test_a_kiosk_goes_through_its_conditions(session: Session, ring: KeyRing, cast: Cast) -> None:
    kiosk = kiosks.add(session, site_id=cast.site.id or 0, door_id=cast.door.id or 0, code="K2", direction=Direction.IN, **by(cast))
    assert kiosks.condition(kiosk, NOON) is kiosks.Condition.NEW
    code = kiosks.enrol_code(session, ring, kiosk=kiosk, **by(cast))
    assert kiosks.condition(kiosk, NOON) is kiosks.Condition.CODE_WAITS
    assert kiosks.condition(kiosk, NOON + timedelta(minutes=31)) is kiosks.Condition.NEW
    kiosks.enrol(session, ring, text=code, now=NOON)
    assert kiosks.condition(kiosk, NOON + timedelta(seconds=60)) is kiosks.Condition.HEARD
    assert kiosks.condition(kiosk, NOON + timedelta(seconds=61)) is kiosks.Condition.SILENT
    kiosks.revoke(session, kiosk=kiosk, **by(cast))
    assert kiosks.condition(kiosk, NOON) is kiosks.Condition.REVOKED


def test_a_code_on_its_way_dies_with_the_kiosk(session: Session, ring: KeyRing, cast: Cast) -> None:
    code = kiosks.enrol_code(session, ring, kiosk=cast.kiosk, **by(cast))
    kiosks.revoke(session, kiosk=cast.kiosk, **by(cast))
    with pytest.raises(RefusedInputError):
        kiosks.enrol(session, ring, text=code, now=NOON)


# Staff: never without an administrator


def second_administrator(session: Session, ring: KeyRing, cast: Cast, *, signed_in: bool) -> Staff:
    """Another administrator, who has set a password or has only been invited."""
    made = staff.add(
        session, ring, site_id=cast.site.id or 0, number="9002", name="徐旭", mail="9002@operator.example", role=Role.ADMINISTRATOR,
        language="en", **by(cast),
    )  # fmt: skip
    made.password_hash = hashed("correct horse battery staple") if signed_in else None
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize("act", ["suspend", "end", "role", "start_over"])
def test_the_last_administrator_stays(session: Session, ring: KeyRing, cast: Cast, act: str) -> None:
    second_administrator(session, ring, cast, signed_in=False)  # somebody who has never signed in is no way back in
    with pytest.raises(ConflictError) as refused:
        let_go(session, cast, act)
    assert refused.value.code == "last_administrator"
    assert (cast.admin.role, cast.admin.state) == (Role.ADMINISTRATOR, Active.ACTIVE)


@pytest.mark.parametrize("act", ["suspend", "end", "role", "start_over"])
def test_with_a_second_one_the_first_may_go(session: Session, ring: KeyRing, cast: Cast, act: str) -> None:
    second_administrator(session, ring, cast, signed_in=True)
    let_go(session, cast, act)
    assert last(session, EventType.STAFF_CHANGED).subject_id == cast.admin.subject_id


def let_go(session: Session, cast: Cast, act: str) -> None:
    if act == "role":
        staff.change_role(session, staff=cast.admin, role=Role.REVIEWER, **by(cast))
    elif act == "start_over":
        staff.start_over(session, staff=cast.admin, **by(cast))
    else:
        state = {"suspend": Active.SUSPENDED, "end": Active.ENDED}[act]
        staff.set_state(session, staff=cast.admin, state=state, **by(cast))


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PRIVACY_OFFICER])
@pytest.mark.clause("4.2.b")
def test_nobody_goes_from_one_watching_role_to_another(session: Session, ring: KeyRing, cast: Cast, role: Role) -> None:
    """GB/T 22239: whoever did would check their own work."""
    second_administrator(session, ring, cast, signed_in=True)
    with pytest.raises(ConflictError, match="exclusive_roles"):
        staff.change_role(session, staff=cast.admin, role=role, **by(cast))
    staff.change_role(session, staff=cast.rui, role=role, **by(cast))
    assert cast.rui.role is role


def test_one_person_has_one_account(session: Session, ring: KeyRing, cast: Cast) -> None:
    """GB/T 22239: administrator, privacy officer and auditor are three people. A second account would be a way round it."""
    with pytest.raises(RefusedInputError) as refused:
        staff.add(
            session, ring, site_id=cast.site.id or 0, number="4002", name="徐旭", mail="Staff4001@operator.example ", role=Role.AUDITOR,
            language="en", **by(cast),
        )  # fmt: skip
    assert (refused.value.field, refused.value.code) == ("mail", "mail_taken")


@pytest.mark.clause("4.2.b")
def test_starting_over_voids_everything_the_old_sign_in_had(session: Session, ring: KeyRing, cast: Cast) -> None:
    accounts.begin_second_factor(session, ring, account=cast.mei, secret=b"x" * 20)
    cast.mei.totp_on = True
    staff.start_over(session, staff=cast.mei, **by(cast))
    assert (cast.mei.password_hash, cast.mei.pin_hash, cast.mei.totp_on) == (None, None, False)
    assert not accounts.check_code(session, ring, account=cast.mei, code="000000", now=NOON)
    assert last(session, EventType.STAFF_CHANGED).detail["how"] == "sign_in_reset"
    assert accounts.invited(session, ring, model=Staff, text=accounts.invitation_of(ring, cast.mei), now=NOON).id == cast.mei.id


def test_what_has_ended_cannot_be_taken_up(session: Session, cast: Cast) -> None:
    staff.set_state(session, staff=cast.mei, state=Active.ENDED, **by(cast))
    contacts.set_state(session, contact=cast.chen, state=Active.ENDED, **by(cast))
    with pytest.raises(ConflictError, match="ended"):
        staff.set_state(session, staff=cast.mei, state=Active.ACTIVE, **by(cast))
    with pytest.raises(ConflictError, match="ended"):
        contacts.set_state(session, contact=cast.chen, state=Active.ACTIVE, **by(cast))


def test_nobody_who_is_suspended_is_invited(session: Session, cast: Cast) -> None:
    contacts.set_state(session, contact=cast.chen, state=Active.SUSPENDED, **by(cast))
    for act in (contacts.invite_again, contacts.start_over):
        with pytest.raises(ConflictError, match="not_active"):
            act(session, contact=cast.chen, **by(cast))


# Contacts


@pytest.mark.parametrize(("mail", "letters"), [("chen@nimbus.example", 1), ("c.chen@nimbus.example", 2)])
def test_an_invitation_on_its_way_to_a_wrong_address_dies(session: Session, ring: KeyRing, cast: Cast, mail: str, letters: int) -> None:
    contacts.invite_again(session, contact=cast.chen, **by(cast))
    sent = accounts.invitation_of(ring, cast.chen)
    facts = ContactFacts("陈晨", mail, "", may_request=True, may_approve=False, may_report=False)
    contacts.change(session, ring, contact=cast.chen, facts=facts, **by(cast))
    queued = session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.ACCOUNT)).all()
    assert len(queued) == letters
    assert (accounts.invitation_of(ring, cast.chen) == sent) is (letters == 1)


def test_a_corrected_address_of_somebody_who_signs_in_invites_nobody(session: Session, ring: KeyRing, cast: Cast) -> None:
    facts = ContactFacts("陈晨", "other@nimbus.example", "", may_request=True, may_approve=False, may_report=False)
    contacts.change(session, ring, contact=cast.chen, facts=facts, **by(cast))
    assert session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.ACCOUNT)).all() == []


def test_rights_change_without_opening_a_name(session: Session, cast: Cast) -> None:
    contacts.set_rights(session, contact=cast.chen, may_request=False, may_approve=True, may_report=True, **by(cast))
    assert last(session, EventType.CONTACT_CHANGED).detail == {"how": "rights", "request": False, "approve": True, "report": True}
    assert session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED)).all() == []


# Customers and rules


def test_the_same_state_again_is_no_event(session: Session, cast: Cast) -> None:
    customers.set_state(session, customer=cast.nimbus, state=Active.ACTIVE, **by(cast))
    assert session.exec(select(AccessEvent).where(AccessEvent.type == EventType.CUSTOMER_CHANGED)).all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"purposes": []}, "purposes"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [7]}, "weekdays"),
        ({"max_hours": 0}, "max_hours"),
        ({"max_hours": 745}, "max_hours"),
        ({"customer_id": 4711}, "customer"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name(session: Session, cast: Cast, changes: dict[str, Any], field: str) -> None:
    facts = {"name": "R", "customer_id": None, "purposes": [Purpose.AUDIT], "max_hours": 4, "weekdays": [0]} | changes
    with pytest.raises(RefusedInputError) as refused:
        rules.add(session, site_id=cast.site.id or 0, **facts, **by(cast))
    assert refused.value.field == field


def test_a_rule_for_another_sites_customer_is_refused(session: Session, cast: Cast) -> None:
    other = Site(code="BER1", name="Berlin", name_en="Berlin", created_at=NOON)
    session.add(other)
    session.flush()
    foreign = Customer(site_id=other.id or 0, name="Kestrel Systems", created_at=NOON)
    session.add(foreign)
    session.flush()
    facts: dict[str, Any] = {"name": "R", "customer_id": foreign.id, "purposes": [Purpose.AUDIT], "max_hours": 4, "weekdays": [0]}
    with pytest.raises(RefusedInputError) as refused:
        rules.add(session, site_id=cast.site.id or 0, **facts, **by(cast))
    assert refused.value.field == "customer"


def test_a_rule_is_compared_with_what_was_asked_lately(session: Session, ring: KeyRing, cast: Cast) -> None:
    requested(session, ring, cast, cast.wei, hours=3)  # four hours in all, a repair on a Tuesday
    requested(session, ring, cast, cast.hao, hours=12, contact=cast.rival)
    facts: dict[str, Any] = {"customer_id": None, "purposes": [Purpose.REPAIR], "max_hours": 4, "weekdays": [1]}
    assert rules.would_have_approved(session, site=cast.site, now=NOON, **facts) == (1, 2)
    assert rules.would_have_approved(session, site=cast.site, now=NOON, **facts | {"max_hours": 13}) == (2, 2)
    assert rules.would_have_approved(session, site=cast.site, now=NOON, **facts | {"max_hours": 13, "customer_id": cast.nimbus.id}) == (
        1,
        2,
    )
    assert rules.would_have_approved(session, site=cast.site, now=NOON + timedelta(days=31), **facts) == (0, 0)


def test_retiring_a_rule_twice_is_one_event(session: Session, cast: Cast) -> None:
    rule = rules.add(
        session, site_id=cast.site.id or 0, name="R", customer_id=None, purposes=[Purpose.AUDIT], max_hours=4, weekdays=[0], **by(cast)
    )
    for _again in range(2):
        rules.retire(session, rule_id=rule.id or 0, site_id=cast.site.id or 0, **by(cast))
    assert len(session.exec(select(AccessEvent).where(AccessEvent.type == EventType.RULE_CHANGED)).all()) == 2


def test_two_administrators_cannot_let_each_other_go_at_once(engine: Engine, ring: KeyRing) -> None:
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        other = second_administrator(session, ring, cast, signed_in=True)
        pair = [(cast.admin.id or 0, other.id or 0), (other.id or 0, cast.admin.id or 0)]
    together = threading.Barrier(2)

    def suspend(who: int, whom: int) -> bool:
        together.wait()
        try:
            with transaction(engine) as session:
                actor = as_staff(session.get_one(Staff, who))
                staff.set_state(session, staff=session.get_one(Staff, whom), state=Active.SUSPENDED, actor=actor, now=NOON)
            return True
        except ConflictError:
            return False

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda both: suspend(*both), pair))
    assert sorted(done) == [False, True]
    with transaction(engine) as session:
        assert len(session.exec(select(Staff).where(Staff.role == Role.ADMINISTRATOR, Staff.state == Active.ACTIVE)).all()) == 1
