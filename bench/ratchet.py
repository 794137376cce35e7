"""Everything moved to new keys while kiosks scan, against the same statements with nothing to compute: bytes written back as they were.

Work is the time that a turn of the ratchet takes without its rests, which leave the database to others; a lock is what one batch holds.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import uuid4

from sqlalchemy import select as columns_of
from sqlmodel import select

from access_log.crypto.ring import Purpose
from access_log.db import reading, transaction
from access_log.models import RatchetRun, VaultItem
from access_log.policy.actors import system
from access_log.policy.codes import Item, SubjectKind
from access_log.ratcheting import Ratchet
from access_log.runtime import ring_file, utc_now
from access_log.services.bulk import NewPerson, register_many
from access_log.services.opening import open_items
from access_log.services.rows import chunks
from access_log.services.wrapped import WRAPPED, Wrapped, store, versions_used
from bench import load
from bench.figures import Target, figure, options, pairs, percentile
from bench.people import Ready, visits
from bench.site import Site, served, site

CLIENTS = 16
ROWS_A_PERSON = 5
"""Name, contact, label, and an index value each of mail and phone."""
PEOPLE_AT_ONCE = 2000
RAW_AT_ONCE = 2000
PIECE = 2.0
"""Seconds of scans between two looks whether the turn is over."""


def main() -> None:
    """Measure the databases asked for."""
    chosen = options(__doc__, rounds=3, items=1_000_000, rate=50, seconds=60)
    for database in chosen.databases:
        print(f"== {database}")
        with site(database, "ratchet") as of:
            of.add_kiosks(CLIENTS)
            house = House(of, chosen.rate, max(chosen.items // 50, 50))
            house.fill(chosen.items // ROWS_A_PERSON)
            with served(of, ACCESS_LOG_OUTBOX_IN_PROCESS="false"):
                _measure(house, chosen.rounds, chosen.seconds)


class Rests(threading.Event):
    """Never set; counts how long it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.rested = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        """Rests, as in production."""
        began = time.perf_counter()
        stopped = super().wait(timeout)
        self.rested += time.perf_counter() - began
        return stopped


@dataclass
class House:
    """People in it, and what its turns took."""

    of: Site
    rate: int
    sample: int
    days: Iterator[int] = field(default_factory=lambda: count(1))
    turns: list[RatchetRun] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    scanned: int = 0

    def fill(self, number: int) -> None:
        """So many people with everything that is held of one."""
        for first in range(0, number, PEOPLE_AT_ONCE):
            people = [
                NewPerson(self.of.cast.nimbus.id or 0, f"张测试{place}", f"zhang{place}@nimbus.example", f"+86138{place:08}")
                for place in range(first, min(first + PEOPLE_AT_ONCE, number))
            ]
            with transaction(self.of.engine) as session:
                actor = system(self.of.site_id)
                register_many(session, self.of.ring, people=people, kind=SubjectKind.ROSTER, actor=actor, now=utc_now())

    def turn(self) -> float:
        """A day later everything moves. Returns rows a second of work."""
        rests, day = Rests(), timedelta(days=next(self.days))
        ratchet = Ratchet.of(self.of.engine, self.of.settings, rests)
        ratchet.clock = lambda: utc_now() + day
        began, busy = time.perf_counter(), time.thread_time()
        run = ratchet.turn()
        took, busy = time.perf_counter() - began, time.thread_time() - busy
        assert run is not None
        assert (run.state, run.waiting) == ("done", 0), run
        self.of.ring = ring_file(self.of.settings).load()
        self.turns.append(run)
        self.work.append(took - rests.rested)
        self.wall.append(took)
        self.cpu.append(busy)
        return run.moved / self.work[-1]

    def raw(self) -> float:
        """Rows a second that the database takes, of the same tables by the same statement, in batches of like size."""
        rows, took = 0, 0.0
        for each in WRAPPED:
            done, seconds = self._written_back(each, self.sample)
            rows, took = rows + done, took + seconds
        return rows / took

    def _written_back(self, each: Wrapped, most: int) -> tuple[int, float]:
        columns = [each.table.c[name] for name in (*each.key, each.holds)]
        newest = self.of.ring.newest(each.purpose)
        with reading(self.of.engine) as session:
            rows = [row._asdict() for row in session.execute(columns_of(*columns).limit(most))]
        began = time.perf_counter()
        for first in range(0, len(rows), RAW_AT_ONCE):
            some = rows[first : first + RAW_AT_ONCE]
            with transaction(self.of.engine) as session:
                store(session, each, some, [row[each.holds] for row in some], newest=newest)
        return len(rows), time.perf_counter() - began

    def scans(self, seconds: float, over: Callable[[], bool]) -> list[float]:
        """How long scans took, in milliseconds: so many a second from all kiosks together, until it is `over`, for `seconds` at most."""
        passes, waits = visits(self.of, max(int(seconds * self.rate), CLIENTS), inside=True), []
        piece = max(int(PIECE * self.rate), CLIENTS)
        for first in range(0, len(passes), piece):
            if over():
                break
            answers = load.run(self.of.settings.port, self._requests(passes[first : first + piece]), rate=self.rate)
            outcomes = Counter((answer.status, json.loads(answer.body).get("outcome")) for answer in answers)
            assert set(outcomes) == {(200, "exited")}, outcomes
            waits += [answer.took * 1000 for answer in answers]
        self.scanned += len(waits)
        return waits

    def _requests(self, passes: Sequence[Ready]) -> list[list[load.Request]]:
        bodies = [json.dumps({"nonce": str(uuid4()), "how": "scanner", "text": ready.text}) for ready in passes]
        return [
            [load.Request("POST", "/lobby/scan", self.of.kiosk_headers(place), body) for body in bodies[place::CLIENTS]]
            for place in range(CLIENTS)
        ]

    def scans_meanwhile(self, seconds: float) -> list[float]:
        """The same while a turn is going on, with the passes made beforehand."""
        found: list[BaseException] = []

        def move() -> None:
            started.wait()
            try:
                self.turn()
            except BaseException as error:  # whatever it is, the measurement is none
                found.append(error)

        started, thread = threading.Event(), threading.Thread(target=move)
        thread.start()

        def over() -> bool:
            started.set()  # asked for the first time when the passes are there
            return not thread.is_alive()

        waits = self.scans(seconds, over)
        thread.join()
        if found:
            raise found[0]
        return waits


