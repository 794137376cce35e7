"""A pack leaves the house: who took which period of whom is in the record before the first byte goes out."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from access_log.audit.scope import Scope, Wanted, scope_of
from access_log.errors import RefusedInputError
from access_log.models import Site
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType
from access_log.services import events

LONGEST = timedelta(days=366)


def wanted_of(site: Site, first: date, last: date, customer_id: int | None = None) -> Wanted:
    """Whole days of the site's zone, both included. Raises RefusedInputError: no year of a register, ends too early, is too long."""
    if not 2000 <= first.year <= last.year <= 2200 and first <= last:
        raise RefusedInputError("first", "date_parsing")
    if last < first:
        raise RefusedInputError("last", "ends_before_it_begins")
    if last - first >= LONGEST:
        raise RefusedInputError("last", "longer_than_a_year")
    zone = ZoneInfo(site.zone)
    begins, ends = (datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC")) for day in (first, last + timedelta(days=1)))
    return Wanted(site.id or 0, begins, ends, customer_id)


def export(session: Session, wanted: Wanted, *, actor: Actor, now: datetime) -> Scope:
    """Record that somebody takes a pack, and say what will be in it. Raises as scope_of."""
    scope = scope_of(session, wanted, now=now)
    detail = {"from": wanted.begins.isoformat(), "until": wanted.ends.isoformat(), "begin": scope.begin, "end": scope.end}
    events.record(
        session,
        EventType.AUDIT_PACK_EXPORTED,
        site_id=wanted.site_id,
        now=now,
        actor=actor,
        customer_id=wanted.customer_id,
        detail=detail,
    )
    return scope
