"""How many writing transactions a database has seen, by its own count."""

from pathlib import Path

from sqlalchemy import Engine, text


def commits(engine: Engine) -> int:
    """A number that grows by one with every transaction that wrote something.

    SQLite: the counter in the header of the write-ahead log's index (https://sqlite.org/walformat.html, 2.1: iChange). PostgreSQL: the next
    transaction id; a transaction that only reads takes none.
    """
    if engine.dialect.name == "sqlite":
        index = Path(f"{engine.url.database}-shm").read_bytes()
        return int.from_bytes(index[8:12], "little")
    with engine.connect() as connection:
        return int(connection.execute(text("select pg_snapshot_xmax(pg_current_snapshot())::text")).scalar_one())
