"""Resident identity numbers (GB 11643-1999): checksum, a real birth date, and who is of age (clause 6)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_log.policy.documents import CHECKS, WEIGHTS, NumberReading, age_on, read_resident_number

TODAY = date(2026, 11, 24)
STANDARDS_OWN = "11010519491231002X"
"""The example that GB 11643 itself prints."""


def number(digits: str) -> str:
    """17 digits with the check character they should have, by the standard's formula: sum of a(i) * 2^(18-i) mod 11."""
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


def born(day: date, order: str = "002") -> str:
    return number(f"110105{day:%Y%m%d}{order}")


def test_the_standards_own_example_is_right() -> None:
    assert read_resident_number(STANDARDS_OWN, TODAY) == NumberReading(well_formed=True, of_age=True)
    assert number(STANDARDS_OWN[:17]) == STANDARDS_OWN


def test_the_weights_are_the_powers_of_two_of_the_standard() -> None:
    assert tuple(2 ** (17 - place) % 11 for place in range(17)) == WEIGHTS
    assert len(set(CHECKS)) == 11


@pytest.mark.parametrize("place", range(17))
def test_every_single_wrong_digit_is_found(place: int) -> None:
    for digit in "0123456789":
        wrong = STANDARDS_OWN[:place] + digit + STANDARDS_OWN[place + 1 :]
        assert read_resident_number(wrong, TODAY).well_formed is (wrong == STANDARDS_OWN)


@pytest.mark.parametrize("place", range(16))
def test_every_pair_of_digits_typed_in_the_wrong_order_is_found(place: int) -> None:
    first, second = STANDARDS_OWN[place], STANDARDS_OWN[place + 1]
    swapped = STANDARDS_OWN[:place] + second + first + STANDARDS_OWN[place + 2 :]
    assert read_resident_number(swapped, TODAY).well_formed is (first == second)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "110105\t19491231\u3000002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002ｘ",
    ],
    ids=["small x", "in groups", "other spaces", "full width", "full-width x"],
)
def test_a_number_is_taken_as_people_and_input_methods_type_it(typed: str) -> None:
    assert read_resident_number(typed, TODAY) == NumberReading(well_formed=True, of_age=True)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "X",
        "110105491231002",
        STANDARDS_OWN[:-1],
        STANDARDS_OWN + "0",
        "X1010519491231002X",
        "1101051949123100²X",
        "٠١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
        "110105-19491231-002X",
        "1" * 10_000,
        "\0" * 18,
        "\ud800" * 18,
        "-1101051949123100X",
        "1_1010519491231002",
    ],
    ids=lambda typed: f"{len(typed)} characters {typed[:20]!a}",
)
def test_what_is_no_number_is_not_taken_for_one(typed: str) -> None:
    assert read_resident_number(typed, TODAY) == NumberReading(well_formed=False, of_age=False)


@pytest.mark.parametrize("day", ["20260229", "20261301", "20260431", "20260000", "19000229", "00000101"])
def test_a_birth_date_that_never_was_is_refused(day: str) -> None:
    assert not read_resident_number(number(f"110105{day}002"), TODAY).well_formed


def test_nobody_is_born_tomorrow() -> None:
    assert read_resident_number(born(TODAY), TODAY) == NumberReading(well_formed=True, of_age=False)
    assert not read_resident_number(born(TODAY + timedelta(days=1)), TODAY).well_formed


@pytest.mark.parametrize(
    ("day", "of_age"),
    [
        (date(2008, 11, 24), True),
        (date(2008, 11, 25), False),
        (date(2008, 11, 23), True),
        (date(1926, 1, 1), True),
        (date(2026, 1, 1), False),
    ],
)
@pytest.mark.clause("6.a")
def test_of_age_is_who_has_had_an_eighteenth_birthday(day: date, of_age: bool) -> None:
    assert read_resident_number(born(day), TODAY).of_age is of_age


@pytest.mark.parametrize(
    ("today", "age"),
    [
        (date(2026, 2, 28), 17),
        (date(2026, 3, 1), 18),
        (date(2027, 2, 28), 18),
        (date(2028, 2, 28), 19),
        (date(2028, 2, 29), 20),
    ],
)
def test_somebody_born_on_29_february_is_a_year_older_on_1_march_of_a_common_year(today: date, age: int) -> None:
    assert age_on(date(2008, 2, 29), today) == age


@given(day=st.dates(date(1900, 1, 1), TODAY), region=st.integers(110000, 659999), order=st.integers(0, 999))
def test_every_number_made_by_the_standard_is_read_and_says_the_age(day: date, region: int, order: int) -> None:
    reading = read_resident_number(number(f"{region}{day:%Y%m%d}{order:03}"), TODAY)
    assert reading == NumberReading(well_formed=True, of_age=(day.year + 18, day.month, day.day) <= (2026, 11, 24))


@given(text=st.text(max_size=40))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    assert read_resident_number(text, TODAY).well_formed in (True, False)


@pytest.mark.clause("1.1.a", "6.a")
def test_a_reading_says_nothing_of_the_number() -> None:
    """Checked in memory and dropped: what comes out are two booleans."""
    assert repr(read_resident_number(STANDARDS_OWN, TODAY)) == "NumberReading(well_formed=True, of_age=True)"
