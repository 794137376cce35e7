"""A day at the site, and the report of it."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from access_log.crypto.envelope import Sealed
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose
from access_log.db import transaction
from access_log.models import ReportFile, ReportKind, ReportRun, ReportSchedule
from access_log.policy.attest import Look
from access_log.policy.codes import DocumentType
from access_log.runtime import REPORTS_KEYS
from access_log.services import checks, notices
from access_log.services.scan_values import ReadScan
from access_log.services.scans import record_scans
from reports.run import run_due
from tests.cast import Cast, as_staff, make_cast, with_pass
from tests.moments import NOON
from tests.services.test_scans import scan

MORNING_AFTER = NOON + timedelta(days=1)
"""12:00 of the next day: the report of the 24th is due since six."""


@pytest.fixture(scope="session")
def small_ring(ring: KeyRing) -> KeyRing:
    """What the reports process holds."""
    return ring.subset(REPORTS_KEYS)


@pytest.fixture
def people(engine: Engine, ring: KeyRing) -> Cast:
    """The cast, with a daily schedule from an hour before noon and the default notice."""
    return scheduled(engine, ring)


def scheduled(engine: Engine, ring: KeyRing) -> Cast:
    """The same, on any database."""
    with transaction(engine) as session:
        cast = make_cast(session, ring)
        notices.publish_default(session, site_id=cast.site.id or 0, now=NOON)
        session.add(daily(cast))
    return cast


def daily(cast: Cast, **other: object) -> ReportSchedule:
    """A daily schedule, from an hour before noon."""
    made = ReportSchedule(site_id=cast.site.id or 0, kind=ReportKind.ACCESS_DAILY, from_at=NOON - timedelta(hours=1), created_at=NOON)
    for name, value in other.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def day(engine: Engine, ring: KeyRing, people: Cast) -> Cast:
    """Wei came at 12:00, was admitted with a badge, and left at 14:00 with it; Ana stayed far past her time; a forged code was shown."""
    return a_day(engine, ring, people)


def a_day(engine: Engine, ring: KeyRing, people: Cast) -> Cast:
    """The same, on any database."""
    with transaction(engine) as session:
        wei, ana = with_pass(session, ring, people, people.wei, people.ana, hours=3)
        for visit in (wei, ana):
            scan(session, ring, people, visit, nonce=f"in-{visit.place}")
            session.expire_all()
            guard = as_staff(people.mei)
            checks.attest(
                session,
                ring,
                visit_id=visit.id,
                look=Look(of_age=True),
                document=DocumentType.PASSPORT,
                badge=f"V0{visit.place}",
                guard=guard,
                now=NOON,
            )
        session.flush()
        scan(session, ring, people, wei, nonce="out", minutes=120)
        stranger = ReadScan(people.kiosk.id or 0, "forged", digest=b"nobody's pass", pass_site=people.site.id)
        record_scans(session, [stranger], NOON + timedelta(minutes=5))
    return people


def write_all(engine: Engine, ring: KeyRing, now: datetime = MORNING_AFTER) -> tuple[int, int]:
    """What the reports process does in one look."""
    return run_due(engine, engine, ring, lambda: now)


def runs(session: Session) -> list[ReportRun]:
    return list(session.exec(select(ReportRun).order_by(col(ReportRun.slot))).all())


def read(session: Session, ring: KeyRing, run_id: UUID, format_: str) -> bytes:
    """A report in clear."""
    file = session.get_one(ReportFile, (run_id, format_))
    sealed = Sealed(suite=file.suite, kek_version=file.kek_version, wrapped_key=file.wrapped_key, ciphertext=file.ciphertext)
    return open_sealed(ring, sealed, purpose=Purpose.REPORT, subject=run_id, item=format_)
