"""Legal holds, whom they keep, and the erasures that wait for their end."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deferred_erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
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
        sa.Column("fence", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_deferred_erasure_site_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_deferred_erasure_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferred_erasure")),
    )
    op.create_index(op.f("ix_deferred_erasure_subject_id"), "deferred_erasure", ["subject_id"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "investigation",
                "litigation",
                "supervision",
                "incident",
                "dispute",
                name="holdground",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("ordered_by", sa.String(length=80), nullable=False),
        sa.Column("holds_document", sa.Boolean(), nullable=False),
        sa.Column("holds_contact", sa.Boolean(), nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_by", sa.Integer(), nullable=True),
        sa.Column("release_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "how_ended",
            sa.Enum("declined", "lapsed", "released", name="holdend", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "how_ended is null or how_ended <> 'released' or ended_by <> release_by", name=op.f("ck_legal_hold_released_by_another")
        ),
        sa.CheckConstraint("(how_ended is null) = (ended_at is null)", name=op.f("ck_legal_hold_ended")),
        sa.CheckConstraint("confirmed_by is null or confirmed_by <> set_by", name=op.f("ck_legal_hold_confirmed_by_another")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff.id"], name=op.f("fk_legal_hold_confirmed_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_legal_hold_ended_by")),
        sa.ForeignKeyConstraint(["release_by"], ["staff.id"], name=op.f("fk_legal_hold_release_by")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_legal_hold_set_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_legal_hold_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_site_id"), "legal_hold", ["site_id"])
    op.create_table(
        "held_subject",
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["legal_hold.id"], name=op.f("fk_held_subject_hold_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_held_subject_site_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_held_subject_subject_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_held_subject_visit_id")),
        sa.PrimaryKeyConstraint("hold_id", "subject_id", name=op.f("pk_held_subject")),
    )
    op.create_index(op.f("ix_held_subject_subject_id"), "held_subject", ["subject_id"])


def downgrade() -> None:
    raise OneWayError("what is held must not be forgotten")
