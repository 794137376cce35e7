"""Entries and exits of one customer's people, read back for the customer. Names are masked; opening them is a recorded choice."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing
from access_log.errors import RefusedInputError
from access_log.models import Area, Presence, Site, Visit, VisitOrder
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, HowKnown, Item, Purpose, RevealPurpose
from access_log.services import events, identity, recipients
from access_log.services.labels import read_labels
from access_log.services.paging import Page, Span

PAGE = 50
LONGEST = 366
MOST_ROWS = 5000
MOST_NAMES = 300
"""Names in one file: each is a recorded look of its own, which the person it names can see."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One entry and its exit, if there was one. `name` is masked, and empty once the person is erased."""

    visit_id: UUID
    subject_id: UUID
    number: str
    name: str
    area: Area
    purpose: Purpose
    work_order: str
    entered_at: datetime
    entered_known: HowKnown
    left_at: datetime | None
    left_known: HowKnown | None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """The site's days from `first` to `last`, both included."""

    first: date
    last: date

    def between(self, zone: str) -> tuple[datetime, datetime]:
        """The moments between which they lie."""
        local = ZoneInfo(zone)
        return datetime.combine(self.first, time(), local), datetime.combine(self.last + timedelta(days=1), time(), local)


def check_days(days: Days) -> None:
    """Raise RefusedInputError for days that run backwards or are too many."""
    if days.last < days.first:
        raise RefusedInputError("last", "ends_before_it_begins")
    if (days.last - days.first).days >= LONGEST:
        raise RefusedInputError("last", "longer_than_a_year")


def listed(session: Session, ring: KeyRing, *, customer_id: int, site: Site, days: Days, page: int = 1) -> Page[Stay]:
    """One page of the entries on those days, the latest first."""
    total = session.exec(select(func.count(col(Presence.id))).where(*_on(customer_id, site, days))).one()
    span = Span(total, page, PAGE)
    return span.of(_read(session, ring, customer_id, site, days, most=PAGE, skip=span.skip))


def exported(
    session: Session, ring: KeyRing, *, contact: Actor, site: Site, days: Days, names: bool, now: datetime
) -> tuple[list[Stay], dict[UUID, str]]:
    """The stays for a file, and subject → full name where names were asked for. The export and each name opened are recorded.

    Raises RefusedInputError: `too_many_to_export`, or `too_many_names` with names; ConflictError where the policy does not name
    customers as recipients of it (services/recipients.py).
    """
    assert contact.customer_id is not None
    rows = _read(session, ring, contact.customer_id, site, days, most=MOST_ROWS + 1)
    subjects = {row.subject_id for row in rows if row.name}
    if len(rows) > MOST_ROWS:
        raise RefusedInputError("last", "too_many_to_export")
    if names and len(subjects) > MOST_NAMES:
        raise RefusedInputError("names", "too_many_names")
    given = {"times", "work_order"} | ({"name"} if names else set())
    recipients.allowed(session, site=site, recipient=recipients.CUSTOMER, fields=given, now=now)
    detail = {"rows": len(rows), "names": names, "first": days.first.isoformat(), "last": days.last.isoformat()}
    events.record(
        session, EventType.REPORT_EXPORTED, site_id=contact.site_id, now=now, actor=contact, customer_id=contact.customer_id, detail=detail
    )
    if not names:
        return rows, {}
    people = identity.reveal(
        session, ring, subjects=subjects, items=[Item.NAME], purpose=RevealPurpose.CUSTOMER_ROSTER, actor=contact, now=now
    )
    return rows, {subject_id: person.name for subject_id, person in people.items()}


def _on(customer_id: int, site: Site, days: Days) -> list[bool]:
    begin, end = days.between(site.zone)
    return [Presence.customer_id == customer_id, Presence.entered_at >= begin, Presence.entered_at < end]


def _read(session: Session, ring: KeyRing, customer_id: int, site: Site, days: Days, *, most: int, skip: int = 0) -> list[Stay]:
    found = session.exec(
        select(Presence, Visit, VisitOrder.number, Area)
        .join(Visit, col(Visit.id) == Presence.visit_id)
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .join(Area, col(Area.id) == Presence.area_id)
        .where(*_on(customer_id, site, days))
        .order_by(col(Presence.entered_at).desc(), col(Presence.id).desc())
        .offset(skip)
        .limit(most)
    ).all()
    labels = read_labels(session, ring, {visit.subject_id for _presence, visit, *_rest in found})
    return [
        Stay(
            visit_id=visit.id,
            subject_id=visit.subject_id,
            number=f"{number}-{visit.place}",
            name=labels.get(visit.subject_id, ""),
            erased_at=visit.erased_at,
            area=area,
            purpose=visit.purpose,
            work_order=visit.work_order,
            entered_at=presence.entered_at,
            entered_known=presence.entered_known,
            left_at=presence.left_at,
            left_known=presence.left_known,
        )
        for presence, visit, number, area in found
    ]
