"""Open what envelope.py sealed. Imported by two services only, the opening half of the vault and labels; and by resealing.py, which seals
again at once what it opens."""

from uuid import UUID

from access_log.crypto.envelope import Sealed, item_aad, unpad, unwrap
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.suites import aead_open


def open_sealed(ring: KeyRing, sealed: Sealed, *, purpose: Purpose, subject: UUID, item: str) -> bytes:
    """The plaintext. Raises SealBroken where anything was changed or moved, KeyMissing where the KEK is gone."""
    key = unwrap(ring, sealed, purpose=purpose, subject=subject, item=item)
    return unpad(aead_open(sealed.suite, key, sealed.ciphertext, item_aad(sealed.suite, subject, item)))
