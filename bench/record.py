"""The whole record read again, as `access-log verify` and the daily check do it: 1 M entries in at most 5 s of processor time.

Beside it the same rows handed over one by one by the database's driver and each body hashed: less than a check has to do, the plain way.
On PostgreSQL the server's own work is said by itself.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
from sqlalchemy import text

from access_log.crypto.checkpoint import LogKeys
from access_log.db import reading
from access_log.runtime import utc_now
from access_log.sealing import seal_once
from access_log.services.record_check import RecordCheck, Result
from bench.figures import Target, figure, options
from bench.history import History
from bench.site import Site, site

MILLION = 1_000_000
PIECE = 4096


def main() -> None:
    """Measure the databases asked for."""
    chosen = options(__doc__, rounds=3, entries=MILLION, heads=500)
    for database in chosen.databases:
        print(f"== {database}")
        with site(database, "record") as of:
            history = History.begin(of)
            history.write(chosen.entries)
            _measure(of, chosen.rounds)
            _heads(of, history, chosen.heads)


@dataclass
class Spent:
    """Seconds of processor time of this process and of the database's, and by the clock."""

    own: float
    server: float
    wall: float

    @classmethod
    def on(cls, of: Site, act: Callable[[], object]) -> "Spent":
        """What something costs."""
        server, own, wall = _server(of), time.process_time(), time.monotonic()
        act()
        return cls(time.process_time() - own, _server(of) - server, time.monotonic() - wall)

    @property
    def all(self) -> float:
        """Both processes together."""
        return self.own + self.server


def _server(of: Site) -> float:
    """Processor time of the PostgreSQL processes that serve this database's connections; they live as long as the engine's pool."""
    if of.engine.dialect.name != "postgresql":
        return 0.0
    with of.engine.connect().execution_options(readonly=True) as connection:
        asked = text("select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend' order by pid")
        pids = connection.execute(asked).scalars().all()
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return float(sum(each.user + each.system for each in times))


def _check(of: Site) -> Result:
    check = RecordCheck(of.engine, LogKeys.of(of.ring), now=utc_now())
    for _progress in check.pieces():
        pass
    assert check.result.whole, check.result.findings[:3]
    return check.result


def _plainly(of: Site) -> int:
    """Every leaf with its entry, and every event, as rows; each body hashed."""
    leaves = """select leaf.hash, entry.body from record_leaf as leaf join record_entry as entry on entry.id = leaf.entry_id
                where leaf.leaf_index >= :at and leaf.leaf_index < :end"""
    events = "select * from access_event where id > :at and id <= :end"
    size = of.ask("select max(leaf_index) + 1 from record_leaf")[0]
    last = of.ask("select max(id) from access_event")[0]
    good = 0
    with reading(of.engine) as session:
        for at in range(0, max(size, last), PIECE):
            found = session.connection().execute(text(leaves), {"at": at, "end": at + PIECE}).all()
            good += sum(hashlib.sha256(b"\x00" + body).digest() == digest for digest, body in found)
            session.connection().execute(text(events), {"at": at, "end": at + PIECE}).all()
    assert good == size
    return good


def _measure(of: Site, rounds: int) -> None:
    result = _check(of)
    assert result.size == result.bodies == result.events
    per = MILLION / result.size
    found = [(Spent.on(of, lambda: _plainly(of)), Spent.on(of, lambda: _check(of))) for _ in range(rounds)]
    checks = [check for _plain, check in found]
    print(f"  a record of {result.size} entries under {result.heads} heads; figures are for 1 M entries")
    figure("check: processor time", [check.all * per for check in checks], "s", Target(5.0))
    if of.engine.dialect.name == "postgresql":
        figure("  of it the database server's", [check.server * per for check in checks], "s")
    figure("check: by the clock", [check.wall * per for check in checks], "s")
    figure("rows one by one, bodies hashed: processor time", [plain.all * per for plain, _check in found], "s")
    figure("check / rows one by one", [check.all / plain.all for plain, check in found])
    print(f"  right: whole each time, {result.kiosks} kiosks' chains, every event beside its entry")


def _heads(of: Site, history: History, heads: int) -> None:
    """What heads of one entry each cost, as on a site where something happens every few seconds: signed again, their roots compared."""
    before = Spent.on(of, lambda: _check(of)).own
    for _ in range(heads):
        history.write(1)
        seal_once(of.engine, of.ring, utc_now())
    more = Spent.on(of, lambda: _check(of)).own - before
    figure("each head more", [more / heads * 1e6], "us")


if __name__ == "__main__":
    main()
