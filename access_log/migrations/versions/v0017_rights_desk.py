"""The rights desk. Kinds of subjects and of sealed items come from now on without a change to the tables, as events do (v0004)."""

import re

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OPENED = (("subject", "kind", "subjectkind"), ("vault_item", "item", "item"), ("erasure", "kind", "subjectkind"), ("erasure", "item", "item"))
"""Table, column and check of the lists that the code alone knows from now on."""


def upgrade() -> None:
    for table in dict.fromkeys(name for name, _column, _check in OPENED):
        _open(table, [(column, check) for name, column, check in OPENED if name == table])
    _requests()
    _pauses()
    _codes()
    _restrictions()


def _open(table: str, lists: list[tuple[str, str]]) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        here = f"vault.{table}" if table == "vault_item" else table
        for _column, check in lists:
            connection.exec_driver_sql(f"alter table {here} drop constraint ck_{table}_{check}")
        return
    # SQLite changes no constraint: the table is made again from its own text, so that everything else in it stays as it is.
    rows = connection.exec_driver_sql(f"select type, sql from sqlite_master where tbl_name = '{table}' and sql is not null").all()
    (made,) = [sql for kind, sql in rows if kind == "table"]
    for column, check in lists:
        made, count = re.subn(rf",\s*CONSTRAINT ck_{table}_{check} CHECK \({column} IN \([^)]*\)\)", "", made)
        assert count == 1, made
    connection.exec_driver_sql(re.sub(rf"^CREATE TABLE \"?{table}\"?", f"CREATE TABLE {table}_new", made))
    connection.exec_driver_sql(f"insert into {table}_new select * from {table}")
    connection.exec_driver_sql(f"drop table {table}")
    connection.exec_driver_sql(f"alter table {table}_new rename to {table}")
    for kind, sql in rows:
        if kind != "table":
            connection.exec_driver_sql(sql)


def _code(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _requests() -> None:
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=True),
        sa.Column("channel", _code("channel", "own_page", "portal", "desk", "post", "group_chat"), nullable=False),
        sa.Column("state", _code("requeststate", "open", "answered", "refused", "taken_back"), nullable=False),
        sa.Column("proof", _code("proof", "none", "code", "desk", "account"), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", _code("stage", "fresh", "half", "urgent", "late"), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("ground", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("received_at <= recorded_at", name=op.f("ck_rights_request_received_first")),
        sa.CheckConstraint("(state = 'open') = (settled_at is null)", name=op.f("ck_rights_request_settled")),
        sa.CheckConstraint("(state = 'refused') = (ground is not null)", name=op.f("ck_rights_request_refusal_has_a_ground")),
        sa.CheckConstraint("(proof = 'none') = (verified_at is null)", name=op.f("ck_rights_request_proof_has_its_time")),
        sa.CheckConstraint("state <> 'answered' or proof <> 'none'", name=op.f("ck_rights_request_nobody_unverified_is_answered")),
        *_references("rights_request", paper_id="subject", subject_id="subject", visit_id="visit", customer_id="customer"),
        *_references("rights_request", site_id="site", recorded_by="staff", settled_by="staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
        sa.UniqueConstraint("paper_id", name=op.f("uq_rights_request_paper_id")),
        sa.UniqueConstraint("site_id", "number", name=op.f("uq_rights_request_site_id_number")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index("ix_rights_request_open", "rights_request", ["site_id", "due_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index(op.f("ix_rights_request_subject_id"), "rights_request", ["subject_id"])
    op.create_index(op.f("ix_rights_request_visit_id"), "rights_request", ["visit_id"])


def _pauses() -> None:
    op.create_table(
        "rights_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("reason", _code("pausereason", "verification", "clarification"), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends_at is null or ends_at >= begins_at", name=op.f("ck_rights_pause_order")),
        *_references("rights_pause", site_id="site", request_id="rights_request", begun_by="staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_pause")),
    )
    stands = sa.text("ends_at is null")
    op.create_index(
        "uq_rights_pause_open", "rights_pause", ["request_id"], unique=True, sqlite_where=stands, postgresql_where=stands
    )
    op.create_index(op.f("ix_rights_pause_request_id"), "rights_pause", ["request_id"])


def _codes() -> None:
    op.create_table(
        "rights_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("proof", _code("proof", "none", "code", "desk", "account"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *_references("rights_code", site_id="site", subject_id="subject", visit_id="visit", made_by="staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_code")),
    )
    op.create_index("ix_rights_code_subject", "rights_code", ["subject_id", "made_at"])
    op.create_index(op.f("ix_rights_code_visit_id"), "rights_code", ["visit_id"])


def _restrictions() -> None:
    op.create_table(
        "rights_restriction",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        *_references("rights_restriction", subject_id="subject", site_id="site", request_id="rights_request"),
        sa.PrimaryKeyConstraint("subject_id", "item", name=op.f("pk_rights_restriction")),
    )


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}")) for column, target in columns.items()
    ]


def downgrade() -> None:
    raise OneWayError("rows may hold kinds that the old checks do not know")
