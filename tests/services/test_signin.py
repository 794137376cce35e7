"""Sign-in: guessing is slow for everybody, and nobody can lock anybody else out."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto import passwords
from access_log.crypto.ring import KeyRing
from access_log.crypto.suites import Suite
from access_log.models import AccessEvent, SignInFailure
from access_log.policy.codes import Active, EventType
from access_log.services import accounts, signin
from access_log.services.accounts import Account
from access_log.services.signin import Attempt, SignIn
from tests import sinks
from tests.cast import PASSWORD, PIN, Cast
from tests.moments import NOON

HOME, ABROAD = Attempt("", "203.0.113.7"), Attempt("", "198.51.100.9")


def attempt(
    session: Session,
    ring: KeyRing,
    cast: Cast,
    account: Account | None,
    password: str,
    where: Attempt = HOME,
    *,
    minutes: float = 0,
    name: str = "x",
) -> SignIn:
    now, site_id = NOON + timedelta(minutes=minutes), cast.site.id or 0
    return signin.with_password(
        session, ring, account=account, name=name, site_id=site_id, password=password, attempt=where, now=now
    )  # fmt: skip


def fill(session: Session, ring: KeyRing, cast: Cast, account: Account | None, where: Attempt, name: str = "x") -> list[str]:
    return [attempt(session, ring, cast, account, f"wrong {number}", where, name=name).fault for number in range(7)]


def test_the_right_password_opens_and_is_noted_as_use(session: Session, ring: KeyRing, cast: Cast) -> None:
    later = timedelta(minutes=3)
    assert attempt(session, ring, cast, cast.lin, PASSWORD, minutes=3).account is cast.lin
    assert cast.lin.used_at == NOON + later
    assert session.exec(select(SignInFailure)).all() == []


@pytest.mark.asvs("V6.3.1")
@pytest.mark.clause("1.4.f")
def test_the_sixth_try_is_not_even_looked_at(session: Session, ring: KeyRing, cast: Cast) -> None:
    assert fill(session, ring, cast, cast.lin, ABROAD) == ["wrong"] * 5 + ["too_many"] * 2
    assert attempt(session, ring, cast, cast.lin, PASSWORD, ABROAD).fault == "too_many", "the right password neither"
    assert attempt(session, ring, cast, cast.lin, PASSWORD, ABROAD, minutes=14.9).fault == "too_many"
    assert attempt(session, ring, cast, cast.lin, PASSWORD, ABROAD, minutes=15).account is cast.lin


@pytest.mark.asvs("V6.3.2")
def test_a_stranger_elsewhere_locks_nobody_out(session: Session, ring: KeyRing, cast: Cast) -> None:
    """The owner comes in from another network, and from a browser that knows the account even from the stranger's own."""
    fill(session, ring, cast, cast.lin, ABROAD)
    assert attempt(session, ring, cast, cast.lin, PASSWORD, HOME).account is cast.lin
    known = Attempt(signin.device_cookie(ring, cast.lin), ABROAD.address)
    assert attempt(session, ring, cast, cast.lin, PASSWORD, known).account is cast.lin
    assert attempt(session, ring, cast, cast.lin, PASSWORD, ABROAD).fault == "too_many", "while the stranger's way in stays shut"


def test_a_known_browser_stays_known_when_the_installation_changes_its_suite(session: Session, ring: KeyRing, cast: Cast) -> None:
    fill(session, ring, cast, cast.lin, ABROAD)
    known = Attempt(signin.device_cookie(KeyRing(Suite.GM, ring.keys), cast.lin), ABROAD.address)
    assert attempt(session, ring, cast, cast.lin, PASSWORD, known).account is cast.lin


@pytest.mark.parametrize("device", ["00" * 48, "zz", "", "ab" * 47, "\ud800", "é" * 96])
def test_a_made_up_device_is_no_known_browser(session: Session, ring: KeyRing, cast: Cast, device: str) -> None:
    fill(session, ring, cast, cast.lin, ABROAD)
    assert attempt(session, ring, cast, cast.lin, PASSWORD, Attempt(device, ABROAD.address)).fault == "too_many"


