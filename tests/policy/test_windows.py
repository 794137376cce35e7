"""今天, 今晚, 三天: what they come to at the site, at every hour of its day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from access_log.policy.windows import Preset, at_site, preset_window

SHANGHAI = "Asia/Shanghai"


def at(text: str) -> datetime:
    """A moment of the site's clock in November 2026: '24 23:30'."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(SHANGHAI)).astimezone(UTC)


@pytest.mark.parametrize(
    ("preset", "asked", "begins", "ends"),
    [
        (Preset.TODAY, "24 12:00", "24 12:00", "24 23:59"),
        (Preset.TODAY, "24 23:30", "24 23:30", "24 23:59"),
        (Preset.TODAY, "24 00:10", "24 00:10", "24 23:59"),
        (Preset.TODAY, "24 23:59", "24 23:59", "25 23:59"),
        (Preset.TONIGHT, "24 12:00", "24 18:00", "25 06:00"),
        (Preset.TONIGHT, "24 23:30", "24 23:30", "25 06:00"),
        (Preset.TONIGHT, "24 03:00", "24 03:00", "24 06:00"),
        (Preset.TONIGHT, "24 06:00", "24 18:00", "25 06:00"),
        (Preset.THREE_DAYS, "24 23:30", "24 23:30", "26 23:59"),
        (Preset.THREE_DAYS, "24 07:45", "24 07:45", "26 23:59"),
    ],
)
def test_a_preset_means_the_sites_own_day(preset: Preset, asked: str, begins: str, ends: str) -> None:
    assert preset_window(preset, at(asked), SHANGHAI) == (at(begins), at(ends))


def test_seconds_do_not_stand_in_a_window() -> None:
    begins, _ends = preset_window(Preset.TODAY, at("24 12:00").replace(second=41, microsecond=7), SHANGHAI)
    assert begins == at("24 12:00")


def test_a_day_ends_where_its_zone_says() -> None:
    _begins, ends = preset_window(Preset.TODAY, datetime(2026, 10, 25, 10, tzinfo=UTC), "Europe/Berlin")  # 25 hours long
    assert ends == datetime(2026, 10, 25, 22, 59, tzinfo=UTC)


def test_what_is_typed_at_the_site_is_the_sites_time() -> None:
    assert at_site(datetime(2026, 11, 24, 23, 30), SHANGHAI) == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def test_a_moment_that_no_clock_has_is_refused() -> None:
    with pytest.raises(OverflowError):
        at_site(datetime(1, 1, 1), SHANGHAI)
