"""An incident has four hours until the authority has heard of it, each audience is told once or lawfully not, and it ends with a reason."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import AccessEvent, Audience, Incident, IncidentEnd, IncidentKind, IncidentNotice
from access_log.policy.codes import EventType
from access_log.policy.periods import add_months
from access_log.services import incidents
from access_log.services.incidents import Clock, Found
from tests.cast import Cast, as_staff
from tests.moments import NOON

LEAK = Found(IncidentKind.LEAK, NOON, "笔记本电脑遗失", "账号已停用", ("times", "name"), 12)


def entered(session: Session, cast: Cast, found: Found = LEAK, now: datetime = NOON) -> Incident:
    return incidents.enter(session, found=found, actor=as_staff(cast.pang), now=now)


def tell(session: Session, cast: Cast, row: Incident, audience: Audience, *, after: float = 1, waived: bool = False) -> None:
    at = NOON + timedelta(hours=after)
    incidents.tell(
        session, row=row, audience=audience, told_at=at, reference="网信〔2026〕7号", waived=waived, actor=as_staff(cast.xu), now=at
    )


def clock(session: Session, row: Incident, hours: float) -> Clock:
    (one,) = incidents.standing(session, [row], NOON + timedelta(hours=hours))
    return one.clock


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (0, Clock.RUNS), (1.99, Clock.RUNS), (2, Clock.HALF), (3.19, Clock.HALF), (3.2, Clock.NEARLY), (3.99, Clock.NEARLY),
        (4, Clock.LATE), (99, Clock.LATE),
    ],
)  # fmt: skip
def test_the_clock_runs_from_when_it_was_noticed_and_warns_at_half_and_four_fifths(
    session: Session, cast: Cast, hours: float, shown: Clock
) -> None:
    row = entered(session, cast, now=NOON + timedelta(minutes=90))
    assert clock(session, row, hours) is shown
    alarmed = incidents.alarms(session, site_id=cast.site.id or 0, now=NOON + timedelta(hours=hours))
    assert alarmed == (1 if shown in (Clock.NEARLY, Clock.LATE) else 0)


@pytest.mark.parametrize(("after", "shown"), [(4, Clock.TOLD), (4.01, Clock.TOLD_LATE)])
def test_only_word_to_the_authority_stops_the_clock(session: Session, cast: Cast, after: float, shown: Clock) -> None:
    row = entered(session, cast)
    tell(session, cast, row, Audience.PEOPLE)
    assert clock(session, row, 5) is Clock.LATE
    tell(session, cast, row, Audience.AUTHORITY, after=after)
    assert clock(session, row, 9) is shown


def test_each_is_told_once_and_the_authority_always(session: Session, cast: Cast) -> None:
    row = entered(session, cast)
    with pytest.raises(RefusedInputError, match="authority_is_told"):
        tell(session, cast, row, Audience.AUTHORITY, waived=True)
    tell(session, cast, row, Audience.PEOPLE, waived=True)
    with pytest.raises(ConflictError, match="told_already"):
        tell(session, cast, row, Audience.PEOPLE)
    with pytest.raises(RefusedInputError, match="before_it_was_found"):
        tell(session, cast, row, Audience.AUTHORITY, after=-1)
    assert [notice.audience for notice in session.exec(select(IncidentNotice)).all()] == [Audience.PEOPLE]


def test_a_real_one_is_closed_when_all_are_told_and_a_false_alarm_at_once(session: Session, cast: Cast) -> None:
    real, false = entered(session, cast), entered(session, cast)
    actor, site = as_staff(cast.pang), cast.site.id or 0
    for audience in (Audience.AUTHORITY, Audience.CUSTOMERS):
        tell(session, cast, real, audience)
    with pytest.raises(ConflictError, match="not_all_told"):
        incidents.close(session, row=real, end=IncidentEnd.HANDLED, reason="硬盘已加密", actor=actor, now=NOON)
    tell(session, cast, real, Audience.PEOPLE, waived=True)
    with pytest.raises(RefusedInputError, match="reason"):
        incidents.close(session, row=real, end=IncidentEnd.HANDLED, reason=" ", actor=actor, now=NOON)
    incidents.close(session, row=real, end=IncidentEnd.HANDLED, reason="硬盘已加密", actor=actor, now=NOON)
    assert incidents.waiting(session, site) == 1
    incidents.close(session, row=false, end=IncidentEnd.FALSE_ALARM, reason="电脑已找到", actor=actor, now=NOON)
    assert (incidents.waiting(session, site), clock(session, false, 9)) == (0, Clock.OVER)
    with pytest.raises(ConflictError, match="incident_over"):
        tell(session, cast, false, Audience.PEOPLE)
    with pytest.raises(ConflictError, match="incident_over"):
        incidents.correct(session, row=false, found=LEAK, actor=actor, now=NOON)
    kinds = session.exec(select(AccessEvent.type)).all()
    seen = [kinds.count(kind) for kind in (EventType.INCIDENT_ENTERED, EventType.INCIDENT_TOLD, EventType.INCIDENT_CLOSED)]
    assert seen == [2, 3, 2]


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (replace(LEAK, found_at=NOON + timedelta(minutes=1)), "found_at"),
        (replace(LEAK, found_at=NOON.replace(year=1999)), "found_at"),
        (replace(LEAK, fields=()), "fields"),
        (replace(LEAK, fields=("none", "name")), "fields"),
        (replace(LEAK, people=-1), "people"),
        (replace(LEAK, cause=""), "cause"),
        (replace(LEAK, measures="已致电 13812345678"), "measures"),
    ],
)
def test_what_cannot_be_is_refused(session: Session, cast: Cast, found: Found, field: str) -> None:
    with pytest.raises(RefusedInputError) as refused:
        entered(session, cast, found)
    assert refused.value.field == field


def test_what_is_known_is_corrected_but_never_the_time_it_was_noticed(session: Session, cast: Cast) -> None:
    row = entered(session, cast)
    later = replace(LEAK, found_at=NOON - timedelta(days=1), people=3, fields=("none",))
    incidents.correct(session, row=row, found=later, actor=as_staff(cast.xu), now=NOON)
    session.refresh(row)
    assert (row.people, row.fields, row.found_at) == (3, ["none"], NOON)


def test_only_the_privacy_officer_and_the_auditor_enter_one(session: Session, cast: Cast) -> None:
    with pytest.raises(NotAllowedError):
        incidents.enter(session, found=LEAK, actor=as_staff(cast.mei), now=NOON)


def test_a_strangers_incident_is_not_there(session: Session, cast: Cast) -> None:
    row = entered(session, cast)
    with pytest.raises(NotFoundError):
        incidents.of(session, incident_id=row.id or 0, site_id=(cast.site.id or 0) + 1)


def test_it_is_kept_three_years_after_its_end_and_an_open_one_for_good(session: Session, cast: Cast) -> None:
    row, still_open = entered(session, cast), entered(session, cast)
    tell(session, cast, row, Audience.PEOPLE)
    incidents.close(session, row=row, end=IncidentEnd.FALSE_ALARM, reason="电脑已找到", actor=as_staff(cast.pang), now=NOON)
    end = add_months(NOON, incidents.KEPT_MONTHS, cast.site.zone)
    assert incidents.forget_old(session, site=cast.site, now=end - timedelta(seconds=1)) == 0
    assert incidents.forget_old(session, site=cast.site, now=end) == 1
    assert session.exec(select(Incident.id)).all() == [still_open.id]
