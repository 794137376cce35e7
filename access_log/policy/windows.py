"""The windows people mean by 今天, 今晚 and 三天, in the site's zone, and the moment meant by a date and time typed there."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

EVENING = time(18)
MORNING = time(6)


class Preset(StrEnum):
    TODAY = "today"
    TONIGHT = "tonight"
    THREE_DAYS = "three_days"


def preset_window(preset: Preset, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """From and until (UTC). A day ends at 23:59: 00:00 would be the next day, for readers and for rules that name weekdays."""
    local = now.astimezone(ZoneInfo(zone))
    if preset is Preset.TONIGHT:
        return _tonight(local, zone)
    last = local.date() + timedelta(days=0 if preset is Preset.TODAY else 2)
    return _whole(local), _last_minute(last, zone, after=local)


def _tonight(local: datetime, zone: str) -> tuple[datetime, datetime]:
    """18:00 to 06:00; from now where the night has begun, before 06:00 the night that is under way."""
    begun = local.time() < MORNING
    ends_on = local.date() + timedelta(days=0 if begun else 1)
    evening = at_site(datetime.combine(local.date(), EVENING), zone)
    start = _whole(local) if begun else max(_whole(local), evening)
    return start, at_site(datetime.combine(ends_on, MORNING), zone)


def _last_minute(day: date, zone: str, *, after: datetime) -> datetime:
    """23:59 of `day`. Asked for in that very minute, the next day's: a window cannot end where it begins."""
    end = at_site(datetime.combine(day, time(23, 59)), zone)
    return end if end > _whole(after) else at_site(datetime.combine(day + timedelta(days=1), time(23, 59)), zone)


def at_site(typed: datetime, zone: str) -> datetime:
    """The moment (UTC) of a date and time typed at the site; one that names its own offset keeps it.

    Raises OverflowError in the years 1 and 9999, where UTC may not have that moment.
    """
    return (typed if typed.tzinfo else typed.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _whole(local: datetime) -> datetime:
    return local.replace(second=0, microsecond=0).astimezone(UTC)
