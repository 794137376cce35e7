"""Resident identity numbers, checked in memory and dropped (GB 11643-1999; clause 6 for age)."""

from dataclasses import dataclass
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")


@dataclass(frozen=True, slots=True)
class NumberReading:
    """What a number says without the number: is it well-formed, and is its bearer of age on the day asked."""

    well_formed: bool
    of_age: bool


def read_resident_number(number: str, today: date) -> NumberReading:
    """Check an 18-character number against its own digit, a real birth date and the day. The number is not kept.

    Takes the full-width digits that a Chinese input method leaves behind.
    """
    compact = "".join(number.translate(_FULL_WIDTH).split()).upper()
    if len(compact) != 18 or not (compact[:17].isascii() and compact[:17].isdigit()):
        return NumberReading(False, False)
    if CHECKS[sum(int(digit) * weight for digit, weight in zip(compact, WEIGHTS, strict=False)) % 11] != compact[17]:
        return NumberReading(False, False)
    try:
        born = date(int(compact[6:10]), int(compact[10:12]), int(compact[12:14]))
    except ValueError:
        return NumberReading(False, False)
    if born > today:
        return NumberReading(False, False)
    return NumberReading(True, age_on(born, today) >= 18)


def age_on(born: date, today: date) -> int:
    """Full years. Someone born on 29 February comes of age on 1 March in common years (PRC Civil Code, art. 200-204)."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
