"""Named samples: what an auditor asked to see, and what the privacy officer said."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _code(*codes: str, name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "name_sample",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("auditor_id", sa.Integer(), nullable=False),
        sa.Column("reason", _code("control_test", "incident", "complaint", "authority", name="samplereason"), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", _code("masked_is_enough", "too_many", "reason_unclear", "other_way", name="samplerefusal"), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("view_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(decided_at is null) = (decided_by is null)", name=op.f("ck_name_sample_decided")),
        sa.CheckConstraint("refusal is null or decided_at is not null", name=op.f("ck_name_sample_refused")),
        sa.CheckConstraint(
            "view_until is null or (decided_at is not null and refusal is null)", name=op.f("ck_name_sample_viewed")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_name_sample_site_id")),
        sa.ForeignKeyConstraint(["auditor_id"], ["staff.id"], name=op.f("fk_name_sample_auditor_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_name_sample_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_sample")),
    )
    op.create_index(op.f("ix_name_sample_site_id"), "name_sample", ["site_id"])
    op.create_table(
        "name_sample_visit",
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["name_sample.id"], name=op.f("fk_name_sample_visit_sample_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_name_sample_visit_site_id")),
        sa.PrimaryKeyConstraint("sample_id", "visit_id", name=op.f("pk_name_sample_visit")),
    )


def downgrade() -> None:
    raise OneWayError("who saw which names is kept")
