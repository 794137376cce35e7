"""New kinds of events come without a change to the table: its check asks for the form `noun:past-participle`, the code knows the list."""

import re

from alembic import op

from access_log.errors import OneWayError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD, NEW = "ck_access_event_eventtype", "ck_access_event_type"
FORM = "length(type) > length(replace(type, ':', ''))"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"alter table access_event drop constraint {OLD}")
        connection.exec_driver_sql(f"alter table access_event add constraint {NEW} check ({FORM})")
        return
    # SQLite changes no constraint: the table is made again from its own text, so that everything else in it stays as it is.
    rows = connection.exec_driver_sql("select type, sql from sqlite_master where tbl_name = 'access_event' and sql is not null").all()
    (table,) = [sql for kind, sql in rows if kind == "table"]
    changed, count = re.subn(rf"CONSTRAINT {OLD} CHECK \(type IN \([^)]*\)\)", f"CONSTRAINT {NEW} CHECK ({FORM})", table)
    assert count == 1, table
    connection.exec_driver_sql(re.sub(r"^CREATE TABLE \"?access_event\"?", "CREATE TABLE access_event_new", changed))
    connection.exec_driver_sql("insert into access_event_new select * from access_event")
    connection.exec_driver_sql("drop table access_event")
    connection.exec_driver_sql("alter table access_event_new rename to access_event")
    for kind, sql in rows:
        if kind != "table":
            connection.exec_driver_sql(sql)


def downgrade() -> None:
    raise OneWayError("rows may hold kinds that the old check does not know")
