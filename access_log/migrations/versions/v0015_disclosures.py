"""Disclosures to authorities, and whose rows they named."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column(
            "authority",
            sa.Enum(
                "police",
                "state_security",
                "court",
                "procuratorate",
                "supervision",
                "foreign",
                name="authority",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("legal_basis", sa.String(length=120), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("instrument_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officers", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "refused",
                "released",
                "handed_over",
                name="disclosurestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("refusal", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'handed_over') = (sha256 is not null)", name=op.f("ck_disclosure_handed_over_by_hash")),
        sa.CheckConstraint("authority <> 'foreign' or state = 'refused'", name=op.f("ck_disclosure_foreign_is_refused")),
        sa.CheckConstraint(
            "state not in ('released', 'handed_over') or decided_by <> asked_by", name=op.f("ck_disclosure_released_by_another")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_disclosure_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_disclosure_decided_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_disclosure_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_site_id"), "disclosure", ["site_id"])
    op.create_table(
        "disclosed_person",
        sa.Column("disclosure_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["disclosure_id"], ["disclosure.id"], name=op.f("fk_disclosed_person_disclosure_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_disclosed_person_site_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_disclosed_person_subject_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_disclosed_person_visit_id")),
        sa.PrimaryKeyConstraint("disclosure_id", "subject_id", name=op.f("pk_disclosed_person")),
    )
    op.create_index(op.f("ix_disclosed_person_subject_id"), "disclosed_person", ["subject_id"])


def downgrade() -> None:
    raise OneWayError("the register of disclosures is kept")
