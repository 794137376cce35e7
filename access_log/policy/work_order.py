"""A work-order number names a piece of work, never a person (clause 2.1, least data): it is kept and shown in the clear."""

import re
import unicodedata

LONGEST = 40
_MARKS = frozenset("-_/.#() ")
_MOBILE = re.compile(r"(?<![A-Za-z0-9])1[3-9]\d{9}(?!\d)")
_IDENTITY = re.compile(r"(?<![A-Za-z0-9])\d{17}[\dXx](?![A-Za-z0-9])")
_GAPS = re.compile(r"(?<=\d)[- ](?=\d)")


def work_order_problem(text: str) -> str | None:
    """Why a work-order number cannot be taken, as a code: `too_long`, `not_a_work_order`, `names_a_person`. None where it can."""
    if len(text) > LONGEST:
        return "too_long"
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text)
    if names_a_person(text):
        return "names_a_person"
    fits = all(character.isalnum() or character in _MARKS for character in plain)
    return None if fits and any(character.isdecimal() for character in plain) else "not_a_work_order"


def names_a_person(text: str) -> bool:
    """Whether a mobile or identity number stands in a text."""
    plain = _GAPS.sub("", unicodedata.normalize("NFKC", text))
    return any(number.search(plain) for number in (_MOBILE, _IDENTITY))