def test_one_persons_device_says_nothing_about_another(session: Session, ring: KeyRing, cast: Cast) -> None:
    """A contact cannot use their own browser's cookie to guess at a colleague's password in fresh buckets."""
    fill(session, ring, cast, cast.lin, ABROAD)
    for other in (cast.chen, cast.mei):
        foreign = Attempt(signin.device_cookie(ring, other), ABROAD.address)
        assert attempt(session, ring, cast, cast.lin, PASSWORD, foreign).fault == "too_many"


def test_guesses_from_a_known_browser_count_for_that_browser(session: Session, ring: KeyRing, cast: Cast) -> None:
    stolen = Attempt(signin.device_cookie(ring, cast.lin), ABROAD.address)
    assert fill(session, ring, cast, cast.lin, stolen)[-1] == "too_many"
    assert attempt(session, ring, cast, cast.lin, PASSWORD, Attempt(signin.device_cookie(ring, cast.lin), HOME.address)).account is cast.lin


@pytest.mark.parametrize(
    ("address", "same"),
    [("203.0.113.200", True), ("203.0.114.7", False), ("2001:db8::1", False), ("not an address", False)],
)
def test_a_network_counts_as_one(session: Session, ring: KeyRing, cast: Cast, address: str, same: bool) -> None:
    """A household or office has many addresses: changing to the next one gives no new tries."""
    fill(session, ring, cast, cast.lin, HOME)
    assert (attempt(session, ring, cast, cast.lin, PASSWORD, Attempt("", address)).fault == "too_many") is same


def test_an_ipv6_household_is_its_64(session: Session, ring: KeyRing, cast: Cast) -> None:
    fill(session, ring, cast, cast.lin, Attempt("", "2001:db8:1:2::1"))
    assert attempt(session, ring, cast, cast.lin, PASSWORD, Attempt("", "2001:db8:1:2:ffff::9")).fault == "too_many"
    assert attempt(session, ring, cast, cast.lin, PASSWORD, Attempt("", "2001:db8:1:3::1")).account is cast.lin


