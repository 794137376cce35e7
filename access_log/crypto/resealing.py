"""Move a sealed value, and the index values made from it, to another suite. What is opened here is sealed again here; nobody sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from access_log.crypto.blind import IndexKind, blind_index, blind_value
from access_log.crypto.envelope import Sealed, item_aad, unwrap, wrap_aad
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose
from access_log.crypto.suites import aead_open, aead_seal


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index value as it is stored."""

    value: bytes
    suite: int
    kek_version: int


def reseal(ring: KeyRing, sealed: Sealed, *, purpose: Purpose, subject: UUID, item: str) -> Sealed:
    """The same value in the ring's suite, under the newest KEK. It keeps its item key: what the record says of it can still be proven.

    Raises SealBroken, KeyMissing.
    """
    key = unwrap(ring, sealed, purpose=purpose, subject=subject, item=item)
    framed = aead_open(sealed.suite, key, sealed.ciphertext, item_aad(sealed.suite, subject, item))
    suite, (version, kek) = ring.suite, ring.kek(purpose)
    return Sealed(
        suite=int(suite),
        kek_version=version,
        wrapped_key=aead_seal(suite, kek, key, wrap_aad(suite, purpose, version, subject, item)),
        ciphertext=aead_seal(suite, key, framed, item_aad(suite, subject, item)),
    )


def index_again(
    ring: KeyRing,
    sealed: Sealed,
    *,
    subject: UUID,
    item: str,
    site_id: int,
    values: Mapping[IndexKind, Indexed],
    read: Callable[[bytes], Mapping[IndexKind, str]],
) -> dict[IndexKind, bytes]:
    """Index values of `sealed` in the ring's suite, under the newest KEK; `read` says what of its text is indexed.

    A stored value that was not made from this text is left out: somebody changed it. Raises SealBroken, KeyMissing.
    """
    text = read(open_sealed(ring, sealed, purpose=Purpose.IDENTITY, subject=subject, item=item))
    return {
        kind: blind_index(ring, site_id=site_id, kind=kind, value=text[kind])
        for kind, was in values.items()
        if kind in text
        and was.value == blind_value(ring, site_id=site_id, kind=kind, value=text[kind], suite=was.suite, version=was.kek_version)
    }