def _measure(house: House, rounds: int, seconds: int) -> None:
    house.scans(PIECE, lambda: False)  # connections, caches, credentials that are remembered
    quiet = house.scans(seconds / 4, lambda: False)
    house.turn()  # what is new is warm once
    house.turns, house.work, house.wall, house.cpu = [], [], [], []
    found = pairs(rounds, house.raw, house.turn)
    figure("rows", [turn.moved for turn in house.turns])
    figure("written back as they were", [raw for raw, _moved in found], "/s")
    figure("moved to new keys, without the rests", [moved for _raw, moved in found], "/s")
    figure("moved / written back", [moved / raw for raw, moved in found])
    million = [work / turn.moved * 1e6 for work, turn in zip(house.work, house.turns, strict=True)]
    figure("work to move a million", million, "s", Target(30))
    figure(
        "  processor time of it in this process", [cpu / turn.moved * 1e6 for cpu, turn in zip(house.cpu, house.turns, strict=True)], "s"
    )
    figure("  with the rests", [wall / turn.moved * 1e6 for wall, turn in zip(house.wall, house.turns, strict=True)], "s")
    busy = house.scans_meanwhile(seconds)
    figure("longest lock", [turn.longest_ms for turn in house.turns], "ms", Target(100))
    figure(f"{house.rate} scans a second, nothing moving: 99 of 100 within", [percentile(quiet, 0.99)], "ms")
    figure("  while everything moves", [percentile(busy, 0.99)], "ms", Target(250))
    figure("  busy / quiet", [percentile(busy, 0.99) / percentile(quiet, 0.99)])
    _right(house)
    print("  right: every row under the newest keys, every name opens, every scan one event")


def _right(house: House) -> None:
    with reading(house.of.engine) as session:
        for purpose in Purpose:
            assert set(versions_used(session, purpose)) <= {house.of.ring.newest(purpose)}, purpose
        people = session.exec(select(VaultItem.subject_id).where(VaultItem.item == Item.NAME)).all()
        for chunk in chunks(people):
            names = open_items(session, house.of.ring, subjects=chunk, items=[Item.NAME])
            assert len(names) == len(chunk)
    assert house.of.ask("select count(*), count(distinct visit_id) from access_event where type = 'exit:recorded'") == (house.scanned,) * 2


if __name__ == "__main__":
    main()
