"""How sending goes, in a row of its own; of each message what was said against it, and the token by which a bounce finds it."""

import sqlalchemy as sa
from alembic import op

from access_log.errors import OneWayError

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fault", sa.String(length=32), nullable=True),
        sa.Column("reply", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(fault is null) = (since is null)", name=op.f("ck_mail_state_since")),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_state")),
    )
    # The default stays: while one web process is replaced, the other still writes rows without it.
    op.add_column("outbox", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("token", sa.String(length=32), nullable=True))
    op.create_index("uq_outbox_token", "outbox", ["token"], unique=True)
    op.execute("update outbox set refusals = attempts where state = 'waiting'")


def downgrade() -> None:
    raise OneWayError("a letter's token would be lost, and with it the way of its bounce")
