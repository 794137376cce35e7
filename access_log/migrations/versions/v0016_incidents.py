"""Incidents, and who was told of them."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _codes(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", _codes("incidentkind", "leak", "loss", "altered", "intrusion", "misuse"), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=400), nullable=False),
        sa.Column("measures", sa.String(length=400), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how_ended", _codes("incidentend", "handled", "false_alarm"), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(how_ended is null) = (ended_at is null)", name=op.f("ck_incident_ended")),
        sa.CheckConstraint("(how_ended is null) = (ended_by is null)", name=op.f("ck_incident_ended_by_somebody")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_incident_people")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_incident_ended_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["staff.id"], name=op.f("fk_incident_entered_by")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_incident_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_site_id"), "incident", ["site_id"])
    op.create_table(
        "incident_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("audience", _codes("audience", "authority", "customers", "people"), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waived", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entered_by"], ["staff.id"], name=op.f("fk_incident_notice_entered_by")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_notice_incident_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_incident_notice_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_notice")),
        sa.UniqueConstraint("incident_id", "audience", name=op.f("uq_incident_notice_audience")),
    )
    op.create_index(op.f("ix_incident_notice_incident_id"), "incident_notice", ["incident_id"])


def downgrade() -> None:
    raise OneWayError("the list of incidents is kept")
