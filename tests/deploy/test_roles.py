"""Who may do what in the database, on a real PostgreSQL, with the roles and rights that a site makes by the same scripts.

`rights.csv` holds every table and what each role may do with it: a new table fails here until somebody has written down, and given in
deploy/postgres/grants.sql, what it is.
"""

import base64
import csv
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, SQLModel, select

from access_log.crypto.ring import KeyRing
from access_log.db import closing_engine, transaction
from access_log.migrations import behind
from access_log.models import RecordEntry, ReportRun, RunState
from access_log.policy.codes import EventType
from access_log.runtime import REPORTS_KEYS
from access_log.sealing import seal_all
from access_log.services import events
from reports.run import purge
from tests.cast import Cast
from tests.deploy.files import DEPLOY, run
from tests.deploy.roles import ROLES, Cluster, make_cluster
from tests.moments import NOON
from tests.reports.conftest import MORNING_AFTER, a_day, scheduled, write_all

RIGHTS = Path(__file__).with_name("rights.csv")
KINDS = ("select", "insert", "update", "delete", "truncate")
ASKED = """
    select n.nspname || '.' || c.relname, p.kind,
        has_table_privilege(:role, c.oid, p.kind),
        case when p.kind in ('select', 'insert', 'update') then has_any_column_privilege(:role, c.oid, p.kind) else false end
    from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(cast(:kinds as text[])) as p(kind)
    where n.nspname in ('public', 'vault') and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Cluster:
    return make_cluster(tmp_path_factory.mktemp("secrets"), f"access_log_roles_{worker}")


@pytest.fixture(scope="module")
def app(cluster: Cluster) -> Iterator[Engine]:
    """As the web and the worker reach it."""
    with closing_engine(cluster.url("app")) as engine:
        yield engine


@pytest.fixture(scope="module")
def reports(cluster: Cluster) -> Iterator[Engine]:
    with closing_engine(cluster.url("reports")) as engine:
        yield engine


@pytest.fixture(scope="module")
def day(app: Engine, ring: KeyRing) -> Cast:
    """A day at the site, all of it done by the application's role: what it may do is enough for its work."""
    return a_day(app, ring, scheduled(app, ring))


def rights_of(cluster: Cluster, role: str) -> dict[str, str]:
    """Table → what a role may do with it; "(some)" where it is only with some columns."""
    found: dict[str, str] = {}
    with closing_engine(cluster.server.set(database=cluster.database)) as engine, engine.connect() as connection:
        rows = connection.execute(text(ASKED), {"role": f"access_log_{role}", "kinds": list(KINDS)}).all()
    for table, kind, whole, some in sorted(rows, key=lambda row: (row[0], KINDS.index(row[1]))):
        found[table] = f"{found.get(table, '')} {kind if whole else f'{kind}(some)' if some else ''}".strip()
    return found


def test_each_role_may_do_what_is_written_down_and_nothing_else(cluster: Cluster) -> None:
    app, reports = rights_of(cluster, "app"), rights_of(cluster, "reports")
    found = [[table, app[table] or "-", reports[table] or "-"] for table in sorted(app)]
    with RIGHTS.open(encoding="utf-8", newline="") as file:
        written = list(csv.reader(file))[1:]
    assert found == written, "write it down in tests/deploy/rights.csv and give it in deploy/postgres/grants.sql"


def test_every_table_of_the_code_is_among_them(cluster: Cluster) -> None:
    tables = {name if "." in name else f"public.{name}" for name in (table.fullname for table in SQLModel.metadata.sorted_tables)}
    assert tables | {"public.alembic_version"} == rights_of(cluster, "app").keys()


REFUSED = [
    ("app", "update record_entry set body = body"),
    ("app", "delete from record_entry"),
    ("app", "truncate record_entry"),
    ("app", "update record_cosignature set note = note"),
    ("app", "delete from record_cosignature"),
    ("app", "delete from record_verification"),
    ("app", "delete from record_witness"),
    ("app", "truncate record_verification"),
    ("app", "alter table record_witness disable trigger all"),
    ("app", "update alembic_version set version_num = '0000'"),
    ("app", "create table mine (id int)"),
    ("app", "drop table web_session"),
    ("app", "alter table record_entry disable trigger all"),
    ("app", "set role access_log_owner"),
    ("reports", "select * from vault.vault_item"),
    ("reports", "select * from vault.blind_index"),
    ("reports", "select * from stored_secret"),
    ("reports", "select * from subject"),
    ("reports", "select * from technician"),
    ("reports", "select * from web_session"),
    ("reports", "select password_hash from staff"),
    ("reports", "select pin_hash from staff"),
    ("reports", "select password_hash from contact"),
    ("reports", "select * from staff"),
    ("reports", "select digest from pass"),
    ("reports", "select * from imported_row"),
    ("reports", "update visit set state = state"),
    ("reports", "delete from access_event"),
    ("reports", "update record_entry set body = body"),
    ("reports", "delete from report_run"),
    ("reports", "create table mine (id int)"),
    ("reports", "set role access_log_app"),
]


