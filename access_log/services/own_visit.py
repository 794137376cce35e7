"""A visit as its own visitor sees it: where it stands, where to go, what was read. Opens no identity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.models import Area, Contact, Customer, Door, Kiosk, Pass, Site, Visit, VisitArea, VisitOrder
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, ActorKind, EventType
from access_log.policy.standing import SHOWS_PASS, Standing, Standings, decide_standing
from access_log.services import events, passes


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """`doors` are those where the pass is read. `issued` is None where there is no pass to show."""

    visit: Visit
    site: Site
    number: str
    company: str
    standing: Standing
    opens_at: datetime
    areas: Sequence[Area]
    doors: Sequence[Door]
    issued: Pass | None

    @property
    def notice_read(self) -> bool:
        """Whether the kiosk will let them pass without reading it there."""
        return self.visit.notice_read_at is not None


def look_up(session: Session, visit: Visit, *, now: datetime) -> OwnVisit:
    """Everything the visitor's pages show about a visit but the person."""
    site = session.get_one(Site, visit.site_id)
    order = session.get_one(VisitOrder, visit.order_id)
    customer = session.get_one(Customer, visit.customer_id)
    standing = _standing(session, visit, site, customer, now)
    areas = session.exec(
        select(Area).join(VisitArea, col(VisitArea.area_id) == Area.id).where(VisitArea.visit_id == visit.id).order_by(col(Area.code))
    ).all()
    return OwnVisit(
        visit=visit,
        site=site,
        number=f"{order.number}-{visit.place}",
        company=customer.name,
        standing=standing,
        opens_at=passes.opens_at(visit, site),
        areas=areas,
        doors=_doors(session, [area.id for area in areas]),
        issued=passes.live_pass(session, visit=visit) if standing in SHOWS_PASS else None,
    )


def _standing(session: Session, visit: Visit, site: Site, customer: Customer, now: datetime) -> Standing:
    contact = session.get_one(Contact, visit.requested_by)
    facts = Standings(
        state=visit.state,
        opens_at=passes.opens_at(visit, site),
        until=visit.window_until,
        overstay=timedelta(minutes=site.overstay_minutes),
        authorised=customer.state is Active.ACTIVE and contact.state is Active.ACTIVE,
    )
    return decide_standing(facts, now)


def _doors(session: Session, areas: Sequence[int | None]) -> list[Door]:
    """The doors into these areas that have a kiosk in use; all of them where none has."""
    doors = session.exec(select(Door).where(col(Door.area_id).in_(areas)).order_by(col(Door.code))).all()
    enrolled = select(Kiosk.door_id).where(col(Kiosk.enrolled_at).is_not(None), col(Kiosk.revoked_at).is_(None))
    with_kiosk = set(session.exec(enrolled).all())
    return [door for door in doors if door.id in with_kiosk] or list(doors)


def note_viewed(session: Session, visit: Visit, *, now: datetime) -> None:
    """The visitor's link was opened on a device and shows a pass from now on: recorded once a device, not at each look."""
    live = passes.live_pass(session, visit=visit)
    if live is not None:
        detail = {"pass": events.text(live.digest)}
        events.record(session, EventType.PASS_VIEWED, site_id=visit.site_id, now=now, actor=as_visitor(visit), visit=visit, detail=detail)


def as_visitor(visit: Visit) -> Actor:
    """The visitor as an actor: nobody but this visit's own person."""
    return Actor(ActorKind.VISITOR, None, visit.site_id, customer_id=visit.customer_id)
