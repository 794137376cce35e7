"""Who outside the operator may be given what: exactly the recipients that the policy in force names, and no longer than it says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from access_log.errors import ConflictError
from access_log.models import AccessEvent, Site
from access_log.policy.codes import EventType
from access_log.policy.file.content import Policy, Recipient
from access_log.services import policies

CUSTOMER = "customer"
AUTHORITY = "authority"
GIVEN = {CUSTOMER: EventType.REPORT_EXPORTED, AUTHORITY: EventType.DISCLOSURE_HANDED_OVER}
"""What the register itself gives to whom: the event that tells of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A recipient, whether it may be given anything today, and when it last was."""

    recipient: Recipient
    expired: bool
    times: int
    last_at: datetime | None


def allowed(session: Session, *, site: Site, recipient: str, fields: Collection[str], now: datetime) -> Recipient:
    """The recipient, where the policy in force names it for all these fields today.

    Raises ConflictError: "recipient_undeclared", "recipient_expired", "recipient_fields". Nothing may be given then.
    """
    found = next((one for one in policies.in_force(session, site).recipients if one.id == recipient), None)
    if found is None:
        raise ConflictError("recipient_undeclared")
    if _expired(found, site, now):
        raise ConflictError("recipient_expired")
    if not set(fields) <= set(found.fields):
        raise ConflictError("recipient_fields")
    return found


def _expired(recipient: Recipient, site: Site, now: datetime) -> bool:
    """`until` is the last day on which it may be given anything."""
    return recipient.until is not None and now.astimezone(ZoneInfo(site.zone)).date() > recipient.until


def register(session: Session, *, site: Site, now: datetime) -> tuple[Policy, Sequence[Row]]:
    """Every recipient of the policy in force, with what the record says was given."""
    policy = policies.in_force(session, site)
    return policy, [_row(session, site, one, now) for one in policy.recipients]


def _row(session: Session, site: Site, recipient: Recipient, now: datetime) -> Row:
    kind = GIVEN.get(recipient.id)
    if kind is None:
        return Row(recipient, _expired(recipient, site, now), 0, None)
    told = select(func.count(), func.max(AccessEvent.at)).where(AccessEvent.site_id == site.id, col(AccessEvent.type) == kind)
    times, last_at = session.exec(told).one()
    return Row(recipient, _expired(recipient, site, now), times, last_at)
