"""Policy files, every published version byte for byte; a notice knows which one it belongs to and since when it is shown."""

import re

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = "ck_outbox_template"


def upgrade() -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "effect",
            sa.Enum("first", "reduces_rights", "neutral", "improves", name="effect", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("in_force_at is null or in_force_at >= effective_at", name=op.f("ck_policy_version_not_early")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_policy_version_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("site_id", "version", name=op.f("uq_policy_version_site_id_version")),
    )
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True))
        notice.add_column(sa.Column("policy_id", sa.Integer(), nullable=True))
        notice.add_column(sa.Column("template", sa.String(), nullable=True))
        notice.create_foreign_key(op.f("fk_notice_policy_id"), "policy_version", ["policy_id"], ["id"])
        notice.create_index(op.f("ix_notice_policy_id"), ["policy_id"])
    op.execute("update notice set in_force_at = published_at")
    _open_the_kinds_of_messages()


def _open_the_kinds_of_messages() -> None:
    """New kinds come without a change to the table, as for events (v0004)."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"alter table outbox drop constraint {KINDS}")
        return
    rows = connection.exec_driver_sql("select type, sql from sqlite_master where tbl_name = 'outbox' and sql is not null").all()
    (table,) = [sql for kind, sql in rows if kind == "table"]
    changed, count = re.subn(rf",\s*CONSTRAINT {KINDS} CHECK \(template IN \([^)]*\)\)", "", table)
    assert count == 1, table
    connection.exec_driver_sql(re.sub(r"^CREATE TABLE \"?outbox\"?", "CREATE TABLE outbox_new", changed))
    connection.exec_driver_sql("insert into outbox_new select * from outbox")
    connection.exec_driver_sql("drop table outbox")
    connection.exec_driver_sql("alter table outbox_new rename to outbox")
    for kind, sql in rows:
        if kind != "table":
            connection.exec_driver_sql(sql)


def downgrade() -> None:
    raise OneWayError("published versions are kept")
