"""A visit past its time leads to nobody who is still on a roster: no row names both, and no time gives it away."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select as rows_of
from sqlmodel import Session, SQLModel

from access_log.crypto.ring import KeyRing
from access_log.models import Subject, Technician, Visit, VisitOrder
from access_log.policy.codes import Active, Outcome, VisitState
from access_log.services import retention
from tests.cast import Cast, with_pass
from tests.moments import NOON
from tests.services.test_checks import attest
from tests.services.test_scans import scan

YEAR = timedelta(days=366)
ASKED = NOON + timedelta(minutes=3, seconds=17)


def values(value: Any) -> Iterator[str]:
    """Every id and number that a cell holds, however it is written."""
    if isinstance(value, bytes):
        try:
            yield from values(json.loads(value))
        except ValueError:
            yield value.hex()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from values(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from values(inner)
    elif value is not None:
        yield str(value)


def every_row(session: Session) -> Iterator[tuple[str, set[str]]]:
    for table in SQLModel.metadata.sorted_tables:
        for row in session.execute(rows_of(table)):
            yield table.name, {text for cell in row for text in values(cell)}


def between(session: Session, visit: Visit, person: Technician) -> list[str]:
    """Tables with a row that names the visit and the roster entry, each in any of its ways."""
    of_visit, of_person = {str(visit.id), str(visit.subject_id), str(visit.order_id)}, {str(person.id), str(person.subject_id)}
    return [name for name, cells in every_row(session) if cells & of_visit and cells & of_person]


def moments(row: SQLModel) -> set[datetime]:
    return {value for value in row.model_dump().values() if isinstance(value, datetime)}


@pytest.fixture
def left(session: Session, ring: KeyRing, cast: Cast) -> Visit:
    """Wei came on a day of which his roster entry knows nothing yet, and left two hours later."""
    (visit,) = with_pass(session, ring, cast, now=ASKED)
    assert scan(session, ring, cast, visit, nonce="in", minutes=7).outcome is Outcome.ID_PENDING
    session.refresh(visit)
    attest(session, ring, cast, visit)
    session.flush()
    scan(session, ring, cast, visit, nonce="out", minutes=120)
    session.refresh(visit)
    assert visit.state is VisitState.EXITED
    return visit


def test_before_it_is_due_the_visit_leads_to_the_roster(session: Session, cast: Cast, left: Visit) -> None:
    """The control: the search below finds what there is."""
    assert between(session, left, cast.wei) == ["visit"]
    assert moments(left) & {left.created_at}


def test_once_it_is_due_no_row_names_both(session: Session, cast: Cast, left: Visit) -> None:
    retention.erase_due(session, site=cast.site, now=NOON + YEAR)
    assert left.erased_at is not None
    assert between(session, left, cast.wei) == []
    assert session.get_one(Technician, cast.wei.id).state is Active.ACTIVE, "who is still on the roster"


def test_no_time_in_the_roster_is_that_of_a_visit(session: Session, cast: Cast, left: Visit) -> None:
    """When somebody was last asked for is known to the day: to the second it would name the visit."""
    person = session.get_one(Technician, cast.wei.id)
    assert person.used_at is not None
    assert person.used_at.date() == left.created_at.date()
    order = session.get_one(VisitOrder, left.order_id)
    assert not moments(person) & (moments(left) | moments(order))
    assert not moments(session.get_one(Subject, person.subject_id)) & (moments(left) | moments(order))