@pytest.mark.parametrize(("role", "statement"), REFUSED)
def test_the_database_itself_refuses(cluster: Cluster, role: str, statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with closing_engine(cluster.url(role)) as engine, engine.connect() as connection, refused:
        connection.execute(text(statement))


@pytest.mark.usefixtures("day")
def test_the_record_grows_under_the_applications_role(app: Engine, day: Cast) -> None:
    with transaction(app) as session:
        before = len(session.exec(select(RecordEntry.id)).all())
        events.record(session, EventType.SITE_CHANGED, site_id=day.site.id or 0, now=NOON)
    with Session(app) as session:
        assert len(session.exec(select(RecordEntry.id)).all()) == before + 1 > 5


@pytest.mark.usefixtures("day")
def test_the_reports_role_can_do_all_of_its_work(app: Engine, reports: Engine, ring: KeyRing) -> None:
    """With a sealed record, whose proof goes into the report."""
    assert seal_all(app, ring, MORNING_AFTER) > 0
    assert not behind(reports)
    assert write_all(reports, ring.subset(REPORTS_KEYS)) == (1, 0)
    with Session(reports) as session:
        run_of_the_day = session.exec(select(ReportRun)).one()
        assert run_of_the_day.state is RunState.DONE
        assert run_of_the_day.row_count == 2
        assert run_of_the_day.expires_at is not None
        over = run_of_the_day.expires_at
    assert purge(reports, now=MORNING_AFTER) == 0
    assert purge(reports, now=over) > 0


def test_a_new_table_is_closed_to_reports_before_and_after_the_rights_are_given_anew(cluster: Cluster, app: Engine) -> None:
    with closing_engine(cluster.url("owner")) as engine:
        try:
            for table in ("public.brand_new", "vault.brand_new"):
                with engine.begin() as connection:
                    connection.execute(text(f"create table {table} (id int generated by default as identity)"))
                with app.begin() as connection:
                    connection.execute(text(f"insert into {table} default values"))
            for _time in range(2):
                assert {rights_of(cluster, "reports")[table] for table in ("public.brand_new", "vault.brand_new")} == {""}
                cluster.apply_grants()
        finally:
            with engine.begin() as connection:
                connection.execute(text("drop table if exists public.brand_new, vault.brand_new"))


def test_a_right_that_somebody_gave_by_hand_is_taken_back(cluster: Cluster) -> None:
    with closing_engine(cluster.url("owner")) as engine, engine.begin() as connection:
        connection.execute(text("grant select on vault.vault_item to access_log_reports"))
    assert rights_of(cluster, "reports")["vault.vault_item"] == "select"
    cluster.apply_grants()
    assert rights_of(cluster, "reports")["vault.vault_item"] == ""


def test_nobody_else_may_connect(cluster: Cluster) -> None:
    with closing_engine(cluster.server) as engine, engine.connect() as connection:
        may = "select has_database_privilege('pg_monitor', :name, 'connect'), has_database_privilege('access_log_app', :name, 'connect')"
        assert tuple(connection.execute(text(may), {"name": cluster.database}).one()) == (False, True)


def kept(cluster: Cluster) -> dict[str, str]:
    """What the server keeps of each role's password."""
    with closing_engine(cluster.server) as engine, engine.connect() as connection:
        rows = connection.execute(text("select rolname, rolpassword from pg_authid where rolname like 'access\\_log\\_%'"))
        return {name.removeprefix("access_log_"): password for name, password in rows}


def fits(password: str, kept_of_it: str) -> bool:
    """Whether a SCRAM verifier (RFC 5803) was made of a password."""
    _kind, rounds, keys = kept_of_it.split("$")
    count, salt = rounds.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(count))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return base64.b64encode(hashlib.sha256(client).digest()).decode() == keys.split(":")[0]


def test_the_roles_are_no_more_than_roles_and_their_passwords_are_the_secrets(cluster: Cluster) -> None:
    asked = """
        select rolname, rolcanlogin, rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls
        from pg_authid where rolname like 'access\\_log\\_%' order by 1
    """
    with closing_engine(cluster.server) as engine, engine.connect() as connection:
        rows = connection.execute(text(asked)).all()
    assert [tuple(row) for row in rows] == [(f"access_log_{role}", True, False) for role in ("app", "owner", "reports")]
    for role in ROLES:
        assert fits((cluster.secrets / f"db_{role}").read_text(encoding="utf-8"), kept(cluster)[role])
    assert not fits("another", kept(cluster)["app"])


@pytest.mark.usefixtures("day")
def test_made_again_the_roles_take_a_new_password_and_keep_the_database(cluster: Cluster) -> None:
    new = 'it\'s a "new" pass\\word, 口令'
    (cluster.secrets / "db_app").write_text(new, encoding="utf-8")
    cluster.make_roles()
    assert fits(new, kept(cluster)["app"])
    with closing_engine(cluster.url("app")) as engine, Session(engine) as session:
        assert session.exec(select(RecordEntry.id)).first() is not None


def test_without_its_secrets_the_script_ends_before_it_reaches_the_database(cluster: Cluster, tmp_path: Path) -> None:
    ended = run([DEPLOY / "postgres" / "make-roles", tmp_path], env=cluster.environment)
    assert ended.returncode != 0
    assert "db_owner" in ended.stderr
