"""What the sweep has done and which time it believes; since when a customer has ended; who was told that a roster entry falls due."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ENDED = """
    update customer set ended_at = coalesce((
        select max(at) from access_event
        where access_event.customer_id = customer.id and access_event.type = 'customer:changed'), created_at)
    where state = 'ended'
"""


def upgrade() -> None:
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("erased", sa.JSON(), nullable=False),
        sa.Column("doubted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_retention_run_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(op.f("ix_retention_run_site_id"), "retention_run", ["site_id"])
    op.create_table(
        "retention_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("believed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uptime", sa.Float(), nullable=False),
        sa.Column("boot", sa.String(length=36), nullable=False),
        sa.Column("doubted", sa.Float(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_retention_clock_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_clock")),
    )
    op.add_column("technician", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("customer", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(ENDED)


def downgrade() -> None:
    raise OneWayError("what was destroyed stays on record")
