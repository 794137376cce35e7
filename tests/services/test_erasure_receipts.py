"""From when no copy opens what was erased: a forecast until it is so, and never a date that the keys in safe-keeping do not keep."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from access_log.db import reading, transaction
from access_log.models import Erasure
from access_log.policy.actors import system
from access_log.services import erasure, erasure_receipts
from access_log.services.erasure import Target
from access_log.services.erasure_receipts import Copies, Receipt, Stage
from tests.cast import Cast, make_cast
from tests.installation import Installation, fill

DAYS = 14


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Installation:
    return Installation(engine, tmp_path)


@pytest.fixture
def people(site: Installation) -> Cast:
    with transaction(site.engine) as session:
        return make_cast(session, site.ring)


@pytest.fixture
def subject(site: Installation, people: Cast) -> UUID:
    """Somebody who is erased on the second day."""
    (made,) = (one.id for one in fill(site.engine, site.ring, people, 1))
    site.turn()
    with transaction(site.engine) as session:
        erasure.erase(session, [Target(made)], reason="request", actor=system(people.site.id or 0), now=site.now)
    return made


def copies(site: Installation, subject: UUID) -> Copies:
    with reading(site.engine) as session:
        (receipt,) = erasure_receipts.of_subject(session, subject, horizon=timedelta(days=DAYS), now=site.now)
    return receipt.copies


def test_the_date_is_a_forecast_then_the_day_the_last_key_went(site: Installation, subject: UUID) -> None:
    erased_at = site.now
    assert copies(site, subject) == Copies(Stage.COMING, erased_at + timedelta(days=DAYS + 1))
    site.turn(days=DAYS - 2)
    site.keep_safe()
    site.destroy_escrows()
    assert copies(site, subject) == Copies(Stage.ESCROWED, erased_at + timedelta(days=DAYS + 1)), "a copy of the ring holds them, too"
    for _day in range(3):
        site.turn()
        site.keep_safe()
        site.destroy_escrows()
        site.turn(days=0)
    found = copies(site, subject)
    assert found.stage is Stage.GONE
    assert found.at is not None
    assert erased_at + timedelta(days=DAYS) <= found.at <= erased_at + timedelta(days=DAYS + 1), (
        "not before the horizon, and no later than told"
    )


def test_a_copy_of_the_keys_in_safe_keeping_delays_the_date_until_it_is_attested_destroyed(site: Installation, subject: UUID) -> None:
    site.keep_safe()
    assert copies(site, subject).stage is Stage.ESCROWED
    site.turn(days=DAYS)
    site.keep_safe()
    site.turn()
    site.keep_safe()
    site.turn(days=0)
    found = copies(site, subject)
    assert found.stage is Stage.ESCROWED, "the keys are gone here, and still lie in safe-keeping"
    site.turn(days=10)
    site.destroy_escrows()
    assert copies(site, subject) == Copies(Stage.GONE, site.now), "the later of the two days"


def test_a_pause_stands_on_the_receipt_instead_of_a_date(site: Installation, subject: UUID) -> None:
    site.turn(days=DAYS + 5)
    site.turn()
    assert copies(site, subject) == Copies(Stage.PAUSED, None), "no escrow, no backup: nobody can say when"


def test_a_day_that_has_passed_is_no_forecast(site: Installation, people: Cast) -> None:
    """No worker ever ran, so nothing is known of any key."""
    (made,) = (one.id for one in fill(site.engine, site.ring, people, 1))
    with transaction(site.engine) as session:
        erasure.erase(session, [Target(made)], reason="request", actor=system(people.site.id or 0), now=site.now)
    assert copies(site, made).stage is Stage.COMING
    site.now += timedelta(days=DAYS + 2)
    assert copies(site, made) == Copies(Stage.PAUSED, None)


def test_pages_are_of_one_site_and_the_newest_comes_first(site: Installation, people: Cast) -> None:
    here = people.site.id or 0
    subjects = [one.id for one in fill(site.engine, site.ring, people, 60)]
    with transaction(site.engine) as session:
        for place, one in enumerate(subjects):
            at = site.now + timedelta(minutes=place)
            erasure.erase(session, [Target(one)], reason="due", actor=system(here), now=at)

    def page(number: int, site_id: int = here) -> list[Receipt]:
        with reading(site.engine) as session:
            found = erasure_receipts.listed(session, site_id=site_id, page=number, horizon=timedelta(days=DAYS), now=site.now)
        return list(found.rows)

    assert [one.row.subject_id for one in page(1) + page(2)] == subjects[::-1]
    assert page(1, here + 1) == []


def test_a_receipt_is_found_by_its_own_number_only(site: Installation, subject: UUID) -> None:
    with reading(site.engine) as session:
        number = erasure_receipts.latest(session, subject)
        assert number is not None
        found = erasure_receipts.one(session, number, horizon=timedelta(days=DAYS), now=site.now)
        assert found is not None
        assert isinstance(found.row, Erasure)
        assert found.row.subject_id == subject
        assert erasure_receipts.one(session, subject, horizon=timedelta(days=DAYS), now=site.now) is None
