"""The opening half of the vault. Only services/identity.py may import this: it records every look before it is taken."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.envelope import Sealed
from access_log.crypto.opening import open_sealed
from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import StoredSecret, VaultItem
from access_log.policy.codes import Item


def open_items(session: Session, ring: KeyRing, *, subjects: Collection[UUID], items: Collection[Item]) -> dict[tuple[UUID, Item], str]:
    """The plaintext of each item that still exists. An erased item is simply absent."""
    statement = select(VaultItem).where(col(VaultItem.subject_id).in_(subjects), col(VaultItem.item).in_(items))
    return {(row.subject_id, row.item): _open(ring, row, row.item) for row in session.exec(statement)}


def open_secret(session: Session, ring: KeyRing, *, subject_id: UUID) -> bytes | None:
    """A second-factor secret, or None where none is kept."""
    row = session.get(StoredSecret, subject_id)
    if row is None:
        return None
    return open_sealed(ring, sealed_of(row), purpose=Purpose.IDENTITY, subject=subject_id, item=Item.SECRET.value)


def _open(ring: KeyRing, row: VaultItem, item: Item) -> str:
    return open_sealed(ring, sealed_of(row), purpose=Purpose.IDENTITY, subject=row.subject_id, item=item.value).decode("utf-8")


def sealed_of(row: VaultItem | StoredSecret) -> Sealed:
    """The envelope that a row holds."""
    return Sealed(suite=row.suite, kek_version=row.kek_version, wrapped_key=row.wrapped_key, ciphertext=row.ciphertext)
