"""What the guards' desk shows: who waits, who is inside, who is expected, what needs somebody. Masked names only."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from access_log.crypto.codes import code_digest, normalise_code
from access_log.crypto.ring import KeyRing
from access_log.models import Area, Customer, Door, GuardCall, Kiosk, Pass, Presence, Site, Visit, VisitArea, VisitOrder
from access_log.policy.actors import Actor
from access_log.policy.codes import HowKnown, Outcome, VisitState
from access_log.services import identity, kiosks
from access_log.services.labels import read_labels

NOT_YET_HERE = (VisitState.REQUESTED, VisitState.CUSTOMER_APPROVED, VisitState.APPROVED, VisitState.PASS_ISSUED)
MOST = 500
"""Rows of one list. A desk never has more people in one day; a wrong clock or import may make more."""
BADGE_WANTED = timedelta(days=2)
"""How long the desk asks for a badge that went home with somebody; afterwards it stands in the report."""


@dataclass(frozen=True, slots=True)
class Row:
    """A visit as the desk may see it. `name` is masked, and empty once the person is erased; `late` is None while in time."""

    visit_id: UUID
    subject_id: UUID
    number: str
    name: str
    customer: str
    areas: tuple[Area, ...]
    door: Door | None
    visit: Visit
    inside: Area | None = None
    entered_at: datetime | None = None
    entered_known: HowKnown | None = None
    late: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Ringing:
    """Somebody at a kiosk waits for a guard. `row` is the visit whose pass was shown, if one was."""

    id: int
    kiosk: Kiosk
    door: Door
    outcome: Outcome | None
    called_at: datetime
    row: Row | None


@dataclass(frozen=True, slots=True)
class Silent:
    """A kiosk that has not been heard of for a minute."""

    kiosk: Kiosk
    door: Door
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on the desk's first page, read in one transaction."""

    calls: Sequence[Ringing]
    waiting: Sequence[Row]
    inside: Sequence[Row]
    expected: Sequence[Row]
    badges: Sequence[Row]
    silent: Sequence[Silent]

    @property
    def overstays(self) -> list[Row]:
        """Who should have left already, the longest first."""
        return sorted((row for row in self.inside if row.late is not None), key=lambda row: row.late or timedelta(), reverse=True)

    @property
    def needs_you(self) -> int:
        """How many things wait for a guard."""
        return len(self.calls) + len(self.waiting) + len(self.overstays) + len(self.badges) + len(self.silent)


def look(session: Session, ring: KeyRing, *, site: Site, now: datetime) -> Desk:
    """The desk at this moment."""
    return Desk(
        calls=ringing(session, ring, site_id=site.id or 0),
        waiting=waiting(session, ring, site_id=site.id or 0),
        inside=on_site(session, ring, site=site, now=now),
        expected=expected(session, ring, site=site, now=now),
        badges=badges_out(session, ring, site_id=site.id or 0, now=now),
        silent=silent_kiosks(session, site_id=site.id or 0, now=now),
    )


def waiting(session: Session, ring: KeyRing, *, site_id: int) -> list[Row]:
    """Who stands at the door until a guard has looked at their document; who came first is first."""
    return rows(session, ring, Visit.site_id == site_id, Visit.state == VisitState.ID_PENDING, order=col(Visit.arrived_at))


def on_site(session: Session, ring: KeyRing, *, site: Site, now: datetime, customer_id: int | None = None) -> list[Row]:
    """Who is inside (of one customer, where one is named), where and since when. Nobody falls off this list by the clock."""
    whose = () if customer_id is None else (Presence.customer_id == customer_id,)
    open_ones = session.exec(
        select(Presence, Area)
        .join(Area, col(Area.id) == Presence.area_id)
        .where(Presence.site_id == site.id, col(Presence.left_at).is_(None), *whose)
    ).all()
    there = {presence.visit_id: (presence, area) for presence, area in open_ones}
    found = rows(session, ring, col(Visit.id).in_(list(there)), order=col(Visit.entered_at))
    made = []
    for row in found:
        presence, area = there[row.visit_id]
        late = now - row.visit.window_until
        overdue = late if late > timedelta(minutes=site.overstay_minutes) else None
        made.append(replace(row, inside=area, entered_at=presence.entered_at, entered_known=presence.entered_known, late=overdue))
    return made


def expected(session: Session, ring: KeyRing, *, site: Site, now: datetime) -> list[Row]:
    """Who may still come today (in the site's zone), approved or not yet: the guard can say which."""
    zone = ZoneInfo(site.zone)
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    return rows(
        session,
        ring,
        Visit.site_id == site.id,
        col(Visit.state).in_(NOT_YET_HERE),
        col(Visit.window_from) < tomorrow,
        col(Visit.window_until) > now,
        order=col(Visit.window_from),
    )


def badges_out(session: Session, ring: KeyRing, *, site_id: int, now: datetime) -> list[Row]:
    """Who left with the badge still out."""
    return rows(
        session,
        ring,
        Visit.site_id == site_id,
        col(Visit.state).in_((VisitState.EXITED, VisitState.CLOSED_UNKNOWN)),
        col(Visit.badge).is_not(None),
        col(Visit.badge_returned_at).is_(None),
        col(Visit.left_at) > now - BADGE_WANTED,
        order=col(Visit.left_at),
    )


