"""The sealed record: the leaves of its tree, the inner nodes worth keeping, its signed heads. One tree for an installation.

All of them only grow: triggers of both databases refuse everything else (migrations/versions/v0002_record_tree.py).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from access_log.models.base import moment, sealed
from access_log.models.event import BigId


def given_key() -> Any:
    """A key that the code gives, never the database: its gaps would be holes in the record."""
    return Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})


class RecordLeaf(SQLModel, table=True):
    """The place of an entry in the tree, from 0 without a gap, and the hash that stands there."""

    __tablename__ = "record_leaf"
    __table_args__ = (CheckConstraint("leaf_index >= 0", name="index"),)

    leaf_index: int = given_key()
    entry_id: int = Field(foreign_key="record_entry.id", unique=True, sa_type=BigId)
    hash: bytes = sealed()


class RecordNode(SQLModel, table=True):
    """The hash of a complete subtree on level 8, 16, …: what makes proofs cheap (crypto/merkle.py)."""

    __tablename__ = "record_node"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int = given_key()
    hash: bytes = sealed()


class RecordCheckpoint(SQLModel, table=True):
    """A signed head: a C2SP note, with what it says in columns. Numbers count from 1 without a gap."""

    __tablename__ = "record_checkpoint"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    number: int = given_key()
    size: int = Field(sa_type=BigId, index=True)
    signed_at: datetime = moment()
    note: str = Field(sa_type=Text)


class RecordPruning(SQLModel, table=True):
    """Bodies of leaves below `until_index` may be emptied: their events' time is over. Hashes, and so all proofs, stay."""

    __tablename__ = "record_pruning"
    __table_args__ = (CheckConstraint("until_index > 0", name="until"),)

    until_index: int = given_key()
    allowed_at: datetime = moment()
