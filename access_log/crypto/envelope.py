"""Seal one value under a fresh key of its own, wrapped by a KEK of the ring. Destroying the wrapped key erases the value.

Every seal is bound to its place: subject, item and suite for the value, purpose and KEK version as well for the wrap. A
ciphertext moved to another row, column or person does not open.
"""

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from access_log.crypto.errors import SealBroken
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.suites import Suite, aead_open, aead_seal, joined, mac

BLOCK = 32
"""Plaintext is padded to a multiple of this many bytes, so that a ciphertext does not say how long a name is."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored. `kek_version` says which KEK unwraps `wrapped_key`."""

    suite: int
    kek_version: int
    wrapped_key: bytes
    ciphertext: bytes


def seal(ring: KeyRing, *, purpose: Purpose, subject: UUID, item: str, plaintext: bytes) -> Sealed:
    """Seal `plaintext` as `item` of `subject` under a fresh 32-byte key."""
    key = os.urandom(32)
    suite = ring.suite
    version, kek = ring.kek(purpose)
    return Sealed(
        suite=int(suite),
        kek_version=version,
        wrapped_key=aead_seal(suite, kek, key, wrap_aad(suite, purpose, version, subject, item)),
        ciphertext=aead_seal(suite, key, _pad(plaintext), item_aad(suite, subject, item)),
    )


def rewrap(ring: KeyRing, sealed: Sealed, *, purpose: Purpose, subject: UUID, item: str) -> Sealed:
    """The same value under the newest KEK; the ciphertext is not touched. Raises SealBroken, KeyMissing."""
    key = unwrap(ring, sealed, purpose=purpose, subject=subject, item=item)
    version, kek = ring.kek(purpose)
    wrapped = aead_seal(sealed.suite, kek, key, wrap_aad(sealed.suite, purpose, version, subject, item))
    return Sealed(sealed.suite, version, wrapped, sealed.ciphertext)


def commitment(
    ring: KeyRing, sealed: Sealed, *, purpose: Purpose, subject: UUID, item: str, field: str, value: bytes, suite: int | None = None
) -> bytes:
    """A keyed digest of `value` under a key derived from its item key: provable while the item lives, blind once it is erased.

    In the suite of `sealed`; one that was recorded before the item was moved to another suite is made again in the earlier `suite`.
    """
    suite = suite or sealed.suite
    key = unwrap(ring, sealed, purpose=purpose, subject=subject, item=item)
    algorithm = hashes.SHA256() if suite == Suite.STD else hashes.SM3()
    derived = HKDF(algorithm=algorithm, length=32, salt=None, info=b"access-log/1 commit").derive(key)
    return mac(suite, derived, field.encode(), value)


def unwrap(ring: KeyRing, sealed: Sealed, *, purpose: Purpose, subject: UUID, item: str) -> bytes:
    """The item key. Raises SealBroken, KeyMissing."""
    if sealed.suite not in (Suite.STD, Suite.GM):
        raise SealBroken("unknown suite")
    _version, kek = ring.kek(purpose, sealed.kek_version)
    return aead_open(sealed.suite, kek, sealed.wrapped_key, wrap_aad(sealed.suite, purpose, sealed.kek_version, subject, item))


def item_aad(suite: int, subject: UUID, item: str) -> bytes:
    """What a ciphertext is bound to."""
    return joined(b"access-log/1 item", bytes([suite]), subject.bytes, item.encode())


def wrap_aad(suite: int, purpose: Purpose, version: int, subject: UUID, item: str) -> bytes:
    """What a wrapped key is bound to."""
    return joined(b"access-log/1 wrap", bytes([suite]), purpose.value.encode(), version.to_bytes(4, "big"), subject.bytes, item.encode())


def _pad(plaintext: bytes) -> bytes:
    framed = len(plaintext).to_bytes(4, "big") + plaintext
    return framed + bytes(-len(framed) % BLOCK)


def unpad(framed: bytes) -> bytes:
    """The plaintext without its padding. Raises SealBroken where the frame is none of ours."""
    size = int.from_bytes(framed[:4], "big")
    if len(framed) < 4 or size > len(framed) - 4:
        raise SealBroken("the padding is wrong")
    return framed[4 : 4 + size]
