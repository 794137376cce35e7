"""The record's tree and its signed heads; from here on entries, leaves, nodes and heads only grow, by triggers of the database."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ONLY_GROW = ("record_leaf", "record_node", "record_checkpoint", "record_pruning")
REFUSED = "the record only grows"

PRUNED = """
    length(new.body) = 0 and new.id = old.id and new.site_id = old.site_id and new.leaf_hash = old.leaf_hash and exists (
        select 1 from {schema}record_leaf as leaf, {schema}record_pruning as pruning
        where leaf.entry_id = old.id and leaf.leaf_index < pruning.until_index)
"""
"""The one change an entry may see: its body is emptied once its time is over (services/record_pruning.py)."""
SEALED = "exists (select 1 from {schema}record_leaf as leaf where leaf.entry_id = old.entry_id)"
"""An entry stops waiting only by becoming a leaf."""


def upgrade() -> None:
    op.create_table(
        "record_leaf",
        sa.Column("leaf_index", BIG, autoincrement=False, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("leaf_index >= 0", name=op.f("ck_record_leaf_index")),
        sa.ForeignKeyConstraint(["entry_id"], ["record_entry.id"], name=op.f("fk_record_leaf_entry_id")),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_record_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_record_leaf_entry_id")),
    )
    op.create_table(
        "record_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", BIG, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_record_node")),
    )
    op.create_table(
        "record_checkpoint",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_record_checkpoint_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_record_checkpoint")),
    )
    op.create_index(op.f("ix_record_checkpoint_size"), "record_checkpoint", ["size"])
    op.create_table(
        "record_pruning",
        sa.Column("until_index", BIG, autoincrement=False, nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until_index > 0", name=op.f("ck_record_pruning_until")),
        sa.PrimaryKeyConstraint("until_index", name=op.f("pk_record_pruning")),
    )
    (_on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite)()


def _on_sqlite() -> None:
    for table in ("record_entry", *ONLY_GROW):
        _sqlite_trigger(table, "delete")
    for table in (*ONLY_GROW, "record_pending"):
        _sqlite_trigger(table, "update")
    _sqlite_trigger("record_entry", "update", f"when not ({PRUNED.format(schema='')})")
    _sqlite_trigger("record_pending", "delete", f"when not {SEALED.format(schema='')}")


def _sqlite_trigger(table: str, act: str, when: str = "") -> None:
    op.execute(f"create trigger {table}_no_{act} before {act} on {table} {when} begin select raise(abort, '{REFUSED}'); end")


def _on_postgresql() -> None:
    _function("record_only_grows", f"raise exception '{REFUSED}' using errcode = 'restrict_violation';")
    _function("record_entry_pruned", _unless(PRUNED, "new"))
    _function("record_pending_sealed", _unless(SEALED, "old"))
    for table in ONLY_GROW:
        _postgresql_trigger(table, "update or delete or truncate", "statement", "record_only_grows")
    _postgresql_trigger("record_entry", "delete or truncate", "statement", "record_only_grows")
    _postgresql_trigger("record_entry", "update", "row", "record_entry_pruned")
    _postgresql_trigger("record_pending", "update or truncate", "statement", "record_only_grows")
    _postgresql_trigger("record_pending", "delete", "row", "record_pending_sealed")


def _unless(condition: str, row: str) -> str:
    # Tables by their schema's name: a temporary table of the same name would be looked at first.
    condition = condition.format(schema="public.")
    return f"if not ({condition}) then raise exception '{REFUSED}' using errcode = 'restrict_violation'; end if; return {row};"


def _function(name: str, body: str) -> None:
    op.execute(f"create function public.{name}() returns trigger language plpgsql as $$ begin {body} end $$")


def _postgresql_trigger(table: str, acts: str, each: str, function: str) -> None:
    name = f"{table}_{acts.replace(' ', '_')}"
    op.execute(f"create trigger {name} before {acts} on {table} for each {each} execute function public.{function}()")


def downgrade() -> None:
    raise OneWayError("a record that only grows does not shrink")
