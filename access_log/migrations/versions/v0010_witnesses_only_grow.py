"""What kiosks cosigned and what checks came to stays as it is, like the record itself; what a kiosk holds only grows until it is enrolled anew."""

from alembic import op

from access_log.errors import OneWayError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REFUSED = "the record only grows"
RUNNING = """
    old.finished_at is null and new.id = old.id and new.asked_at = old.asked_at and new.asked_by is not distinct from old.asked_by
"""
"""A check says how far it has come until it has come to its end; its result stays."""
AHEAD = """
    new.kiosk_id = old.kiosk_id and new.site_id = old.site_id and (
        new.since = old.since and new.size >= old.size and (new.public_key = old.public_key or length(old.public_key) = 0)
        or new.since > old.since and exists (
            select 1 from {schema}kiosk as kiosk where kiosk.id = old.kiosk_id and kiosk.enrolled_at > old.since))
"""
"""A kiosk goes on with the key and from the size that it had; only a new enrolment lets it begin anew."""
CHANGES = {"record_verification": RUNNING, "record_witness": AHEAD}


def upgrade() -> None:
    (_on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite)()


def _on_sqlite() -> None:
    for table in ("record_cosignature", *CHANGES):
        _sqlite_trigger(table, "delete")
    _sqlite_trigger("record_cosignature", "update")
    for table, allowed in CHANGES.items():
        _sqlite_trigger(table, "update", f"when not ({allowed.format(schema='')})")


def _sqlite_trigger(table: str, act: str, when: str = "") -> None:
    op.execute(f"create trigger {table}_no_{act} before {act} on {table} {when} begin select raise(abort, '{REFUSED}'); end")


def _on_postgresql() -> None:
    _postgresql_trigger("record_cosignature", "update or delete or truncate", "statement", "record_only_grows")
    for table, allowed in CHANGES.items():
        condition = allowed.format(schema="public.")  # a temporary table of the same name would be looked at first
        body = f"if not ({condition}) then raise exception '{REFUSED}' using errcode = 'restrict_violation'; end if; return new;"
        op.execute(f"create function public.{table}_goes_on() returns trigger language plpgsql as $$ begin {body} end $$")
        _postgresql_trigger(table, "delete or truncate", "statement", "record_only_grows")
        _postgresql_trigger(table, "update", "row", f"{table}_goes_on")


def _postgresql_trigger(table: str, acts: str, each: str, function: str) -> None:
    name = f"{table}_{acts.replace(' ', '_')}"
    op.execute(f"create trigger {name} before {acts} on {table} for each {each} execute function public.{function}()")


def downgrade() -> None:
    raise OneWayError("a record that only grows does not shrink")
