"""Incidents with personal data: a clock of four hours until the authority has heard of it, who is told what, and an end with a reason.

The clock begins when somebody noticed, not when it was entered (PIPL 57; rules on reporting of cybersecurity incidents, 2025). It is
computed from the row whenever somebody looks: no worker has to be alive for it to run out. Entries are kept for three years.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, delete, func, select

from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import Audience, Incident, IncidentEnd, IncidentKind, IncidentNotice, Site, Staff
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Role
from access_log.policy.names import clean_text, text_problem
from access_log.policy.periods import add_months
from access_log.policy.work_order import names_a_person
from access_log.services import events

WITHIN = timedelta(hours=4)
MAY_ENTER = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})
KEPT_MONTHS = 36
FIELDS = ("name", "organisation", "times", "work_order", "document", "reach", "account", "none")
"""What may be affected; `none`: no personal data."""
MOST_PEOPLE = 10_000_000


class Clock(StrEnum):
    """How far it has run: from half on the watchers are warned, from 80 % the administrator is alarmed, too."""

    RUNS = "runs"
    HALF = "half"
    NEARLY = "nearly"
    LATE = "late"
    TOLD = "told"
    TOLD_LATE = "told_late"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of it. `people`: at most how many."""

    kind: IncidentKind
    found_at: datetime
    cause: str
    measures: str
    fields: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One incident with its clock, whom it was told, and the staff numbers it names."""

    row: Incident
    clock: Clock
    due_at: datetime
    told: dict[Audience, IncidentNotice]
    staff: dict[int, str]


def enter(session: Session, *, found: Found, actor: Actor, now: datetime) -> Incident:
    """Put one on the list. Raises RefusedInputError: a time to come, a text that names a person, nothing affected."""
    _may(actor)
    row = Incident(site_id=actor.site_id, kind=found.kind, people=0, entered_by=actor.id or 0, entered_at=now,
                   found_at=_past("found_at", found.found_at, now), cause="", measures="")  # fmt: skip
    _facts(row, found)
    session.add(row)
    session.flush()
    _record(session, EventType.INCIDENT_ENTERED, row, actor, now, kind=row.kind.value, people=row.people)
    return row


def correct(session: Session, *, row: Incident, found: Found, actor: Actor, now: datetime) -> None:
    """What is known by now. The time it was noticed stays: it is the clock. Raises RefusedInputError, ConflictError("incident_over")."""
    _open(session, row, actor)
    row.kind = found.kind
    _facts(row, found)
    session.add(row)
    session.flush()
    _record(session, EventType.INCIDENT_CHANGED, row, actor, now, kind=row.kind.value, people=row.people)


def tell(
    session: Session, *, row: Incident, audience: Audience, told_at: datetime, reference: str, waived: bool, actor: Actor, now: datetime
) -> None:
    """Note that an audience was told, or that it is not and on which ground (`reference`). Once each.

    Raises RefusedInputError ("told_at", "reference", "waived": an authority is always told), ConflictError: "told_already",
    "incident_over".
    """
    _open(session, row, actor)
    reference = _text("reference", reference, 200)
    if waived and audience is Audience.AUTHORITY:
        raise RefusedInputError("waived", "authority_is_told")
    if _past("told_at", told_at, now) < row.found_at:
        raise RefusedInputError("told_at", "before_it_was_found")
    if audience in told(session, [row]).get(row.id or 0, {}):
        raise ConflictError("told_already")
    session.add(
        IncidentNotice(
            incident_id=row.id or 0,
            site_id=row.site_id,
            audience=audience,
            told_at=told_at,
            waived=waived,
            reference=reference,
            entered_by=actor.id or 0,
            entered_at=now,
        )
    )
    session.flush()
    _record(session, EventType.INCIDENT_TOLD, row, actor, now, audience=audience.value, waived=waived, told_at=told_at.isoformat())


def close(session: Session, *, row: Incident, end: IncidentEnd, reason: str, actor: Actor, now: datetime) -> None:
    """End it, with a reason. What was real is closed once everybody is told or waived; a false alarm at once.

    Raises RefusedInputError("reason"), ConflictError: "not_all_told", "incident_over".
    """
    _open(session, row, actor)
    reason = _text("reason", reason, 400)
    if end is IncidentEnd.HANDLED and set(told(session, [row]).get(row.id or 0, {})) != set(Audience):
        raise ConflictError("not_all_told")
    row.how_ended, row.reason, row.ended_by, row.ended_at = end, reason, actor.id, now
    session.add(row)
    session.flush()
    _record(session, EventType.INCIDENT_CLOSED, row, actor, now, how=end.value)


def of(session: Session, *, incident_id: int, site_id: int) -> Incident:
    """One of this site's. Raises NotFoundError."""
    row = session.get(Incident, incident_id)
    if row is None or row.site_id != site_id:
        raise NotFoundError
    return row


