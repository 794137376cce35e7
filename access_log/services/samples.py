"""Named samples (实名抽样): an auditor picks a few visits, the privacy officer says yes or no, names are on one screen for half an hour.

Nothing is handed out: each name is opened by a recorded look of the auditor, which the person can see, every time it is shown.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, and_, col, func, or_, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from access_log.models import NameSample, NameSampleVisit, Staff, Visit, VisitOrder
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, RevealPurpose, Role, SampleReason, SampleRefusal
from access_log.services import desk, events, identity
from access_log.services.desk import Row
from access_log.services.held import closed_to_others

MOST = 25
SHOWN = timedelta(minutes=30)
OPEN_WITHIN = timedelta(days=3)
"""A release that nobody uses ends: whoever needs the names later asks again."""
LISTED = 50
NUMBER = re.compile(r"([0-9]{1,9})-([0-9]{1,4})")
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]*")


class Standing(StrEnum):
    """Where a sample stands."""

    WAITING = "waiting"
    RELEASED = "released"
    OPEN = "open"
    OVER = "over"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as a page shows it. `auditor` and `officer` are staff numbers; `until`: when the view, or the release, ends."""

    row: NameSample
    standing: Standing
    auditor: str
    officer: str
    count: int
    until: datetime | None


def standing(sample: NameSample, now: datetime) -> Standing:
    """Where it stands at a moment."""
    if sample.decided_at is None:
        return Standing.WAITING
    if sample.refusal is not None:
        return Standing.REFUSED
    if sample.view_until is not None:
        return Standing.OPEN if now < sample.view_until else Standing.OVER
    return Standing.RELEASED if now < sample.decided_at + OPEN_WITHIN else Standing.OVER


def ask(
    session: Session, *, visits: Collection[UUID], numbers: str, reason: SampleReason, reference: str, auditor: Actor, now: datetime
) -> NameSample:
    """Ask for the names of visits, by id or by number as the pack prints it. Raises RefusedInputError: numbers, reference."""
    if auditor.role is not Role.AUDITOR:
        raise NotAllowedError
    if reference and not REFERENCE.fullmatch(reference):
        raise RefusedInputError("reference", "reference_wrong")
    chosen = _known(session, visits, auditor.site_id) | _numbered(session, numbers, auditor.site_id)
    if not chosen:
        raise RefusedInputError("numbers", "choose_visits")
    if len(chosen) > MOST:
        raise RefusedInputError("numbers", "too_many_for_a_sample")
    made = NameSample(site_id=auditor.site_id, auditor_id=auditor.id or 0, reason=reason, reference=reference, asked_at=now)
    session.add(made)
    session.flush()
    session.add_all([NameSampleVisit(sample_id=made.id, visit_id=one, site_id=made.site_id) for one in sorted(chosen)])
    session.flush()
    _note(session, EventType.SAMPLE_REQUESTED, made, auditor, now, {"reason": reason.value, "rows": len(chosen)})
    return made


def _known(session: Session, visits: Collection[UUID], site_id: int) -> set[UUID]:
    wanted = set(visits)
    if len(wanted) > MOST:
        raise RefusedInputError("numbers", "too_many_for_a_sample")
    found = set(session.exec(select(Visit.id).where(Visit.site_id == site_id, col(Visit.id).in_(wanted))).all())
    if found != wanted:
        raise NotFoundError
    return found


def _numbered(session: Session, said: str, site_id: int) -> set[UUID]:
    numbers = [one for one in re.split(r"[\s,;，；、]+", said) if one]
    parts = [NUMBER.fullmatch(one) for one in numbers]
    if None in parts:
        raise RefusedInputError("numbers", "no_such_visit")
    if len(numbers) > 2 * MOST:
        raise RefusedInputError("numbers", "too_many_for_a_sample")
    pairs = {(int(part[1]), int(part[2])) for part in parts if part}
    if not pairs:
        return set()
    any_of = or_(*(and_(col(VisitOrder.number) == number, col(Visit.place) == place) for number, place in pairs))
    joined = select(Visit.id).join(VisitOrder, col(VisitOrder.id) == Visit.order_id).where(Visit.site_id == site_id, any_of)
    found = set(session.exec(joined).all())
    if len(found) != len(pairs):
        raise RefusedInputError("numbers", "no_such_visit")
    return found


def release(session: Session, *, sample_id: UUID, officer: Actor, now: datetime) -> None:
    """Yes. Raises ConflictError("sample_decided") where somebody was faster."""
    sample = _to_decide(session, sample_id, officer)
    sample.decided_by, sample.decided_at = officer.id, now
    session.add(sample)
    session.flush()
    _note(session, EventType.SAMPLE_RELEASED, sample, officer, now, {})


def refuse(session: Session, *, sample_id: UUID, refusal: SampleRefusal, officer: Actor, now: datetime) -> None:
    """No, with its reason. Raises ConflictError("sample_decided")."""
    sample = _to_decide(session, sample_id, officer)
    sample.decided_by, sample.decided_at, sample.refusal = officer.id, now, refusal
    session.add(sample)
    session.flush()
    _note(session, EventType.SAMPLE_REFUSED, sample, officer, now, {"reason": refusal.value})


def _to_decide(session: Session, sample_id: UUID, officer: Actor) -> NameSample:
    if officer.role is not Role.PRIVACY_OFFICER:
        raise NotAllowedError
    sample = _locked(session, sample_id, officer)
    if sample.decided_at is not None:
        raise ConflictError("sample_decided")
    return sample


