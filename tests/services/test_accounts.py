"""Accounts: an invitation works once, for seven days, for one person; a new password voids what was before."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.passwords import verify_password, verify_pin
from access_log.crypto.ring import KeyRing
from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Contact, OutboxMessage, Staff, StoredSecret, Template
from access_log.policy.codes import Active, ActorKind
from access_log.services import accounts, sessions
from tests import sinks
from tests.cast import Cast
from tests.moments import NOON

NEW = "a new horse for the battery"


def link(session: Session, ring: KeyRing, cast: Cast) -> str:
    accounts.invite(session, account=cast.lin, now=NOON)
    return accounts.invitation_of(ring, cast.lin)


def followed(
    session: Session, ring: KeyRing, text: str, *, days: float = 0, model: type[Staff] | type[Contact] = Contact
) -> accounts.Account:
    return accounts.invited(session, ring, model=model, text=text, now=NOON + timedelta(days=days))


def test_an_invitation_leads_to_its_account_for_seven_days(session: Session, ring: KeyRing, cast: Cast) -> None:
    text = link(session, ring, cast)
    assert followed(session, ring, text) is cast.lin
    assert followed(session, ring, text, days=7) is cast.lin
    with pytest.raises(NotFoundError):
        followed(session, ring, text, days=7.001)
    (letter,) = session.exec(select(OutboxMessage)).all()
    assert (letter.template, letter.subject_id) == (Template.ACCOUNT, cast.lin.subject_id)
    assert sinks.found_in(sinks.rows(session), text.partition("-")[2]) == [], "derived when it is sent, stored nowhere"


def test_a_newer_invitation_voids_the_older(session: Session, ring: KeyRing, cast: Cast) -> None:
    old = link(session, ring, cast)
    new = link(session, ring, cast)
    assert old != new
    assert followed(session, ring, new) is cast.lin
    with pytest.raises(NotFoundError):
        followed(session, ring, old)


def test_an_invitation_works_once_and_voids_everything_from_before(session: Session, ring: KeyRing, cast: Cast) -> None:
    text = link(session, ring, cast)
    accounts.begin_second_factor(session, ring, account=cast.lin, secret=b"twenty bytes of seed")
    cast.lin.totp_on = True
    sessions.open_session(
        session, site_id=cast.lin.site_id, face="portal", kind=ActorKind.CONTACT, actor_id=cast.lin.id or 0, now=NOON
    )  # fmt: skip
    accounts.accept(session, account=followed(session, ring, text), password=NEW)
    assert verify_password(cast.lin.password_hash or "", NEW)
    assert not cast.lin.totp_on
    assert session.get(StoredSecret, cast.lin.subject_id) is None
    assert sessions.sessions_of(session, kind=ActorKind.CONTACT, actor_id=cast.lin.id or 0) == []
    with pytest.raises(NotFoundError):
        followed(session, ring, text)


@pytest.mark.parametrize(("password", "code"), [("short", "too_short"), ("x" * 129, "too_long"), ("passwordpassword", "common")])
def test_a_bad_password_is_refused_and_the_invitation_stays_good(
    session: Session, ring: KeyRing, cast: Cast, password: str, code: str
) -> None:
    text = link(session, ring, cast)
    with pytest.raises(RefusedInputError) as refused:
        accounts.accept(session, account=cast.lin, password=password)
    assert (refused.value.field, refused.value.code) == ("password", code)
    assert followed(session, ring, text) is cast.lin


def test_what_is_no_invitation_leads_nowhere(session: Session, ring: KeyRing, cast: Cast) -> None:
    text = link(session, ring, cast)
    account, _dash, token = text.partition("-")
    for wrong in (
        "",
        "x",
        account,
        f"{account}-",
        f"{account}-{token[:-1]}",
        f"{account}-{'0' * 26}",
        text.upper(),
        f"{text} ",
        f"{cast.chen.subject_id.hex}-{token}",
        f"{account}-\ud800",
        "魏" * 60,
    ):
        with pytest.raises(NotFoundError):
            followed(session, ring, wrong)
    with pytest.raises(NotFoundError):
        followed(session, ring, text, model=Staff)


@pytest.mark.parametrize("state", [Active.SUSPENDED, Active.ENDED])
def test_a_closed_accounts_invitation_is_dead(session: Session, ring: KeyRing, cast: Cast, state: Active) -> None:
    text = link(session, ring, cast)
    cast.lin.state = state
    session.flush()
    with pytest.raises(NotFoundError):
        followed(session, ring, text)


def test_staff_and_who_may_approve_need_a_second_factor(cast: Cast) -> None:
    assert [accounts.needs_second_factor(person) for person in (cast.mei, cast.rui, cast.admin, cast.lin)] == [True] * 4
    assert not accounts.needs_second_factor(cast.chen)
    cast.chen.totp_on = True
    assert accounts.needs_second_factor(cast.chen), "whoever has set one up keeps to it"


def test_a_pin_is_kept_as_a_hash_and_a_simple_one_refused(session: Session, cast: Cast) -> None:
    accounts.set_pin(session, staff=cast.mei, pin="730164")
    assert verify_pin(cast.mei.pin_hash or "", "730164")
    with pytest.raises(RefusedInputError) as refused:
        accounts.set_pin(session, staff=cast.mei, pin="123456")
    assert (refused.value.field, refused.value.code) == ("pin", "too_simple")
    assert verify_pin(cast.mei.pin_hash or "", "730164")


def test_a_changed_password_ends_every_other_session(session: Session, cast: Cast) -> None:
    who = {"kind": ActorKind.CONTACT, "actor_id": cast.lin.id or 0}
    rows = [sessions.open_session(session, site_id=cast.lin.site_id, face="portal", now=NOON, **who)[0] for _ in range(3)]  # type: ignore[arg-type]
    accounts.change_password(session, account=cast.lin, password=NEW, keep=rows[1], now=NOON)
    left = sessions.sessions_of(session, kind=ActorKind.CONTACT, actor_id=cast.lin.id or 0)
    assert [row.digest for row in left] == [rows[1].digest]
