"""One report a slot: with several processes at once, with an owner that died, and with a loser that comes late."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import select

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import AccessEvent, OutboxMessage, ReportRun, RunState, Template
from access_log.policy.codes import Active, EventType
from access_log.services import staff
from reports.claim import LEASE, MOST_ATTEMPTS, claim, failed, open_slots
from reports.publish import _render, publish
from reports.run import purge
from tests.cast import Cast, as_staff
from tests.reports.conftest import MORNING_AFTER, daily, runs, write_all


def test_four_processes_at_once_write_each_report_once(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    later = MORNING_AFTER + timedelta(days=5)
    with ThreadPoolExecutor(4) as processes:
        done = [future.result() for future in [processes.submit(write_all, engine, small_ring, later) for _ in range(4)]]
    with transaction(engine) as session:
        written = runs(session)
        assert len({run.slot for run in written}) == len(written) == 6
        assert {run.state for run in written} == {RunState.DONE}
        assert {run.attempt for run in written} == {1}
        assert len(session.exec(select(OutboxMessage).where(OutboxMessage.template == Template.REPORT_READY)).all()) == 6
        assert len(session.exec(select(AccessEvent).where(AccessEvent.type == EventType.REPORT_GENERATED)).all()) == 6
    assert sum(written for written, _broken in done) == 6


def test_a_second_look_writes_nothing_again(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    assert write_all(engine, small_ring) == (1, 0)
    assert write_all(engine, small_ring) == (0, 0)


def test_who_loses_the_claim_publishes_nothing(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    with transaction(engine) as session:
        open_slots(session, now=MORNING_AFTER)
        slow = claim(session, owner="slow", now=MORNING_AFTER)
    assert slow is not None
    report, files = _render(engine, small_ring, slow, MORNING_AFTER)
    after = MORNING_AFTER + LEASE + timedelta(seconds=1)
    assert write_all(engine, small_ring, after) == (1, 0)
    with transaction(engine) as session:
        assert publish(session, slow, report, files, now=after) is False
        (run,) = runs(session)
        assert (run.state, run.attempt) == (RunState.DONE, 2)


def test_a_report_under_way_is_left_to_its_owner(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    with transaction(engine) as session:
        open_slots(session, now=MORNING_AFTER)
        assert claim(session, owner="busy", now=MORNING_AFTER) is not None
    assert write_all(engine, small_ring, MORNING_AFTER + timedelta(minutes=9)) == (0, 0)


def test_a_report_that_fails_waits_longer_each_time_and_then_gives_up(engine: Engine, day: Cast) -> None:
    now, waits = MORNING_AFTER, []
    for _attempt in range(MOST_ATTEMPTS):
        with transaction(engine) as session:
            open_slots(session, now=now)
            claimed = claim(session, owner="x", now=now)
            assert claimed is not None
            failed(session, claimed, now=now)
            (run,) = runs(session)
            assert run.leased_until is not None
            waits.append(run.leased_until - now)
            now = run.leased_until + timedelta(seconds=1)
    assert waits == sorted(waits)
    assert run.state is RunState.FAILED
    with transaction(engine) as session:
        assert claim(session, owner="x", now=now + timedelta(days=9)) is None


def test_a_leaver_among_the_recipients_stops_the_schedule_and_says_so(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    from access_log.models import ReportRecipient, ReportSchedule

    with transaction(engine) as session:
        schedule = session.exec(select(ReportSchedule)).one()
        session.add(ReportRecipient(schedule_id=schedule.id or 0, staff_id=day.rui.id or 0, site_id=day.site.id or 0))
        session.flush()
        rui = staff.of(session, staff_id=day.rui.id or 0, site_id=day.site.id or 0)
        staff.set_state(session, staff=rui, state=Active.ENDED, actor=as_staff(day.admin), now=MORNING_AFTER)
    assert write_all(engine, small_ring) == (0, 0)
    with transaction(engine) as session:
        assert session.exec(select(ReportSchedule)).one().stopped == "leaver"


def test_a_schedule_that_is_off_writes_nothing(engine: Engine, small_ring: KeyRing, people: Cast) -> None:
    from access_log.models import ReportSchedule

    with transaction(engine) as session:
        session.exec(select(ReportSchedule)).one().active = False
    assert write_all(engine, small_ring) == (0, 0)


def test_files_are_destroyed_when_the_names_in_them_fall_due(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    write_all(engine, small_ring)
    assert purge(engine, now=MORNING_AFTER + timedelta(days=150)) == 0
    assert purge(engine, now=MORNING_AFTER + timedelta(days=190)) == 4
    with transaction(engine) as session:
        (run,) = runs(session)
        assert run.state is RunState.DONE
        assert session.exec(select(ReportRun)).all()


def test_two_schedules_of_one_site_have_reports_of_their_own(engine: Engine, small_ring: KeyRing, day: Cast) -> None:
    with transaction(engine) as session:
        session.add(daily(day, language="en"))
    assert write_all(engine, small_ring) == (2, 0)