def ringing(session: Session, ring: KeyRing, *, site_id: int) -> list[Ringing]:
    """Calls that nobody has answered, the oldest first."""
    found = session.exec(
        select(GuardCall, Kiosk, Door)
        .join(Kiosk, col(Kiosk.id) == GuardCall.kiosk_id)
        .join(Door, col(Door.id) == Kiosk.door_id)
        .where(GuardCall.site_id == site_id, col(GuardCall.answered_at).is_(None))
        .order_by(col(GuardCall.called_at))
        .limit(MOST)
    ).all()
    about = of_visits(session, ring, [call.visit_id for call, _kiosk, _door in found if call.visit_id])
    return [
        Ringing(call.id or 0, kiosk, door, call.outcome, call.called_at, about.get(call.visit_id) if call.visit_id else None)
        for call, kiosk, door in found
    ]


def silent_kiosks(session: Session, *, site_id: int, now: datetime) -> list[Silent]:
    """Enrolled kiosks that have said nothing for a minute."""
    since = now - kiosks.SILENT_AFTER
    found = session.exec(
        select(Kiosk, Door)
        .join(Door, col(Door.id) == Kiosk.door_id)
        .where(
            Kiosk.site_id == site_id,
            col(Kiosk.enrolled_at).is_not(None),
            col(Kiosk.revoked_at).is_(None),
            or_(col(Kiosk.seen_at).is_(None), col(Kiosk.seen_at) < since),
        )
        .order_by(col(Kiosk.code))
    ).all()
    return [Silent(kiosk, door, kiosk.seen_at) for kiosk, door in found]


def of_visits(session: Session, ring: KeyRing, visits: Collection[UUID]) -> dict[UUID, Row]:
    """The rows of these visits."""
    if not visits:
        return {}
    return {row.visit_id: row for row in rows(session, ring, col(Visit.id).in_(list(visits)), order=col(Visit.window_from))}


def rows(session: Session, ring: KeyRing, *where: ColumnElement[bool] | bool, order: Any) -> list[Row]:
    """Visits with everything the desk says about them, in a fixed number of statements."""
    found = session.exec(
        select(Visit, VisitOrder.number, Customer.name, Door)
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .join(Customer, col(Customer.id) == Visit.customer_id)
        .outerjoin(Kiosk, col(Kiosk.id) == Visit.arrived_kiosk_id)
        .outerjoin(Door, col(Door.id) == Kiosk.door_id)
        .where(*where)
        .order_by(order, col(VisitOrder.number), col(Visit.place))
        .limit(MOST)
    ).all()
    if not found:
        return []
    areas = _areas(session, [visit.id for visit, *_rest in found])
    labels = read_labels(session, ring, [visit.subject_id for visit, *_rest in found])
    return [
        Row(
            visit_id=visit.id,
            subject_id=visit.subject_id,
            number=f"{number}-{visit.place}",
            name=labels.get(visit.subject_id, ""),
            customer=customer,
            areas=tuple(areas[visit.id]),
            door=door,
            visit=visit,
        )
        for visit, number, customer, door in found
    ]


def _areas(session: Session, visits: Sequence[UUID]) -> dict[UUID, list[Area]]:
    by_visit: dict[UUID, list[Area]] = defaultdict(list)
    statement = (
        select(VisitArea.visit_id, Area)
        .join(Area, col(Area.id) == VisitArea.area_id)
        .where(col(VisitArea.visit_id).in_(visits))
        .order_by(col(Area.code))
    )
    for visit_id, area in session.exec(statement):
        by_visit[visit_id].append(area)
    return by_visit


def find(session: Session, ring: KeyRing, *, wanted: str, site_id: int) -> list[Row]:
    """Visits by what stands on a pass: the order's number (1001), a visit's (1001-1), or the short code. Opens no name."""
    number, _dash, place = wanted.strip().partition("-")
    if number.isascii() and number.isdigit() and len(number) <= 9 and (place == "" or (place.isascii() and place.isdigit())):
        where = [VisitOrder.number == int(number)] + ([Visit.place == int(place[:4])] if place else [])
        found = rows(session, ring, Visit.site_id == site_id, *where, order=col(Visit.place))
        if found:
            return found
    code = normalise_code(wanted)
    if code is None:
        return []
    holding = select(Pass.visit_id).where(Pass.short_digest == code_digest(ring, code), col(Pass.revoked_at).is_(None))
    return rows(session, ring, Visit.site_id == site_id, col(Visit.id).in_(holding), order=col(Visit.place))


def search(session: Session, ring: KeyRing, *, wanted: str, site: Site, guard: Actor, now: datetime) -> dict[UUID, str]:
    """Visit → full name, of those who are here or expected today and whose name contains `wanted`. Recorded, each hit by itself."""
    here = [*waiting(session, ring, site_id=site.id or 0), *on_site(session, ring, site=site, now=now)]
    among = {row.subject_id: row.visit_id for row in [*here, *expected(session, ring, site=site, now=now)]}
    hits = identity.search(session, ring, wanted=wanted, among=list(among), actor=guard, now=now)
    return {among[subject_id]: person.name for subject_id, person in hits.items()}
