"""Times written by hand: in the past, and not further than a shift remembers."""

from datetime import datetime, timedelta

from access_log.errors import RefusedInputError

REMEMBERED = timedelta(hours=24)


def check_time(at: datetime, *, now: datetime) -> None:
    """Raise RefusedInputError("at", code) for a time to come or more than 24 hours ago."""
    if at > now + timedelta(minutes=1):
        raise RefusedInputError("at", "in_the_future")
    if at < now - REMEMBERED:
        raise RefusedInputError("at", "too_long_ago")
