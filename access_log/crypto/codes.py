"""Short codes and link tokens, derived from the ring: what is stored is a digest, and the same one can be shown again."""

import hashlib
import secrets
import unicodedata
from uuid import UUID

from access_log.crypto.ring import KeyKind, KeyRing
from access_log.crypto.suites import mac

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that nothing is read wrongly aloud or on a keypad."""
CODE_LENGTH = 10
TOKEN_LENGTH = 26
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_IGNORED = str.maketrans("", "", " -\u00a0\u2010\u2011\u2013\t\r\n")


def short_code(ring: KeyRing, pass_id: UUID, generation: int = 0) -> str:
    """Ten characters (50 bits) for a pass whose QR code cannot be shown."""
    return _base32(_derive(ring, "short-code", pass_id, generation), CODE_LENGTH)


def normalise_code(text: str) -> str | None:
    """A typed code in its one spelling, or None where it cannot be one.

    Takes lower case, spaces, hyphens, O for 0, I and L for 1, and the full-width forms of a Chinese input method.
    """
    if len(text) > 64:
        return None
    code = unicodedata.normalize("NFKC", text).upper().translate(_IGNORED).translate(_READ_AS)
    return code if len(code) == CODE_LENGTH and all(character in CROCKFORD for character in code) else None


def group_code(code: str) -> str:
    """ABCDE-FGHJK, as it is shown and read aloud."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def proving_code(ring: KeyRing, code_id: UUID) -> str:
    """Ten characters with which somebody shows that a message, or a slip handed over at the desk, reached them."""
    return _base32(_derive(ring, "proving-code", code_id, 0), CODE_LENGTH)


def code_digest(ring: KeyRing, code: str) -> bytes:
    """What is stored of a code: keyed, because 50 bits could be searched."""
    _version, key = ring.secret(KeyKind.LINK)
    return mac(ring.suite, key, b"code-digest", code.encode())


def random_code() -> str:
    """A code that is not derived from anything: for enrolment."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(CODE_LENGTH))


def link_token(ring: KeyRing, purpose: str, id_: UUID, generation: int) -> str:
    """26 lower-case characters (130 bits) for a link; a new generation makes the old one void."""
    return _base32(_derive(ring, f"link-{purpose}", id_, generation), TOKEN_LENGTH).lower()


def token_digest(token: str) -> bytes:
    """What is stored of a token with 128 bits or more."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def random_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def _derive(ring: KeyRing, what: str, id_: UUID, generation: int) -> bytes:
    _version, key = ring.secret(KeyKind.LINK)
    return mac(ring.suite, key, what.encode(), id_.bytes, generation.to_bytes(4, "big"))


def _base32(data: bytes, length: int) -> str:
    number = int.from_bytes(data, "big")
    return "".join(CROCKFORD[number >> (5 * place) & 31] for place in range(length))
