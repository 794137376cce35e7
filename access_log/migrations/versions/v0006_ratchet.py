"""The ratchet: which suite an index value is in, how its turns went, and an index wherever rows are found by their KEK."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = None if op.get_bind().dialect.name == "sqlite" else "vault"
    op.add_column("blind_index", sa.Column("suite", sa.Integer(), nullable=False, server_default="1"), schema=schema)
    items, values = (f"{schema}.{name}" if schema else name for name in ("vault_item", "blind_index"))
    # Until now an installation had one suite, and so its index values are in that of its items.
    op.execute(f"update {values} set suite = coalesce((select max(suite) from {items}), 1)")
    op.create_index(op.f("ix_stored_secret_kek_version"), "stored_secret", ["kek_version"])
    op.create_index(op.f("ix_report_file_kek_version"), "report_file", ["kek_version"])
    op.create_table(
        "ratchet_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("destroyed", sa.Integer(), nullable=False),
        sa.Column("longest_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratchet_run")),
    )
    op.create_index(op.f("ix_ratchet_run_started_at"), "ratchet_run", ["started_at"])


def downgrade() -> None:
    raise OneWayError("rows may be in a suite that the older version does not look for")
