"""Guesses made at the same moment: each is counted, and no more are looked at than one after the other."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import SignInFailure, Staff
from access_log.services import signin
from access_log.services.signin import MOST, Attempt
from tests.cast import PASSWORD, Cast, make_cast
from tests.faults.crowd import at_once
from tests.moments import NOON

pytestmark = [pytest.mark.fault, pytest.mark.asvs("6.3.1")]
CROWD = 12
HERE = Attempt("", "203.0.113.7")


@pytest.fixture
def cast(engine: Engine, ring: KeyRing) -> Cast:
    with transaction(engine) as session:
        return make_cast(session, ring)


def password(engine: Engine, ring: KeyRing, cast: Cast, typed: str) -> str:
    with transaction(engine) as session:
        mei = session.get_one(Staff, cast.mei.id)
        done = signin.with_password(
            session, ring, account=mei, name="1001", site_id=mei.site_id, password=typed, attempt=HERE, now=NOON
        )  # fmt: skip
        return "in" if done.account else done.fault


def present(engine: Engine, ring: KeyRing, cast: Cast, typed: str) -> str:
    with transaction(engine) as session:
        return signin.present_password(session, ring, session.get_one(Staff, cast.mei.id), typed, HERE, NOON)


def pin(engine: Engine, ring: KeyRing, cast: Cast, typed: str) -> str:
    with transaction(engine) as session:
        return signin.with_pin(session, ring, number="1001", pin=typed, desk="desk", site_id=cast.site.id or 0, now=NOON).fault


def code(engine: Engine, ring: KeyRing, cast: Cast, typed: str) -> str:
    """As the page of the second factor does it."""
    del typed
    with transaction(engine) as session:
        mei = session.get_one(Staff, cast.mei.id)
        bucket = signin.code_bucket(ring, mei, HERE)
        if signin.too_many(session, bucket, NOON):
            return "too_many"
        signin.note_failure(session, bucket, account=mei, now=NOON)
        return "wrong"


@pytest.mark.parametrize("guess", [password, present, pin, code])
def test_of_guesses_made_at_once_five_are_looked_at_and_counted(
    engine: Engine, ring: KeyRing, cast: Cast, guess: Callable[[Engine, KeyRing, Cast, str], str]
) -> None:
    answers = Counter(at_once([lambda number=number: guess(engine, ring, cast, f"wrong {number}") for number in range(CROWD)]))  # type: ignore[misc]
    looked_at = CROWD - answers["too_many"] + (guess is pin)  # the fifth wrong PIN says at once that the desk is closed
    assert looked_at == MOST, answers
    with transaction(engine) as session:
        assert session.exec(select(func.count()).select_from(SignInFailure)).one() == MOST


def test_the_right_password_among_many_guesses_counts_only_in_its_turn(engine: Engine, ring: KeyRing, cast: Cast) -> None:
    """Whoever guesses rightly after the fifth wrong guess is not let in, however close together they came."""
    assert at_once([lambda number=number: password(engine, ring, cast, f"wrong {number}") for number in range(MOST)]) == ["wrong"] * MOST  # type: ignore[misc]
    assert password(engine, ring, cast, PASSWORD) == "too_many"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_lock_more_are_looked_at(engine: Engine, ring: KeyRing, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lock is for, on the database that needs one."""
    monkeypatch.setattr(signin, "_hold", lambda _session, _bucket: None)
    answers = Counter(at_once([lambda number=number: password(engine, ring, cast, f"wrong {number}") for number in range(CROWD)]))  # type: ignore[misc]
    assert answers["wrong"] > MOST, answers
