"""Whoever has an old copy of the database, today's database and today's ring: after the horizon they learn nothing that is gone.

The thief of these tests tries every way the product has of opening, and the ways in which old and new pieces could be put together.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.blind import IndexKind, blind_candidates
from access_log.crypto.envelope import Sealed
from access_log.crypto.errors import CryptoError
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.suites import Suite
from access_log.db import make_engine, transaction
from access_log.errors import FencedError
from access_log.models import BackupRun, BlindIndex, Escrow, ReportFile, StoredSecret, Subject, VaultItem, VaultLabel
from access_log.policy.actors import system
from access_log.policy.codes import Item
from access_log.services import erasure, vault
from access_log.services.erasure import Target
from tests.cast import Cast, make_cast
from tests.conftest import LONG
from tests.installation import Installation, fill

PEOPLE = 250
DAYS = 14


@dataclass(frozen=True)
class Copy:
    """Everything of a database that keys open: what a thief of its file has."""

    items: dict[tuple[UUID, str], tuple[Purpose, Sealed]]
    index: list[BlindIndex]

    @classmethod
    def of(cls, engine: Engine) -> "Copy":
        with transaction(engine) as session:
            return cls(dict(_items(session)), [BlindIndex(**row.model_dump()) for row in session.exec(select(BlindIndex))])


def _items(session: Session) -> Iterator[tuple[tuple[UUID, str], tuple[Purpose, Sealed]]]:
    for item in session.exec(select(VaultItem)):
        yield (item.subject_id, item.item.value), (Purpose.IDENTITY, _sealed(item))
    for label in session.exec(select(VaultLabel)):
        yield (label.subject_id, "label"), (Purpose.LABEL, _sealed(label))
    for secret in session.exec(select(StoredSecret)):
        yield (secret.subject_id, "secret"), (Purpose.IDENTITY, _sealed(secret))


def _sealed(row: VaultItem | VaultLabel | StoredSecret | ReportFile) -> Sealed:
    return Sealed(row.suite, row.kek_version, row.wrapped_key, row.ciphertext)


def opened(ring: KeyRing, old: Copy, new: Copy) -> dict[tuple[UUID, str], bytes]:
    """What a thief reads of the old copy's values: as they are, and with any key, any version and any suite put in their place."""
    found = {}
    for (subject, item), (purpose, was) in old.items.items():
        now = new.items.get((subject, item))
        keys = [was.wrapped_key] + ([now[1].wrapped_key] if now else [])
        versions = ring.kek_versions(purpose)
        for wrapped, version, suite in product(keys, {was.kek_version, versions[0], versions[-1]}, Suite):
            forged = replace(was, wrapped_key=wrapped, kek_version=version, suite=int(suite))
            try:
                found[subject, item] = open_sealed(ring, forged, purpose=purpose, subject=subject, item=item)
            except CryptoError:
                continue
    return found


def unchanged(old: Copy, new: Copy) -> set[tuple[UUID, str]]:
    """What is held today exactly as it was then: the old copy says nothing of it that today's database does not."""
    return {key for key, (_purpose, sealed) in old.items.items() if key in new.items and new.items[key][1].ciphertext == sealed.ciphertext}


def confirmed(ring: KeyRing, copy: Copy, numbers: list[str], site_id: int) -> set[UUID]:
    """Whose number a thief confirms who guesses exactly the right ones."""
    whose = {row.value: row.subject_id for row in copy.index}
    guessed = (
        value for number in numbers for kind in IndexKind for value in blind_candidates(ring, site_id=site_id, kind=kind, value=number)
    )
    return {whose[value] for value in guessed if value in whose}


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Installation:
    return Installation(engine, tmp_path)


@pytest.fixture
def people(site: Installation) -> Cast:
    with transaction(site.engine) as session:
        return make_cast(session, site.ring)


def pass_days(site: Installation, days: int) -> None:
    """Days on which everything goes as it should: keys change, the ring is escrowed, a backup is made. Looked at twice, not daily."""
    site.turn()
    site.keep_safe()
    site.turn(days=days - 1)
    site.keep_safe()
    site.turn(days=0)


def phone(number: int) -> str:
    return f"+86138{number:08}"


def test_after_the_horizon_nothing_that_was_erased_expired_or_corrected_is_opened_and_no_number_confirmed(
    site: Installation, people: Cast
) -> None:
    site_id = people.site.id or 0
    subjects = [subject.id for subject in fill(site.engine, site.ring, people, PEOPLE)]
    site.turn()
    old = Copy.of(site.engine)
    erased, expired, corrected, living = subjects[:60], subjects[60:120], subjects[120:180], subjects[180:]
    before = opened(site.ring, old, old)
    assert len(before) == len(old.items) >= PEOPLE * 3, "today the thief opens everything: the tries below could succeed"
    assert confirmed(site.ring, old, [phone(n) for n in range(PEOPLE)], site_id) == set(subjects)
    with transaction(site.engine) as session:
        targets = [*erasure.everything_of(erased), *(Target(one, Item.CONTACT) for one in expired)]
        erasure.erase(session, targets, reason="due", actor=system(site_id), now=site.now)
        for one in corrected:
            subject = session.get_one(Subject, one)
            vault.register(session, site.ring, subject=subject, name="李新", phone="+8613900000000", actor=system(site_id), now=site.now)
    pass_days(site, DAYS)
    new = Copy.of(site.engine)
    found = opened(site.ring, old, new)
    assert found.keys() == unchanged(old, new), "today's keys beside old bytes give what today's database gives"
    gone = {(one, item) for one in erased for item in ("name", "contact", "label")} | {(one, "contact") for one in expired}
    gone |= {(one, item) for one in corrected for item in ("name", "contact", "label")}
    assert not found.keys() & gone
    assert opened(site.ring, old, Copy({}, [])) == {}, "the old copy alone is bytes without a key, of the living, too"
    assert confirmed(site.ring, old, [phone(n) for n in range(PEOPLE)], site_id) == set()
    today = opened(site.ring, new, new)
    assert {one for one, item in today if item == "name"} >= {*expired, *corrected, *living}
    assert not {one for one, _item in today} & set(erased)
    assert confirmed(site.ring, new, [phone(n) for n in range(PEOPLE)], site_id) == set(living)


