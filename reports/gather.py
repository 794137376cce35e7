"""Read one period from the register: a fixed number of set-based statements, masked names only."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from access_log.crypto.ring import KeyRing
from access_log.i18n import local_time
from access_log.models import (
    AccessEvent,
    Approval,
    Area,
    Contact,
    Customer,
    Door,
    Notice,
    Presence,
    Site,
    Staff,
    StandingRule,
    Visit,
    VisitArea,
    VisitOrder,
)
from access_log.models.report import ReportKind
from access_log.policy.codes import ActorKind, EventType, ManualReason, Outcome, RevealPurpose
from access_log.services.happened import DOOR
from access_log.services.labels import read_labels
from access_log.services.record_proofs import Proof, of_period
from reports.content import Frame, Line, Refused, Report, Stay

PROVEN = DOOR | {EventType.IDENTITY_ATTESTED, EventType.VISIT_APPROVED, EventType.VISIT_REFUSED}
"""What a report tells of, and so what it proves."""
MOST_PROVEN = 20_000
"""Entries under one proof, some 10 MB; of a longer period each day's own report holds them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report, for which site and period."""

    kind: ReportKind
    site_id: int
    language: str
    begins: datetime
    ends: datetime


def gather(session: Session, ring: KeyRing, asked: Asked, *, now: datetime) -> Report:
    """Everything the report says. The session only reads; `ring` opens labels and nothing else."""
    site = session.get_one(Site, asked.site_id)
    refusals, strangers = _refusals(session, asked)
    stays = _stays(session, asked)
    lines = _lines(session, ring, asked, site, stays, refusals, now)
    proof = of_period(session, site_id=asked.site_id, begins=asked.begins, ends=asked.ends, types=PROVEN, most=MOST_PROVEN)
    return Report(
        frame=_frame(session, asked, site, now, proof),
        lines=lines,
        strangers=strangers,
        looks=_looks(session, asked),
        by_hand_reasons=_reasons(session, asked),
        proof=proof,
    )


def _frame(session: Session, asked: Asked, site: Site, now: datetime, proof: Proof | None) -> Frame:
    notice = select(Notice.version).where(Notice.site_id == site.id).order_by(col(Notice.published_at).desc(), col(Notice.id).desc())
    return Frame(
        kind=asked.kind,
        language=asked.language,
        site=site.name if asked.language == "zh-CN" else site.name_en,
        site_code=site.code,
        zone=site.zone,
        begins=asked.begins,
        ends=asked.ends,
        generated_at=now,
        notice_version=session.exec(notice.limit(1)).first() or "",
        checkpoint=proof.note if proof else "",
        record_size=proof.size if proof else 0,
    )


def _events(asked: Asked, *types: EventType) -> list[Any]:
    at = col(AccessEvent.at)
    return [AccessEvent.site_id == asked.site_id, col(AccessEvent.type).in_(types), at >= asked.begins, at < asked.ends]


def _there(asked: Asked) -> list[Any]:
    """Presences that touch the period."""
    left = col(Presence.left_at)
    touches = or_(left.is_(None), left >= asked.begins)
    return [Presence.site_id == asked.site_id, Presence.entered_at < asked.ends, touches]


def _refusals(session: Session, asked: Asked) -> tuple[dict[UUID, list[Refused]], list[Refused]]:
    statement = (
        select(AccessEvent.at, AccessEvent.outcome, Door.code, AccessEvent.visit_id)
        .outerjoin(Door, col(Door.id) == AccessEvent.door_id)
        .where(*_events(asked, EventType.ENTRY_REFUSED))
        .order_by(col(AccessEvent.at), col(AccessEvent.id))
    )
    of_visits: dict[UUID, list[Refused]] = defaultdict(list)
    strangers: list[Refused] = []
    for at, outcome, door, visit_id in session.exec(statement):
        if outcome is not None:
            (of_visits[visit_id] if visit_id else strangers).append(Refused(at, Outcome(outcome), door or ""))
    return of_visits, strangers


def _stays(session: Session, asked: Asked) -> dict[UUID, list[Stay]]:
    name = Area.name if asked.language == "zh-CN" else Area.name_en
    statement = (
        select(Presence.visit_id, name, Presence.entered_at, Presence.entered_known, Presence.left_at, Presence.left_known)  # type: ignore[call-overload]  # six columns
        .join(Area, col(Area.id) == Presence.area_id)
        .where(*_there(asked))
        .order_by(col(Presence.entered_at), col(Presence.id))
    )
    stays: dict[UUID, list[Stay]] = defaultdict(list)
    for visit_id, *stay in session.exec(statement):
        stays[visit_id].append(Stay(*stay))
    return stays


def _visits(asked: Asked) -> Any:
    """Ids of the visits the report is about: somebody was inside, or was refused."""
    inside = select(Presence.visit_id).where(*_there(asked))
    refused = select(AccessEvent.visit_id).where(*_events(asked, EventType.ENTRY_REFUSED), col(AccessEvent.visit_id).is_not(None))
    return inside.union(refused)


