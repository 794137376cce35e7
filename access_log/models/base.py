"""Column types and small helpers that every table shares."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, MetaData, Table
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

VAULT = "vault"
"""Schema of sealed identity. A schema with grants of its own on PostgreSQL; plain tables on SQLite."""

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, typed: for statements that go past the ORM."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # SQLModel adds it at class creation


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; naive values are a programming error and are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def code_type(codes: type[StrEnum], check: str = "", *, closed: bool = True) -> SqlEnum:
    """The column type of a StrEnum: stores the value, with a CHECK constraint named `check` (default: after the enum) if `closed`."""
    return SqlEnum(
        codes,
        values_callable=lambda kinds: [kind.value for kind in kinds],
        native_enum=False,
        create_constraint=closed,
        length=32,
        name=check or codes.__name__.lower(),
    )


def coded(codes: type[StrEnum], *, check: str = "", closed: bool = True, **options: Any) -> Any:
    """A field that holds one code of `codes`. Two fields of one enum in a table need a `check` name each; a growing one is not `closed`."""
    return Field(sa_type=code_type(codes, check, closed=closed), **options)


def moment(**options: Any) -> Any:
    """A field that holds a time."""
    return Field(sa_type=UtcDateTime, **options)


def sealed(**options: Any) -> Any:
    """A field of bytes that must never appear in a repr."""
    return Field(sa_type=LargeBinary, repr=False, **options)


def codes_json(**options: Any) -> Any:
    """A field with a small JSON object of codes and numbers; never free text."""
    return Field(sa_type=JSON, default_factory=dict, **options)