@pytest.mark.asvs("V6.3.8")
def test_an_account_that_does_not_exist_answers_like_one_that_does(
    session: Session, ring: KeyRing, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answers in the same order, and as much work for each."""
    checks: list[str] = []
    real = passwords._verify

    def counted(hashed: str, text: str) -> bool:
        checks.append(text)
        return real(hashed, text)

    monkeypatch.setattr(passwords, "_verify", counted)
    known = fill(session, ring, cast, cast.lin, ABROAD)
    work, checks[:] = len(checks), []
    unknown = fill(session, ring, cast, None, ABROAD, name="nobody@nimbus.example")
    assert (known, work) == (unknown, len(checks))


@pytest.mark.parametrize("state", [Active.SUSPENDED, Active.ENDED])
def test_a_closed_account_answers_like_a_wrong_password(session: Session, ring: KeyRing, cast: Cast, state: Active) -> None:
    cast.lin.state = state
    session.flush()
    assert attempt(session, ring, cast, cast.lin, PASSWORD).fault == "wrong"


def test_a_contact_of_an_ended_customer_and_an_account_without_a_password_stay_out(session: Session, ring: KeyRing, cast: Cast) -> None:
    cast.chen.password_hash = None
    assert attempt(session, ring, cast, cast.chen, "").fault == "wrong"
    cast.nimbus.state = Active.SUSPENDED
    session.flush()
    assert attempt(session, ring, cast, cast.lin, PASSWORD).account is cast.lin, "a suspended company may look at its own visits"
    cast.nimbus.state = Active.ENDED
    session.flush()
    assert attempt(session, ring, cast, cast.lin, PASSWORD).fault == "wrong"


@pytest.mark.clause("4.1.d")
def test_refused_tries_are_in_the_record_without_what_was_typed(session: Session, ring: KeyRing, cast: Cast) -> None:
    attempt(session, ring, cast, cast.lin, "hunter2-hunter2")
    attempt(session, ring, cast, None, "hunter3-hunter3", name="nobody@nimbus.example")
    known, unknown = session.exec(select(AccessEvent).where(AccessEvent.type == EventType.SIGN_IN_REFUSED).order_by("id")).all()
    assert (known.actor_id, unknown.actor_id) == (cast.lin.id, None)
    assert sinks.found_in(sinks.rows(session), "hunter2-hunter2", "hunter3-hunter3", "nobody@nimbus.example", HOME.address) == []


def test_old_failures_are_forgotten(session: Session, ring: KeyRing, cast: Cast) -> None:
    fill(session, ring, cast, cast.lin, ABROAD)
    attempt(session, ring, cast, cast.chen, "wrong", HOME, minutes=20)
    assert len(session.exec(select(SignInFailure)).all()) == 1


def test_a_hash_of_weaker_settings_is_made_anew_at_sign_in(session: Session, ring: KeyRing, cast: Cast) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    cast.lin.password_hash = weak
    assert attempt(session, ring, cast, cast.lin, PASSWORD).account is cast.lin
    assert cast.lin.password_hash != weak
    assert attempt(session, ring, cast, cast.lin, PASSWORD).account is cast.lin


def test_people_are_found_by_number_and_by_mail_without_opening_anything(session: Session, ring: KeyRing, cast: Cast) -> None:
    site = cast.site.id or 0
    found = signin.find_contact(session, ring, site_id=site, mail=" LIN@nimbus.EXAMPLE")
    assert found is not None
    assert found.id == cast.lin.id
    assert signin.find_staff(session, "1001") is cast.mei
    assert signin.find_staff(session, "9999") is None
    assert signin.find_contact(session, ring, site_id=site, mail="wei@nimbus.example") is None, "a technician is no contact"
    assert session.exec(select(AccessEvent).where(AccessEvent.type == EventType.IDENTITY_REVEALED)).all() == []


def pin(session: Session, ring: KeyRing, cast: Cast, number: str = "1001", typed: str = PIN, desk: str = "desk 1") -> SignIn:
    return signin.with_pin(session, ring, number=number, pin=typed, desk=desk, site_id=cast.site.id or 0, now=NOON)


def test_a_pin_takes_over_a_desk_and_five_wrong_ones_close_that_desk_alone(session: Session, ring: KeyRing, cast: Cast) -> None:
    assert pin(session, ring, cast).account is cast.mei
    faults = [pin(session, ring, cast, typed="111112").fault for _ in range(6)]
    assert faults == ["wrong"] * 4 + ["too_many"] * 2
    assert pin(session, ring, cast).fault == "too_many"
    assert pin(session, ring, cast, desk="desk 2").account is cast.mei


@pytest.mark.parametrize("number", ["2001", "3001", "9001", "0000", ""])
def test_only_a_guards_pin_opens_a_desk(session: Session, ring: KeyRing, cast: Cast, number: str) -> None:
    assert pin(session, ring, cast, number=number).fault == "wrong"


@pytest.mark.clause("1.4.b")
def test_the_second_factor_works_once_and_in_full_width_too(session: Session, ring: KeyRing, cast: Cast) -> None:
    from access_log.crypto.totp import code_at, new_secret

    secret = new_secret()
    assert not accounts.check_code(session, ring, account=cast.lin, code="123456", now=NOON), "no secret, no code"
    accounts.begin_second_factor(session, ring, account=cast.lin, secret=secret)
    code = code_at(secret, NOON)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert not accounts.check_code(session, ring, account=cast.chen, code=code, now=NOON), "one's own code only"
    assert accounts.check_code(session, ring, account=cast.lin, code=f"{wide[:3]} {wide[3:]}", now=NOON)
    assert not accounts.check_code(session, ring, account=cast.lin, code=code, now=NOON)
    assert not accounts.check_code(session, ring, account=cast.lin, code=code_at(secret, NOON - timedelta(seconds=30)), now=NOON), (
        "nor an older one"
    )
    later = NOON + timedelta(seconds=30)
    assert accounts.check_code(session, ring, account=cast.lin, code=code_at(secret, later), now=later)
