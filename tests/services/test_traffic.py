"""A month of entries is counted once, after its end, by the rule; who came is erased later and the numbers stay."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.models import Presence, Technician, TrafficCell, Visit
from access_log.policy.codes import HowKnown
from access_log.services import retention, roster, traffic
from access_log.services.roster import PersonFacts
from tests.cast import Cast, as_contact, as_staff, requested
from tests.moments import NOON

DECEMBER = datetime(2026, 12, 1, 2, tzinfo=UTC)
"""Ten o'clock in Shanghai; the month's first eight hours are still November in UTC."""


def people(session: Session, ring: KeyRing, cast: Cast, count: int) -> list[Technician]:
    made = []
    for number in range(count):
        facts = PersonFacts(f"Person {number}", f"p{number}@nimbus.example", "")
        made.append(roster.add(session, ring, customer=cast.nimbus, facts=facts, actor=as_contact(cast.lin), now=NOON))
    return made


def came(session: Session, ring: KeyRing, cast: Cast, person: Technician, at: datetime, area_id: int | None = None) -> Visit:
    contact = cast.rival if person.customer_id == cast.kestrel.id else cast.lin
    (visit,) = requested(session, ring, cast, person, contact=contact)
    session.add(
        Presence(
            site_id=visit.site_id, visit_id=visit.id, customer_id=visit.customer_id, area_id=area_id or cast.hall.id or 0, entered_at=at,
            entered_known=HowKnown.SCAN, left_at=at + timedelta(hours=1), left_known=HowKnown.SCAN,
        )
    )  # fmt: skip
    session.flush()
    return visit


@pytest.fixture
def december(session: Session, ring: KeyRing, cast: Cast) -> list[Visit]:
    """Six people of two customers in the hall, Wei twice; nobody in the cage."""
    several = [*people(session, ring, cast, 3), cast.wei, cast.ana, cast.hao]
    made = [came(session, ring, cast, person, DECEMBER + timedelta(hours=number)) for number, person in enumerate(several)]
    return [*made, came(session, ring, cast, cast.wei, DECEMBER + timedelta(days=9))]


AFTER = datetime(2027, 1, 3, tzinfo=UTC)


def test_a_month_is_counted_two_days_after_its_end_and_only_once(
    session: Session, ring: KeyRing, cast: Cast, december: list[Visit]
) -> None:
    assert traffic.publish_due(session, site=cast.site, now=AFTER - timedelta(days=2)) == 1, "November, which is over for longer"
    assert traffic.publish_due(session, site=cast.site, now=AFTER) == 1
    assert traffic.publish_due(session, site=cast.site, now=AFTER) == 0
    came(session, ring, cast, cast.wei, DECEMBER)
    assert traffic.publish_due(session, site=cast.site, now=AFTER + timedelta(days=20)) == 0
    newest = traffic.published(session, site_id=cast.site.id or 0)[0]
    assert newest.month == "2026-12"


def test_with_one_empty_area_beside_it_a_large_one_is_hidden_too(session: Session, cast: Cast, december: list[Visit]) -> None:
    """The total would say what is in the other one: that nobody came."""
    traffic.publish_due(session, site=cast.site, now=AFTER)
    newest = traffic.published(session, site_id=cast.site.id or 0)[0]
    assert (set(newest.cells.values()), newest.total) == ({None}, 7)
    assert december


def test_two_large_areas_are_shown_with_their_total(session: Session, ring: KeyRing, cast: Cast, december: list[Visit]) -> None:
    for visit in december[:6]:
        person = session.get_one(Technician, visit.technician_id)
        came(session, ring, cast, person, DECEMBER + timedelta(days=3), cast.cage.id)
    traffic.publish_due(session, site=cast.site, now=AFTER)
    newest = traffic.published(session, site_id=cast.site.id or 0)[0]
    assert (newest.cells, newest.total) == ({cast.hall.id: 7, cast.cage.id: 6}, 13)


def test_the_month_is_the_sites_own(session: Session, ring: KeyRing, cast: Cast, december: list[Visit]) -> None:
    begins, ends = traffic.month_before(AFTER, 1, "Asia/Shanghai")
    assert (begins, ends) == (datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC))
    came(session, ring, cast, cast.hao, ends)
    counted = traffic.counted(session, cast.site, begins, ends)
    assert counted[cast.hall.id or 0].entries == len(december)
    assert len(counted[cast.hall.id or 0].people) == 6


@pytest.mark.clause("1.4.e")
def test_the_numbers_outlive_the_people_and_lead_to_none(session: Session, cast: Cast, december: list[Visit]) -> None:
    traffic.publish_due(session, site=cast.site, now=AFTER)
    before = traffic.published(session, site_id=cast.site.id or 0)
    while retention.erase_due(session, site=cast.site, now=AFTER + timedelta(days=900)):
        pass
    assert traffic.published(session, site_id=cast.site.id or 0) == before
    rows = session.exec(select(TrafficCell)).all()
    assert {column for row in rows for column in row.model_dump()} == {"id", "site_id", "month", "area_id", "entries", "published_at"}
    assert december
    assert as_staff(cast.rui)
