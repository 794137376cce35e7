"""A full scan through HTTP at 64 kiosks against the same statements sent raw, one scan a commit, on one connection of the same database.

Every scan is an exit, which writes to every table of the scan path: event, record entry, kiosk, visit, presence, and the receipt in the
outbox. The mail is left to a process of its own that is not running (ACCESS_LOG_OUTBOX_IN_PROCESS=false).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import psutil

from bench import load, parts, raw
from bench.commits import commits
from bench.figures import Target, figure, options, pairs, percentile
from bench.people import Ready, visits
from bench.site import Site, served, site

CLIENTS = 64


def main() -> None:
    """Measure the databases asked for."""
    chosen = options(__doc__, rounds=5, scans=2000)
    for database in chosen.databases:
        print(f"== {database}")
        with site(database, "scans") as of:
            of.add_kiosks(CLIENTS + 1)
            with served(of, ACCESS_LOG_OUTBOX_IN_PROCESS="false") as web:
                _measure(Door(of, web), chosen.rounds, chosen.scans)


@dataclass
class Door:
    """The kiosks, the web process behind them, and what its scans cost so far."""

    of: Site
    web: psutil.Process
    scans: int = 0
    cpu: float = 0.0
    commits: int = 0

    def exits(self, number: int, rate: float = 0.0) -> list[load.Answer]:
        """So many people leave, through all kiosks at once."""
        passes = visits(self.of, number, inside=True)
        requests = [_scans(self.of, place, passes[place::CLIENTS]) for place in range(CLIENTS)]
        cpu, written = _cpu(self.web), commits(self.of.engine)
        answers = load.run(self.of.settings.port, requests, rate=rate)
        self.scans += number
        self.cpu += _cpu(self.web) - cpu
        self.commits += commits(self.of.engine) - written
        outcomes = Counter((answer.status, json.loads(answer.body).get("outcome")) for answer in answers)
        assert outcomes == {(200, "exited"): number}, outcomes
        return answers


def _scans(of: Site, place: int, passes: Sequence[Ready]) -> list[load.Request]:
    headers = of.kiosk_headers(place)
    bodies = [json.dumps({"nonce": str(uuid4()), "how": "scanner", "text": ready.text}) for ready in passes]
    return [load.Request("POST", "/lobby/scan", headers, body) for body in bodies]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _measure(door: Door, rounds: int, scans: int) -> None:
    of = door.of
    door.exits(2 * CLIENTS)  # connections, caches, credentials that are remembered
    door.scans, door.cpu, door.commits, before = 0, 0.0, 0, _batches(of)

    def raw_rate() -> float:
        passes = visits(of, max(scans // 2, 10), inside=True)
        return len(passes) / raw.replay(of.engine, raw.taken_down(of, of.kiosks[CLIENTS][0], passes))

    found = pairs(rounds, raw_rate, lambda: load.rate_of(door.exits(scans)))
    figure("raw, one scan a commit", [first for first, _second in found], "/s")
    rate = figure(f"through HTTP, {CLIENTS} kiosks at once", [second for _first, second in found], "/s")
    figure("through HTTP / raw", [second / first for first, second in found], "", Target(1.0, at_least=True))
    cpu = figure("processor time of the web process a scan", [door.cpu / door.scans * 1e6], "us", Target(600))
    batches = _batches(of) - before
    size = figure("scans a batch", [door.scans / batches])
    figure("commits a batch", [door.commits / batches], "", Target(1.0))
    waits = [answer.took * 1000 for answer in door.exits(scans, rate=rate / 2)]
    figure(f"at half that rate, {rate / 2:.0f}/s: half of the scans within", [percentile(waits, 0.5)], "ms")
    figure("  99 of 100 within", [percentile(waits, 0.99)], "ms")
    _right(of, 2 * CLIENTS + (rounds + 1) * scans)
    print("  right: each scan one event and one receipt, each presence closed once, no gap in any kiosk's sequence")
    parts.show(of, cpu, min(max(round(size), 1), CLIENTS))


def _batches(of: Site) -> int:
    """How many there were: the scans of one have the same time to the microsecond, and their kiosk tells them from the raw ones."""
    return int(of.ask(f"select count(distinct at) from access_event where kiosk_id in ({_door(of)})")[0])


def _door(of: Site) -> str:
    return ", ".join(str(kiosk_id) for kiosk_id, _credential in of.kiosks[:CLIENTS])


def _right(of: Site, scans: int) -> None:
    """Every scan once, in every table it goes to."""
    raw_ones = of.ask("select count(*) from access_event where kiosk_id = :raw", raw=of.kiosks[CLIENTS][0])[0]
    exits = f"select count(*), count(distinct visit_id) from access_event where type = 'exit:recorded' and kiosk_id in ({_door(of)})"
    assert of.ask(exits) == (scans, scans)
    assert of.ask("select count(*), count(distinct visit_id) from presence where left_at is not null") == (scans + raw_ones,) * 2
    assert of.ask("select count(*), count(distinct visit_id) from outbox") == (scans + raw_ones,) * 2
    chained = """select count(*), count(distinct kiosk_seq), max(kiosk_seq), (select sequence from kiosk where id = :kiosk)
                 from access_event where kiosk_id = :kiosk"""
    for kiosk_id, _credential in of.kiosks[:CLIENTS]:
        assert len(set(of.ask(chained, kiosk=kiosk_id))) == 1


if __name__ == "__main__":
    main()
