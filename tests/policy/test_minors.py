"""Five families of documents whose numbers hold a birth date: 5,000 minors and 5,000 adults, none of them taken for the other (clause 6).

Resident identity cards, residence permits of people from Hong Kong, Macao and Taiwan, and permanent residence cards of foreigners (2023)
all carry 18 characters by GB 11643. Other documents carry no birth date in their number: there the guard says it.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from access_log.policy.documents import NumberReading, read_resident_number
from tests.policy.test_documents import number

MANY = 1000
TODAYS = (date(2026, 11, 24), date(2027, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2026, 12, 31), date(2027, 1, 1))
PROVINCES = (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65)
FAMILIES: dict[str, Callable[[random.Random], str]] = {
    "resident identity card": lambda luck: f"{luck.choice(PROVINCES)}{luck.randrange(100, 3000):04}",
    "residence permit, Hong Kong": lambda luck: "810000",
    "residence permit, Macao": lambda luck: "820000",
    "residence permit, Taiwan": lambda luck: "830000",
    "permanent residence card of foreigners": lambda luck: f"9{luck.choice(PROVINCES)}{luck.randrange(4, 895):03}",
}
TYPED: tuple[Callable[[str], str], ...] = (
    str,
    str.lower,
    lambda text: f" {text[:6]} {text[6:14]} {text[14:]} ",
    lambda text: text.translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789X"}),
)


def eighteenth(day: date) -> date:
    """The birthday, or where there is none that year the day after."""
    try:
        return day.replace(year=day.year + 18)
    except ValueError:
        return date(day.year + 18, 3, 1)


def births(luck: random.Random, today: date, *, of_age: bool) -> Iterator[date]:
    """The days beside the border first, then any; 29 February among them."""
    border = date(today.year - 18, today.month, today.day) if (today.month, today.day) != (2, 29) else date(today.year - 18, 2, 28)
    near = [border + timedelta(days=off) for off in range(-3, 4)] + [date(year, 2, 29) for year in range(1904, today.year + 1, 4)]
    yield from (day for day in near if day <= today and (eighteenth(day) <= today) is of_age)
    while True:
        day = date(1905, 1, 1) + timedelta(days=luck.randrange((today - date(1905, 1, 1)).days + 1))
        if not of_age:
            day = today - timedelta(days=luck.randrange(18 * 365))
        if (eighteenth(day) <= today) is of_age:
            yield day


@pytest.mark.parametrize("of_age", [False, True], ids=["minors", "adults"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.clause("6.a")
def test_of_a_thousand_in_each_family_nobody_is_taken_for_something_else(family: str, of_age: bool) -> None:
    luck = random.Random(f"{family} {of_age}")
    wrong, seen = [], 0
    for today in TODAYS:
        for day, _count in zip(births(luck, today, of_age=of_age), range(MANY // len(TODAYS) + 1), strict=False):
            text = number(f"{FAMILIES[family](luck)}{day:%Y%m%d}{luck.randrange(1000):03}")
            typed = TYPED[seen % len(TYPED)](text)
            seen += 1
            if read_resident_number(typed, today) != NumberReading(well_formed=True, of_age=of_age):
                wrong.append((typed, today))
    assert seen >= MANY
    assert wrong == []


def test_one_wrong_character_never_makes_a_minor_an_adult() -> None:
    """A digit edited in the birth year is found by the check character: the number is refused, not read."""
    luck = random.Random(18)
    today = TODAYS[0]
    for day, _count in zip(births(luck, today, of_age=False), range(MANY), strict=False):
        text = number(f"810000{day:%Y%m%d}{luck.randrange(1000):03}")
        place = luck.randrange(17)
        edited = text[:place] + luck.choice([digit for digit in "0123456789" if digit != text[place]]) + text[place + 1 :]
        assert not read_resident_number(edited, today).well_formed


@pytest.mark.parametrize("old", ["110105491231002", "CHN150070052106", "H12345678", "E12345678", "00012345"])
def test_numbers_without_a_birth_date_are_not_guessed_at(old: str) -> None:
    """15 digits of before 1999, the first permanent residence cards, permits and passports: the guard says the age."""
    assert read_resident_number(old, TODAYS[0]) == NumberReading(well_formed=False, of_age=False)