def listed(session: Session, *, site_id: int, now: datetime) -> list[Standing]:
    """All that are kept: the open ones first, then the newest first."""
    rows = session.exec(select(Incident).where(Incident.site_id == site_id).order_by(col(Incident.found_at).desc(), col(Incident.id))).all()
    return sorted(standing(session, rows, now), key=lambda one: one.row.ended_at is not None)


def standing(session: Session, rows: Sequence[Incident], now: datetime) -> list[Standing]:
    """Each with its clock."""
    notices = told(session, rows)
    named = {id_ for row in rows for id_ in (row.entered_by, row.ended_by)}
    named |= {notice.entered_by for of_one in notices.values() for notice in of_one.values()}
    numbers = dict(session.exec(select(Staff.id, Staff.number).where(col(Staff.id).in_(named - {None}))).all())
    return [
        Standing(row, clock(row, notices.get(row.id or 0, {}).get(Audience.AUTHORITY), now), row.found_at + WITHIN,
                 notices.get(row.id or 0, {}), {id_ or 0: number for id_, number in numbers.items()})
        for row in rows
    ]  # fmt: skip


def told(session: Session, rows: Sequence[Incident]) -> dict[int, dict[Audience, IncidentNotice]]:
    """Incident → audience → when and by what."""
    found: dict[int, dict[Audience, IncidentNotice]] = {}
    ids = [row.id for row in rows]
    for notice in session.exec(
        select(IncidentNotice).where(col(IncidentNotice.incident_id).in_(ids)).order_by(col(IncidentNotice.id))
    ).all():
        found.setdefault(notice.incident_id, {})[notice.audience] = notice
    return found


def clock(row: Incident, authority: IncidentNotice | None, now: datetime) -> Clock:
    """Where the four hours are. Only word to the authority stops them, or that nothing had happened."""
    if authority is not None:
        return Clock.TOLD if authority.told_at <= row.found_at + WITHIN else Clock.TOLD_LATE
    if row.how_ended is not None:
        return Clock.OVER
    run = now - row.found_at
    return next(
        (state for share, state in ((1.0, Clock.LATE), (0.8, Clock.NEARLY), (0.5, Clock.HALF)) if run >= WITHIN * share), Clock.RUNS
    )


def waiting(session: Session, site_id: int) -> int:
    """How many are open."""
    return session.exec(select(func.count(col(Incident.id))).where(Incident.site_id == site_id, col(Incident.ended_at).is_(None))).one()


def alarms(session: Session, *, site_id: int, now: datetime) -> int:
    """How many have used up 80 % of their clock while no authority has heard of them."""
    rows = session.exec(
        select(Incident).where(Incident.site_id == site_id, col(Incident.ended_at).is_(None)).order_by(col(Incident.id))
    ).all()
    return sum(one.clock in (Clock.NEARLY, Clock.LATE) for one in standing(session, rows, now))


def forget_old(session: Session, *, site: Site, now: datetime) -> int:
    """Take out what was closed three years ago. Returns how many."""
    rows = session.exec(select(Incident).where(Incident.site_id == site.id).order_by(col(Incident.id))).all()
    old = [row.id for row in rows if row.ended_at is not None and add_months(row.ended_at, KEPT_MONTHS, site.zone) <= now]
    session.exec(delete(IncidentNotice).where(col(IncidentNotice.incident_id).in_(old)))
    session.exec(delete(Incident).where(col(Incident.id).in_(old)))
    return len(old)


def _may(actor: Actor) -> None:
    if actor.role not in MAY_ENTER:
        raise NotAllowedError


def _open(session: Session, row: Incident, actor: Actor) -> None:
    _may(actor)
    session.refresh(row, with_for_update=True)  # two people may press at once
    if row.how_ended is not None:
        raise ConflictError("incident_over")


def _facts(row: Incident, found: Found) -> None:
    fields = [name for name in FIELDS if name in found.fields]
    if not fields:
        raise RefusedInputError("fields", "required")
    if "none" in fields and len(fields) > 1:
        raise RefusedInputError("fields", "none_or_some")
    if not 0 <= found.people <= MOST_PEOPLE:
        raise RefusedInputError("people", "invalid")
    row.cause, row.measures = _text("cause", found.cause, 400), _text("measures", found.measures, 400)
    row.fields, row.people = fields, found.people


def _text(name: str, value: str, longest: int) -> str:
    value = clean_text(value)
    problem = text_problem(value, longest) or ("names_a_person" if names_a_person(value) else None)
    if problem is not None:
        raise RefusedInputError(name, problem)
    return value


def _past(name: str, at: datetime, now: datetime) -> datetime:
    if at > now:
        raise RefusedInputError(name, "in_the_future")
    if at.year < 2000:
        raise RefusedInputError(name, "invalid")
    return at


def _record(session: Session, type_: EventType, row: Incident, actor: Actor, now: datetime, **more: int | str | bool) -> None:
    events.record(session, type_, site_id=row.site_id, now=now, actor=actor, detail={"incident": row.id or 0} | more)
