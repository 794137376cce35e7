"""Alembic's entry: runs on the connection that `access_log.migrations` hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context

from access_log.migrations import target_metadata
from access_log.models.base import VAULT, UtcDateTime


def in_our_schemas(name: str | None, type_: str, _parents: Any) -> bool:
    """Leave the schemas of others alone."""
    return name in (None, VAULT) if type_ == "schema" else True


def render(type_: str, thing: Any, autogen: Any) -> str | Literal[False]:
    """Times are stored as plain timestamps with time zone: a migration must not depend on today's Python types."""
    if type_ == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=target_metadata(connection.dialect.name),
    include_schemas=connection.dialect.name == "postgresql",
    include_name=in_our_schemas,
    render_item=render,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
