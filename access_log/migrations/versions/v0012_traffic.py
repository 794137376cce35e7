"""Anonymous counts of entries by area and month, frozen when they are published."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "traffic_cell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_traffic_cell_month")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_traffic_cell_area_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_traffic_cell_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traffic_cell")),
    )
    op.create_index("uq_traffic_cell_area", "traffic_cell", ["site_id", "month", "area_id"], unique=True)


def downgrade() -> None:
    raise OneWayError("published numbers stay as they are")
