"""Periods as policies write them, by the calendar of the site's zone (clause 4.4)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.period import Period, parse_period

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "period", "written"),
    [
        ("P6M", Period(months=6), "P6M"),
        ("P13M", Period(months=13), "P1Y1M"),
        ("P3Y", Period(months=36), "P3Y"),
        ("P1Y6M", Period(months=18), "P1Y6M"),
        ("P30D", Period(days=30), "P30D"),
        ("P2W", Period(days=14), "P14D"),
        ("PT24H", Period(minutes=1440), "PT24H"),
        ("P1DT12H30M", Period(days=1, minutes=750), "P1DT12H30M"),
        ("P0D", Period(), "P0D"),
        ("PT0M", Period(), "P0D"),
    ],
)
def test_a_period_is_read_and_written_again(text: str, period: Period, written: str) -> None:
    assert parse_period(text) == period
    assert str(period) == written
    assert parse_period(written) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1YT",
        "6M",
        "P6",
        "P-6M",
        "-P6M",
        "P6m",
        "p6M",
        "P1.5M",
        "P6M ",
        "P1D6M",
        "PT24",
        "P1W2D",
        "P٦M",
        "6 months",
        "P6M\n",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="period_shape"):
        parse_period(text)


@pytest.mark.parametrize("text", ["P101Y", "P1201M", "P36867D", "P99999999999999999999Y", "PT" + "9" * 400 + "H"])
def test_nothing_is_kept_for_more_than_a_hundred_years(text: str) -> None:
    with pytest.raises(ValueError, match="period_long"):
        parse_period(text)


@pytest.mark.parametrize(
    ("longer", "shorter"),
    [("P6M", "P180D"), ("P184D", "P6M"), ("P183D", "P6M"), ("P13M", "P6M"), ("P1Y", "P11M"), ("PT25H", "P1D"), ("P366D", "P1Y")],
)
@pytest.mark.clause("4.4.a")
def test_a_period_exceeds_another_where_it_ends_later_from_some_day(longer: str, shorter: str) -> None:
    assert parse_period(longer).exceeds(parse_period(shorter))


@pytest.mark.parametrize(
    ("first", "second"), [("P6M", "P6M"), ("P12M", "P1Y"), ("P180D", "P6M"), ("P181D", "P6M"), ("PT24H", "P1D"), ("P6M", "P184D")]
)
def test_a_period_does_not_exceed_what_is_never_shorter(first: str, second: str) -> None:
    assert not parse_period(first).exceeds(parse_period(second))


def test_days_and_months_are_local_and_hours_are_not() -> None:
    """Berlin's clocks go forward on 28 March 2027."""
    begins = datetime(2027, 3, 27, 11, tzinfo=UTC)  # noon there
    assert Period(days=1).after(begins, "Europe/Berlin") == datetime(2027, 3, 28, 10, tzinfo=UTC)
    assert Period(minutes=1440).after(begins, "Europe/Berlin") == datetime(2027, 3, 28, 11, tzinfo=UTC)


@given(
    begins=st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    period=st.builds(Period, st.integers(0, 40), st.integers(0, 40), st.integers(0, 3000)),
    zone=st.sampled_from([SHANGHAI, "UTC", "Europe/Berlin", "America/St_Johns"]),
)
def test_whatever_is_over_is_found_by_looking_back(begins: datetime, now: datetime, period: Period, zone: str) -> None:
    """The sweep asks the database for what began before `before`, then each for its own day: nothing due may be missed."""
    if period.after(begins, zone) <= now:
        assert begins <= period.before(now, zone)