def _lines(
    session: Session,
    ring: KeyRing,
    asked: Asked,
    site: Site,
    stays: dict[UUID, list[Stay]],
    refusals: dict[UUID, list[Refused]],
    now: datetime,
) -> list[Line]:
    wanted = _visits(asked)
    columns = (Visit.id, Visit.subject_id, Visit.place, Visit.purpose, Visit.work_order, Visit.window_until, Visit.badge, Visit.erased_at)
    statement = (
        select(*columns, Visit.badge_returned_at, VisitOrder.number, Customer.name)  # type: ignore[call-overload]  # many columns
        .join(VisitOrder, col(VisitOrder.id) == Visit.order_id)
        .join(Customer, col(Customer.id) == Visit.customer_id)
        .where(col(Visit.id).in_(wanted))
    )
    found = session.exec(statement).all()
    areas, said_yes = _areas(session, asked, wanted), _authorisers(session, ring, wanted)
    labels = read_labels(session, ring, [row.subject_id for row in found])
    lines = []
    for row in found:
        customer_side, site_side, by_rule = said_yes.get(row.id, ("", "", False))
        mine = tuple(stays.get(row.id, ()))
        lines.append(
            Line(
                number=f"{row.number}-{row.place}",
                name=labels.get(row.subject_id, ""),
                customer=row.name,
                areas=tuple(areas[row.id]),
                purpose=row.purpose,
                work_order=row.work_order,
                customer_authoriser=customer_side,
                site_authoriser=site_side,
                by_rule=by_rule,
                window_until=row.window_until,
                stays=mine,
                refusals=tuple(refusals.get(row.id, ())),
                badge=row.badge or "",
                badge_returned_at=row.badge_returned_at,
                erased_on=local_time(row.erased_at, site.zone)[:10] if row.erased_at else "",
                overstay=_overstay(mine, row.window_until, timedelta(minutes=site.overstay_minutes), min(now, asked.ends)),
            )
        )
    return sorted(lines, key=_in_order_of_time)


def _in_order_of_time(line: Line) -> tuple[datetime, str]:
    return min([stay.entered_at for stay in line.stays] + [refused.at for refused in line.refusals]), line.number


def _overstay(stays: Sequence[Stay], until: datetime, tolerance: timedelta, ends: datetime) -> timedelta | None:
    """How far past the window the last one left, or still was inside when the period ended; None within the site's tolerance."""
    late = max((min(stay.left_at or ends, ends) - until for stay in stays), default=timedelta())
    return late if late > tolerance else None


def _areas(session: Session, asked: Asked, wanted: Any) -> dict[UUID, list[str]]:
    name = Area.name if asked.language == "zh-CN" else Area.name_en
    statement = select(VisitArea.visit_id, name).join(Area, col(Area.id) == VisitArea.area_id)
    areas: dict[UUID, list[str]] = defaultdict(list)
    for visit_id, area in session.exec(statement.where(col(VisitArea.visit_id).in_(wanted)).order_by(col(Area.code))):
        areas[visit_id].append(area)
    return areas


def _authorisers(session: Session, ring: KeyRing, wanted: Any) -> dict[UUID, tuple[str, str, bool]]:
    """Visit → (customer's side, site's side, by a rule). The newest yes of each side counts: an edited visit was approved again."""
    contact = and_(col(Approval.actor_kind) == ActorKind.CONTACT, col(Contact.id) == col(Approval.actor_id))
    staff = and_(col(Approval.actor_kind) == ActorKind.STAFF, col(Staff.id) == col(Approval.actor_id))
    statement = (
        select(Approval.visit_id, Approval.side, Contact.subject_id, Staff.number, StandingRule.name)  # type: ignore[call-overload]  # five columns
        .outerjoin(Contact, contact)
        .outerjoin(Staff, staff)
        .outerjoin(StandingRule, col(StandingRule.id) == Approval.rule_id)
        .where(col(Approval.visit_id).in_(wanted), col(Approval.approved).is_(True))
        .order_by(col(Approval.id))
    )
    rows = session.exec(statement).all()
    labels = read_labels(session, ring, {row.subject_id for row in rows if row.subject_id})
    sides: dict[UUID, tuple[str, str, bool]] = {}
    for visit_id, side, subject_id, number, rule in rows:
        customer_side, site_side, by_rule = sides.get(visit_id, ("", "", False))
        if side == "customer":
            customer_side = labels.get(subject_id, "") if subject_id else number or ""
        else:
            site_side, by_rule = rule or number or "", rule is not None
        sides[visit_id] = (customer_side, site_side, by_rule)
    return sides


def _looks(session: Session, asked: Asked) -> dict[str, int]:
    """How often identities were opened, by purpose. Messages and people looking at their own data are no looks of the staff."""
    counted = Counter(
        str(detail.get("purpose", ""))
        for detail in session.exec(
            select(AccessEvent.detail).where(*_events(asked, EventType.IDENTITY_REVEALED), col(AccessEvent.actor_kind) == ActorKind.STAFF)
        )
    )
    return {purpose.value: counted[purpose.value] for purpose in RevealPurpose if counted[purpose.value]}


def _reasons(session: Session, asked: Asked) -> dict[ManualReason, int]:
    """Why entries and exits were written by hand."""
    types = (EventType.ENTRY_GRANTED, EventType.EXIT_RECORDED, EventType.EXIT_CLOSED_UNKNOWN)
    details = session.exec(select(AccessEvent.detail).where(*_events(asked, *types), col(AccessEvent.actor_kind) == ActorKind.STAFF))
    counted = Counter(str(detail.get("reason", "")) for detail in details)
    return {reason: counted[reason.value] for reason in ManualReason if counted[reason.value]}
