"""From the start of `access-log serve` until /readyz says yes, and what the web process holds in memory after many scans.

The scans are exits at 64 kiosks. Memory is the resident set of the web process alone, without its supervisor.
"""

import time
from signal import SIGTERM

import psutil

from bench.figures import Target, figure, options
from bench.scans import CLIENTS, Door
from bench.site import Site, served, site, start, wait_ready

PIECES = 10
MEGABYTE = 1e6


def main() -> None:
    """Measure the databases asked for."""
    chosen = options(__doc__, starts=5, scans=10_000)
    for database in chosen.databases:
        print(f"== {database}")
        with site(database, "start") as of:
            figure("ready after the start", [_ready(of) for _ in range(chosen.starts)], "s", Target(3))
            of.add_kiosks(CLIENTS)
            with served(of, ACCESS_LOG_OUTBOX_IN_PROCESS="false") as web:
                _memory(of, web, chosen.scans)


def _ready(of: Site) -> float:
    began = time.monotonic()
    supervisor = start(of)
    try:
        wait_ready(of, supervisor)
        return time.monotonic() - began
    finally:
        supervisor.send_signal(SIGTERM)
        supervisor.wait(timeout=30)


def _memory(of: Site, web: psutil.Process, scans: int) -> None:
    door, held = Door(of, web), [_held(web)]
    for _ in range(PIECES):
        door.exits(scans // PIECES)
        held.append(_held(web))
    figure("held before the first scan", held[:1], "MB")
    figure(f"held after {door.scans} scans", held[-1:], "MB", Target(200))
    print(f"  after each tenth of them: {' '.join(f'{each:.0f}' for each in held[1:])}")
    figure("the last half / the first half of that", [sum(held[-PIECES // 2 :]) / sum(held[1 : PIECES // 2 + 1])], "", Target(1.05))
    assert of.ask("select count(*) from access_event where type = 'exit:recorded'")[0] == door.scans
    print("  right: each scan one event")


def _held(web: psutil.Process) -> float:
    return float(web.memory_info().rss) / MEGABYTE


if __name__ == "__main__":
    main()