def test_inside_the_horizon_a_copy_opens_for_all_who_still_live(site: Installation, people: Cast) -> None:
    subjects = [subject.id for subject in fill(site.engine, site.ring, people, PEOPLE)]
    site.turn()
    old = Copy.of(site.engine)
    pass_days(site, DAYS - 2)
    found = opened(site.ring, old, Copy({}, []))
    assert len([one for one, item in found if item == "name" and one in set(subjects)]) == PEOPLE
    pass_days(site, 3)
    assert opened(site.ring, old, Copy({}, [])) == {}


def test_while_the_destruction_is_paused_an_old_copy_still_opens_what_was_erased(site: Installation, people: Cast) -> None:
    """Why a pause is an alarm and stands on the receipts. The negative control of the tests above."""
    (subject,) = (one.id for one in fill(site.engine, site.ring, people, 1))
    site.turn()
    old = Copy.of(site.engine)
    with transaction(site.engine) as session:
        erasure.erase(session, [Target(subject)], reason="request", actor=system(people.site.id or 0), now=site.now)
    site.turn(days=DAYS + 5)
    site.turn()
    assert (subject, "name") in opened(site.ring, old, Copy({}, []))


class Days:
    """What may happen to eight people and their keys, in any order."""

    def __init__(self, site: Installation, cast: Cast) -> None:
        self.site, self.site_id = site, cast.site.id or 0
        self.subjects = [subject.id for subject in fill(site.engine, site.ring, cast, 8)]

    def erase(self, whom: int) -> None:
        self._erase(Target(self.subjects[whom]))

    def expire(self, whom: int) -> None:
        self._erase(Target(self.subjects[whom], Item.CONTACT))

    def clear(self, whom: int) -> None:
        self._erase(Target(self.subjects[whom], Item.CONTACT, fence=False))

    def _erase(self, target: Target) -> None:
        with transaction(self.site.engine) as session:
            erasure.erase(session, [target], reason="due", actor=system(self.site_id), now=self.site.now)

    def correct(self, whom: int) -> None:
        with transaction(self.site.engine) as session, suppress(FencedError):
            subject = session.get_one(Subject, self.subjects[whom])
            vault.register(
                session, self.site.ring, subject=subject, name="李新", phone=phone(whom), actor=system(self.site_id), now=self.site.now
            )

    def turn(self, _whom: int) -> None:
        self.site.turn()

    def off(self, days: int) -> None:
        self.site.turn(days=days * 4)

    def safe(self, _whom: int) -> None:
        self.site.keep_safe()

    def lose(self, _whom: int) -> None:
        """All backups and escrows are gone; the keys must wait for new ones."""
        with transaction(self.site.engine) as session:
            for row in (*session.exec(select(Escrow)), *session.exec(select(BackupRun))):
                session.delete(row)


acts = st.lists(st.tuples(st.sampled_from([name for name in vars(Days) if not name.startswith("_")]), st.integers(0, 7)), max_size=14)


@given(acts=acts, copy_at=st.integers(0, 10))
@settings(max_examples=200 if LONG else 6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happened_before_what_is_gone_for_a_horizon_of_good_days_is_gone(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]], copy_at: int
) -> None:
    """Any mixture of erasing, correcting, missed days and lost backups, a copy taken anywhere; then the days the design asks for."""
    folder = tmp_path_factory.mktemp("days")
    shutil.copy(sqlite_template, folder / "access_log.db")
    engine = make_engine(f"sqlite:///{folder / 'access_log.db'}")
    site = Installation(engine, folder)
    with transaction(engine) as session:
        cast = make_cast(session, site.ring)
    days = Days(site, cast)
    copies = [Copy.of(engine)]
    for place, (act, whom) in enumerate(acts):
        if place == copy_at:
            copies.append(Copy.of(engine))
        getattr(days, act)(whom)
    copies.append(Copy.of(engine))
    pass_days(site, DAYS + 1)
    today = Copy.of(engine)
    for copy in copies:
        assert opened(site.ring, copy, today).keys() == unchanged(copy, today)
        assert opened(site.ring, copy, Copy({}, [])) == {}
        assert confirmed(site.ring, copy, [phone(n) for n in range(8)], days.site_id) == set()
    assert len(opened(site.ring, today, today)) == len(today.items), "and nothing is lost"
    engine.dispose()