def _locked(session: Session, sample_id: UUID, actor: Actor) -> NameSample:
    statement = select(NameSample).where(NameSample.id == sample_id, NameSample.site_id == actor.site_id).with_for_update()
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    if found is None or (actor.role is Role.AUDITOR and found.auditor_id != actor.id):
        raise NotFoundError
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """A row of the view: the visit, and the name, empty where the person is erased or `held` (a legal hold closes it to the auditor)."""

    row: Row
    name: str
    held: bool = False


def names(session: Session, ring: KeyRing, *, sample_id: UUID, auditor: Actor, now: datetime) -> list[Named]:
    """The names, opened for the auditor who asked; the first time starts the half hour. One recorded look a person, every time.

    Raises NotFoundError for anybody else's, ConflictError("sample_closed") where it is not released or its time is over.
    """
    if auditor.role is not Role.AUDITOR:
        raise NotAllowedError
    sample = _locked(session, sample_id, auditor)
    if standing(sample, now) not in (Standing.RELEASED, Standing.OPEN):
        raise ConflictError("sample_closed")
    rows = rows_of(session, ring, sample_id=sample_id)
    if sample.opened_at is None:
        sample.opened_at, sample.view_until = now, now + SHOWN
        session.add(sample)
        session.flush()
        _note(session, EventType.SAMPLE_OPENED, sample, auditor, now, {"rows": len(rows)})
    here = [row.subject_id for row in rows if row.visit.erased_at is None]
    people = identity.reveal(session, ring, subjects=here, items=[Item.NAME], purpose=RevealPurpose.AUDIT_SAMPLE, actor=auditor, now=now)
    closed = closed_to_others(session, here)
    return [Named(row, people[row.subject_id].name if row.subject_id in people else "", row.subject_id in closed) for row in rows]


def rows_of(session: Session, ring: KeyRing, *, sample_id: UUID) -> list[Row]:
    """The visits of a sample with masked names, by number."""
    ids = session.exec(select(NameSampleVisit.visit_id).where(NameSampleVisit.sample_id == sample_id)).all()
    return desk.rows(session, ring, col(Visit.id).in_(list(ids)), order=col(VisitOrder.number))


def one(session: Session, *, sample_id: UUID, reader: Actor, now: datetime) -> Sample:
    """A sample, for its auditor or a privacy officer of the site. Raises NotFoundError."""
    found = _listed(session, reader, now, NameSample.id == sample_id)
    if not found:
        raise NotFoundError
    return found[0]


def listed(session: Session, *, reader: Actor, now: datetime) -> list[Sample]:
    """An auditor's own, or all of the site for its privacy officer; the newest first."""
    return _listed(session, reader, now)


def _listed(session: Session, reader: Actor, now: datetime, *where: bool) -> list[Sample]:
    if reader.role not in (Role.AUDITOR, Role.PRIVACY_OFFICER):
        raise NotAllowedError
    mine = [NameSample.auditor_id == reader.id] if reader.role is Role.AUDITOR else []
    statement = select(NameSample).where(NameSample.site_id == reader.site_id, *mine, *where)
    rows = session.exec(statement.order_by(col(NameSample.asked_at).desc(), col(NameSample.id)).limit(LISTED)).all()
    numbers = _numbers(session, rows)
    counts = _counts(session, [row.id for row in rows])
    return [_sample(row, numbers, counts.get(row.id, 0), now) for row in rows]


def _sample(row: NameSample, numbers: dict[int | None, str], count: int, now: datetime) -> Sample:
    until = row.view_until or (row.decided_at + OPEN_WITHIN if row.decided_at and not row.refusal else None)
    return Sample(row, standing(row, now), numbers.get(row.auditor_id, ""), numbers.get(row.decided_by, ""), count, until)


def _numbers(session: Session, rows: Sequence[NameSample]) -> dict[int | None, str]:
    ids = {id_ for row in rows for id_ in (row.auditor_id, row.decided_by) if id_ is not None}
    return dict(session.exec(select(Staff.id, Staff.number).where(col(Staff.id).in_(ids))).all())


def _counts(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    of = col(NameSampleVisit.sample_id)
    return dict(session.exec(select(of, func.count()).where(of.in_(ids)).group_by(of)).all())


def waiting(session: Session, *, site_id: int, staff_id: int, role: Role, now: datetime) -> int:
    """What waits for somebody: requests for the privacy officer, released names for the auditor who asked for them."""
    counted = select(func.count()).select_from(NameSample).where(NameSample.site_id == site_id)
    if role is Role.PRIVACY_OFFICER:
        return session.exec(counted.where(col(NameSample.decided_at).is_(None))).one()
    if role is not Role.AUDITOR:
        return 0
    unopened = counted.where(col(NameSample.refusal).is_(None), col(NameSample.opened_at).is_(None))
    return session.exec(unopened.where(NameSample.auditor_id == staff_id, col(NameSample.decided_at) > now - OPEN_WITHIN)).one()


def _note(session: Session, kind: EventType, sample: NameSample, actor: Actor, now: datetime, detail: dict[str, object]) -> None:
    about = {"sample": str(sample.id)} | ({"reference": sample.reference} if sample.reference else {})
    events.record(session, kind, site_id=sample.site_id, now=now, actor=actor, detail=about | detail)
