"""The preview counts what the sweep will do: no more, no less, by the same rules. The clock of the sweep is one that may be believed."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import RetentionRun, VaultItem, Visit
from access_log.policy.codes import Item, VisitState
from access_log.policy.trusted_time import Tick
from access_log.services import policy_publishing, retention, retention_ahead, retention_rows, retention_runs
from access_log.sweeping import sweep_believed
from tests.cast import Cast, as_staff, make_cast, requested
from tests.moments import NOON

DAY = timedelta(days=1)


def over(session: Session, visit: Visit, *, left: datetime | None, ended: datetime) -> None:
    """A visit that is over: somebody left it, or nobody came."""
    visit.window_from, visit.window_until = ended - timedelta(hours=2), ended
    visit.state = VisitState.EXITED if left else VisitState.NO_SHOW
    visit.arrived_at = visit.entered_at = left and left - timedelta(hours=1)
    visit.left_at = left
    session.add(visit)
    session.flush()


@pytest.fixture
def past(session: Session, ring: KeyRing, cast: Cast) -> list[Visit]:
    """Visits that ended in each of the past days, at odd hours; every third was one that nobody came to."""
    policy_publishing.publish_default(session, site=cast.site, now=NOON)
    made = []
    for number in range(10):
        (visit,) = requested(session, ring, cast, (cast.wei, cast.ana)[number % 2])
        ended = NOON - timedelta(days=number * 22, hours=number * 5 % 24)
        over(session, visit, left=None if number % 3 == 0 else ended, ended=ended)
        visit.notice_version = "default-1" if number % 4 else None
        session.add(visit)
        made.append(visit)
    session.flush()
    while retention.erase_due(session, site=cast.site, now=NOON):
        pass
    return made


def due_by(session: Session, cast: Cast, moment: datetime) -> Counter[str]:
    rows = Counter(row.rule for row in retention.due_now(session, cast.site, moment, limit=10_000))
    for code in retention_ahead.ABOUT_PEOPLE:
        rule = retention_rows.RULES_BY_CODE[code]
        rows[code] += len(retention_rows.due(session, cast.site, rule, moment, limit=10_000))
    return +rows


@pytest.mark.clause("4.4.a")
def test_the_preview_is_what_the_sweep_will_do_day_by_day(session: Session, cast: Cast, past: list[Visit]) -> None:
    coming = retention_ahead.ahead(session, site=cast.site, now=NOON)
    assert coming.tonight == due_by(session, cast, coming.morning)
    assert coming.tonight.total() == len(coming.listed)
    seen: Counter[str] = Counter()
    for number, (day, counted) in enumerate(coming.days):
        midnight = datetime(2026, 11, 24, 16, tzinfo=NOON.tzinfo) + number * DAY
        seen += counted
        assert number % 6 or seen == due_by(session, cast, midnight), day
    assert {"name", "document", "reach", "unused"} & set(seen)
    assert len(coming.days) == 30
    assert past


def test_after_the_night_nothing_of_it_is_left(session: Session, cast: Cast, past: list[Visit]) -> None:
    now = NOON + 5 * DAY
    coming = retention_ahead.ahead(session, site=cast.site, now=now)
    assert coming.tonight.total() > 0
    erased: Counter[str] = Counter()
    while some := retention.erase_some(session, site=cast.site, now=coming.morning):
        erased += some
    # A name takes what else there is of the person with it.
    assert erased == coming.tonight
    assert retention_ahead.ahead(session, site=cast.site, now=now).tonight.total() == 0
    assert past


def test_what_is_listed_says_by_which_rule_and_when(session: Session, cast: Cast, past: list[Visit]) -> None:
    listed = retention_ahead.ahead(session, site=cast.site, now=NOON + 8 * DAY).listed
    assert listed
    assert [row.until for row in listed] == sorted(row.until for row in listed)
    for row in listed:
        assert row.until == min(row.promise.due_at(row.rule, row.since), row.promise.due_at(retention.ITEMS[row.item], row.since))
        assert row.number.endswith("-1")
    assert past


def test_nobody_who_never_came_is_written_to_for_a_week(session: Session, ring: KeyRing, cast: Cast) -> None:
    """The address goes a day after the window, as their page says; the name a week after."""
    (visit,) = requested(session, ring, cast, cast.wei)
    over(session, visit, left=None, ended=NOON)
    retention.erase_due(session, site=cast.site, now=NOON + DAY)
    items = set(session.exec(select(VaultItem.item).where(VaultItem.subject_id == visit.subject_id)))
    assert items == {Item.NAME}
    assert retention.erase_due(session, site=cast.site, now=NOON + 7 * DAY - timedelta(seconds=1)) == 0
    assert retention.erase_due(session, site=cast.site, now=NOON + 7 * DAY) == 1


def test_the_night_ends_at_six_in_the_sites_zone() -> None:
    assert retention_ahead.next_morning(NOON, "Asia/Shanghai") == datetime(2026, 11, 24, 22, tzinfo=NOON.tzinfo)
    early = datetime(2026, 11, 24, 21, 59, tzinfo=NOON.tzinfo)
    assert retention_ahead.next_morning(early, "Asia/Shanghai") == datetime(2026, 11, 24, 22, tzinfo=NOON.tzinfo)


class Wall:
    """A machine's clock, set to anything."""

    def __init__(self) -> None:
        self.passed = timedelta()
        self.off = timedelta()

    def __call__(self) -> Tick:
        return Tick(NOON + self.passed + self.off, 1000 + self.passed.total_seconds(), "a", led=False)


@pytest.mark.clause("4.4.a")
def test_a_clock_that_leaps_a_year_erases_nobody_and_a_person_can_say_that_it_is_right(engine: Engine, ring: KeyRing) -> None:
    wall = Wall()
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        (visit,) = requested(session, ring, cast, cast.wei)
        over(session, visit, left=NOON, ended=NOON)
    sweep_believed(engine, wall)
    wall.passed, wall.off = timedelta(minutes=10), timedelta(days=365)
    assert sweep_believed(engine, wall) == 0
    with transaction(engine) as session:
        assert session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id)).first()
        assert [run.doubted for run in session.exec(select(RetentionRun).order_by("id"))] == [False, True]
        clock = retention_runs.clock(session)
        assert clock is not None
        assert (clock.believed_at, clock.wall_at - clock.believed_at) == (NOON + wall.passed, wall.off)
    wall.passed = timedelta(hours=25)
    assert sweep_believed(engine, wall) == 1, "meanwhile what is due goes on being erased: the way to reach them"
    with transaction(engine) as session:
        retention_runs.trust(session, tick=wall(), actor=as_staff(cast.pang))
    assert sweep_believed(engine, wall) > 1
    with transaction(engine) as session:
        assert not session.exec(select(VaultItem).where(VaultItem.subject_id == visit.subject_id)).all()
