"""How long what is kept: the default periods, in calendar months of the site's zone (policy.md; clause 4.4)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PHONE_AFTER_EXIT = timedelta(hours=24)
DOCUMENT_DAYS = 30
UNUSED_DAYS = 7
ROSTER_UNUSED_MONTHS = 12
EVENT_YEARS = 3


@dataclass(frozen=True, slots=True)
class HeldUntil:
    """One kind of data and the moment (UTC) it is deleted. `what` is a code whose text the faces show."""

    what: str
    until: datetime


def add_months(moment: datetime, months: int, zone: str) -> datetime:
    """The same local day `months` later (or that month's last day), as UTC. 180 days would be shorter than six months."""
    local = moment.astimezone(ZoneInfo(zone))
    index = local.year * 12 + local.month - 1 + months
    year, month = divmod(index, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def held_until(*, ends_at: datetime, retention_months: int, zone: str, checked: bool) -> list[HeldUntil]:
    """What is held of a visitor whose visit ends (or ended) at `ends_at`, and until when. The event without identity stays 3 years."""
    held = [
        HeldUntil("contact", ends_at + PHONE_AFTER_EXIT),
        HeldUntil("name", add_months(ends_at, retention_months, zone)),
        HeldUntil("event", add_months(ends_at, EVENT_YEARS * 12, zone)),
    ]
    if checked:
        held.insert(1, HeldUntil("document", ends_at + timedelta(days=DOCUMENT_DAYS)))
    return held
