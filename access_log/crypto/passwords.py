"""Passwords and PINs: argon2id (RFC 9106). Checking takes the same time whether or not the account exists."""

from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SHORTEST = 12
LONGEST = 128
_PASSWORDS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP password storage: argon2id, 19 MiB, 2 passes."""
COMMON = frozenset(
    {
        "123456789012", "1234567890123", "password1234", "passwordpassword", "qwertyuiop12", "qwertyuiopasdf", "administrator",
        "adminadminadmin", "changemeplease", "letmeinletmein", "111111111111", "000000000000", "1q2w3e4r5t6y", "iloveyou1234",
        "welcome12345", "woaini520131", "woaini1314520", "a123456789012", "password12345", "abcdefghijkl",
    }
)  # fmt: skip


def password_problem(text: str) -> str | None:
    """Why a password cannot be taken: `too_short`, `too_long`, `common`, `control_characters`; None where it can."""
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in text):
        return "control_characters"
    if len(text) < SHORTEST:
        return "too_short"
    if len(text) > LONGEST:
        return "too_long"
    if text.casefold() in COMMON or len(set(text)) < 4:
        return "common"
    return None


def hash_password(text: str) -> str:
    """An argon2id hash in its standard string form."""
    return _PASSWORDS.hash(text)


def verify_password(hashed: str, text: str) -> bool:
    """Whether `text` is the password."""
    return _verify(hashed, text)


def needs_rehash(hashed: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _PASSWORDS.check_needs_rehash(hashed)


def dummy_verify(text: str) -> bool:
    """Spend the time of a real check for an account that does not exist. Always False."""
    _verify(_dummy(), text)
    return False


def pin_problem(text: str) -> str | None:
    """Why a PIN cannot be taken: `not_six_digits` or `too_simple`; None where it can."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        return "not_six_digits"
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return "too_simple" if steps in ({0}, {1}, {-1}) else None


def hash_pin(text: str) -> str:
    """An argon2id hash of a six-digit PIN, at the cost of a password's.

    Weak all the same, with a million of them: guesses are counted, and a PIN works only inside a session opened with both factors.
    """
    return _PASSWORDS.hash(text)


def verify_pin(hashed: str, text: str) -> bool:
    """Whether `text` is the PIN."""
    return _verify(hashed, text)


def _verify(hashed: str, text: str) -> bool:
    try:
        return _PASSWORDS.verify(hashed, text.encode("utf-8", "replace"))
    except (VerificationError, ValueError):
        return False


@cache
def _dummy() -> str:
    return _PASSWORDS.hash("nobody has this password")
