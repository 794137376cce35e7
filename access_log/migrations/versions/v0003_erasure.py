"""Erasures with their receipts and tombstones; facts about keys, safe-keeping and backups that decide when an old key may go."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=32), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("keks", sa.JSON(), nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=True),
        sa.Column("ledger_number", BIG, nullable=False),
        sa.Column("schema_revision", sa.String(length=16), nullable=False),
        sa.Column("record_size", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    op.create_index(op.f("ix_backup_run_started_at"), "backup_run", ["started_at"], unique=False)
    op.create_table(
        "kek",
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("purpose", "version", name=op.f("pk_kek")),
    )
    op.create_table(
        "erasure_tombstone",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erasure_tombstone")),
        schema="vault",
    )
    op.create_index(op.f("ix_erasure_tombstone_erasure_id"), "erasure_tombstone", ["erasure_id"], unique=False, schema="vault")
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "visit", "roster", "contact", "staff", "import", name="subjectkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column(
            "item",
            sa.Enum(
                "name", "document", "contact", "label", "secret", "draft", name="item", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "system",
                "staff",
                "contact",
                "visitor",
                "kiosk",
                "rule",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column(
            "carried",
            sa.Enum("at_once", "resumed", "restored", name="carried", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("ledger_number", BIG, nullable=False),
        sa.Column("ledger_mac", sa.LargeBinary(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clear_tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_erasure_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("ledger_id", "ledger_number", name=op.f("uq_erasure_ledger_id_ledger_number")),
    )
    op.create_index(op.f("ix_erasure_subject_id"), "erasure", ["subject_id"], unique=False)
    op.create_index(
        "ix_erasure_unsettled",
        "erasure",
        ["erased_at"],
        unique=False,
        sqlite_where=sa.text("cleared_at is null"),
        postgresql_where=sa.text("cleared_at is null"),
    )
    op.create_table(
        "escrow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keks", sa.JSON(), nullable=False),
        sa.Column("recovery_key", sa.String(length=64), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attested_destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attested_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attested_by"], ["staff.id"], name=op.f("fk_escrow_attested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escrow")),
    )
    op.create_index(op.f("ix_escrow_made_at"), "escrow", ["made_at"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    raise OneWayError("receipts of erasures are kept")
