"""A contact takes a pass to hand it over: as words to copy, as a picture to send, on paper. Each taking is recorded."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from access_log.crypto.codes import group_code
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import Site, Visit, VisitOrder
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType
from access_log.services import events, passes, visits


@dataclass(frozen=True, slots=True, repr=False)
class TakenPass:
    """What a phone or paper needs. `digits` go into the QR code, `code` is typed where no code can be shown."""

    number: str
    digits: str
    code: str
    site: Site
    visit: Visit


def take(session: Session, ring: KeyRing, *, visit: Visit, contact: Actor, how: str, now: datetime) -> TakenPass:
    """The live pass of a visit; `how` is `shown` or `saved`. Raises ConflictError("no_pass") where none opens anything any more."""
    live = passes.live_pass(session, visit=visit)
    if live is None or not visits.may_reissue(visit, now):
        raise ConflictError("no_pass")
    detail = {"pass": events.text(live.digest), "how": how}
    events.record(session, EventType.PASS_VIEWED, site_id=visit.site_id, now=now, actor=contact, visit=visit, detail=detail)
    order = session.get_one(VisitOrder, visit.order_id)
    return TakenPass(
        number=f"{order.number}-{visit.place}",
        digits=passes.token_of(ring, live),
        code=group_code(passes.short_code_of(ring, live)),
        site=session.get_one(Site, visit.site_id),
        visit=visit,
    )
