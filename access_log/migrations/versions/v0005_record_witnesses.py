"""Checks of the record with their results; kiosks as witnesses of its heads."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "record_verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        *(sa.Column(name, BIG, nullable=False) for name in ("done", "total", "size", "heads", "bodies", "events")),
        sa.Column("kiosks", sa.Integer(), nullable=False),
        sa.Column("finding_count", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_record_verification_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_verification")),
    )
    op.create_table(
        "record_witness",
        sa.Column("kiosk_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("disputed_at", MOMENT, nullable=True),
        sa.Column("disputed", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("fk_record_witness_kiosk_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_record_witness_site_id")),
        sa.PrimaryKeyConstraint("kiosk_id", name=op.f("pk_record_witness")),
    )
    op.create_table(
        "record_cosignature",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kiosk_id", sa.Integer(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("fk_record_cosignature_kiosk_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_record_cosignature_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_cosignature")),
    )
    op.create_index(op.f("ix_record_cosignature_kiosk_id"), "record_cosignature", ["kiosk_id"])


def downgrade() -> None:
    op.drop_table("record_cosignature")
    op.drop_table("record_witness")
    op.drop_table("record_verification")
