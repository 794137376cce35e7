"""Blind index: find a mail address or phone number without storing it, and destroy the index with its key.

value = one block of the suite's cipher, under the `index` KEK, over a 16-byte keyed digest. The digest key alone finds nothing
once the KEK is destroyed; re-encrypting needs no plaintext.
"""

import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from access_log.crypto.ring import KeyKind, KeyRing, Purpose
from access_log.crypto.suites import Suite, mac, sm4_key

BLOCK = 16
"""Bytes of a value: one block of either suite's cipher."""
_SEPARATORS = frozenset(" \t\r\n-()./·\u2010\u2012\u2013\u2014\u2212")


class IndexKind(StrEnum):
    MAIL = "mail"
    PHONE = "phone"
    DOCUMENT = "document"


def normalise(kind: IndexKind, value: str) -> str:
    """The one spelling that is compared: NFKC, without separators; mail in lower case, the rest in upper case.

    Invisible format characters go first: numbers copied from an address book bring some along.
    """
    visible = value if value.isascii() else "".join(character for character in value if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible)
    if kind is IndexKind.MAIL:
        return unicodedata.normalize("NFKC", folded.casefold()).strip()
    upper = unicodedata.normalize("NFKC", folded.upper())
    return unicodedata.normalize("NFKC", "".join(character for character in upper if character not in _SEPARATORS))


def blind_index(ring: KeyRing, *, site_id: int, kind: IndexKind, value: str) -> bytes:
    """The 16 bytes to store, under the newest index KEK, in the ring's suite."""
    version, _key = ring.kek(Purpose.INDEX)
    return blind_value(ring, site_id=site_id, kind=kind, value=value, suite=ring.suite, version=version)


def blind_value(ring: KeyRing, *, site_id: int, kind: IndexKind, value: str, suite: int, version: int) -> bytes:
    """What was, or will be, stored for `value` in a suite and under a KEK."""
    return _encrypt(ring, suite, version, _digest(ring, suite, site_id, kind, value))


def blind_candidates(ring: KeyRing, *, site_id: int, kind: IndexKind, value: str) -> list[bytes]:
    """What to look for: one value per live index KEK and suite, so that look-ups work while values are being moved."""
    digests = {suite: _digest(ring, suite, site_id, kind, value) for suite in Suite}
    return [_encrypt(ring, suite, version, digest) for suite, digest in digests.items() for version in ring.kek_versions(Purpose.INDEX)]


def reindex(ring: KeyRing, values: Sequence[bytes], from_version: int, *, suite: int) -> list[bytes]:
    """Stored values moved to the newest index KEK, without knowing what they stand for."""
    version, _key = ring.kek(Purpose.INDEX)
    decryptor = _cipher(ring, suite, from_version).decryptor()
    blocks = _encrypt(ring, suite, version, decryptor.update(b"".join(values)) + decryptor.finalize())
    return [blocks[start : start + BLOCK] for start in range(0, len(blocks), BLOCK)]


def _digest(ring: KeyRing, suite: int, site_id: int, kind: IndexKind, value: str) -> bytes:
    _version, key = ring.secret(KeyKind.INDEX_MAC)
    return mac(suite, key, b"blind", str(site_id).encode(), kind.value.encode(), normalise(kind, value).encode("utf-8"))[:BLOCK]


def _encrypt(ring: KeyRing, suite: int, version: int, blocks: bytes) -> bytes:
    encryptor = _cipher(ring, suite, version).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def _cipher(ring: KeyRing, suite: int, version: int) -> Cipher[modes.ECB]:
    # ECB over blocks of pseudo-random input, each a value of its own, is a keyed permutation, which is all that is wanted here.
    _version, key = ring.kek(Purpose.INDEX, version)
    algorithm = algorithms.AES(key) if suite == Suite.STD else algorithms.SM4(sm4_key(key))
    return Cipher(algorithm, modes.ECB())  # noqa: S305  # see above
