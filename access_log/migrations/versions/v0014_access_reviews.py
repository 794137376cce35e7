"""Quarterly reviews of access, and since when somebody was taken up again."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "access_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("finding in ('none', 'followed_up', 'incident')", name=op.f("ck_access_review_finding")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_access_review_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_access_review_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review")),
    )
    op.create_index(op.f("ix_access_review_site_id"), "access_review", ["site_id"])


def downgrade() -> None:
    raise OneWayError("signed reviews are kept")
