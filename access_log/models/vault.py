"""Sealed identity. Deleting a row here is what erasing a person means; nothing else holds them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from access_log.models.base import VAULT, coded, moment, sealed
from access_log.policy.codes import Item, SubjectKind


class Subject(SQLModel, table=True):
    """One person in one visit, one roster entry, one contact, one member of staff. An opaque id, nothing more."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site_id: int = Field(foreign_key="site.id")
    kind: SubjectKind = coded(SubjectKind, closed=False)
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    created_at: datetime = moment()
    erased_at: datetime | None = moment(default=None)


class VaultItem(SQLModel, table=True):
    """One retention class of a subject, under a fresh item key wrapped by the `identity` KEK."""

    __tablename__ = "vault_item"
    __table_args__ = ({"schema": VAULT},)

    subject_id: UUID = Field(primary_key=True)
    item: Item = coded(Item, primary_key=True, closed=False)
    site_id: int
    suite: int
    kek_version: int = Field(index=True)
    wrapped_key: bytes = sealed()
    ciphertext: bytes = sealed()
    sealed_at: datetime = moment()


class VaultLabel(SQLModel, table=True):
    """The masked name (张*明, L. P**) under the `label` KEK: the only thing of a person that reports may read."""

    __tablename__ = "vault_label"
    __table_args__ = ({"schema": VAULT},)

    subject_id: UUID = Field(primary_key=True)
    site_id: int
    suite: int
    kek_version: int = Field(index=True)
    wrapped_key: bytes = sealed()
    ciphertext: bytes = sealed()
    sealed_at: datetime = moment()


class BlindIndex(SQLModel, table=True):
    """Keyed, re-encrypted digests for exact look-ups: mail, phone, document number. Useless without the ring."""

    __tablename__ = "blind_index"
    __table_args__ = (
        UniqueConstraint("subject_id", "kind"),
        Index("ix_blind_index_value", "site_id", "kind", "value"),
        {"schema": VAULT},
    )

    id: int | None = Field(default=None, primary_key=True)
    site_id: int
    kind: str = Field(max_length=16)
    value: bytes = sealed()
    suite: int
    kek_version: int = Field(index=True)
    subject_id: UUID
