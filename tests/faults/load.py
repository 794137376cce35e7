"""Kiosks that scan as fast as they are answered, and the book of what they were told."""

import http.client
import random
import threading
from collections import Counter
from typing import Any

from sqlmodel import col, func, select

from access_log.db import transaction
from access_log.models import AccessEvent, OutboxMessage, Presence, Template
from access_log.policy.codes import EventType
from tests.faults.register import Recorded
from tests.faults.served import Asked, Process, Site
from tests.journeys.running import wait_for

NO_ANSWER = (OSError, http.client.HTTPException)


class Book:
    """What was acknowledged, and what nobody knows: asked, but no answer came."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.told: dict[str, dict[str, Any]] = {}
        self.unknown: list[Asked] = []
        self.refused: Counter[int] = Counter()

    def wrong(self) -> list[str]:
        """What is not as it must be: every scan that was acknowledged is recorded, once, as it was told. Empty where all is well."""
        with transaction(self.site.engine) as session:
            rows = session.exec(select(AccessEvent.nonce, AccessEvent.outcome).where(col(AccessEvent.nonce).is_not(None))).all()
            found = _differences(self.told, rows)
            found += self._wrong_with_presences(session)
        return found + Recorded(self.site.engine, self.site.kiosks).wrong_with_record()

    def _wrong_with_presences(self, session: Any) -> list[str]:
        count = select(func.count()).select_from
        entries = session.exec(count(AccessEvent).where(AccessEvent.type == EventType.ENTRY_GRANTED)).one()
        exits = session.exec(count(AccessEvent).where(AccessEvent.type == EventType.EXIT_RECORDED)).one()
        opened = session.exec(count(Presence)).one()
        inside = session.exec(count(Presence).where(col(Presence.left_at).is_(None))).one()
        receipts = session.exec(count(OutboxMessage).where(OutboxMessage.template == Template.RECEIPT)).one()
        facts = {"presences opened": (opened, entries), "people inside": (inside, entries - exits), "receipts": (receipts, exits)}
        return [f"{what}: {seen}, not {wanted}" for what, (seen, wanted) in facts.items() if seen != wanted]

    def settle(self, process: Process) -> None:
        """Ask again what nobody knows, as kiosks do."""
        for asked in self.unknown:
            status, answer = process.scan(asked)
            assert status == 200, answer
            self.told[asked.nonce] = answer
        self.unknown.clear()


def _differences(told: dict[str, dict[str, Any]], rows: Any) -> list[str]:
    times = Counter(nonce for nonce, _outcome in rows)
    outcomes = dict(rows)
    found = [f"lost: {nonce}" for nonce in told if nonce not in times]
    found += [f"{number} times: {nonce}" for nonce, number in times.items() if number > 1]
    found += [
        f"told {answer['outcome']}, recorded {outcomes[nonce]}"
        for nonce, answer in told.items()
        if nonce in outcomes and outcomes[nonce] != answer["outcome"]
    ]
    return found


class Load:
    """`with Load(book, process):` kiosks scan until the process is gone or the block ends."""

    def __init__(self, book: Book, process: Process, clients: int = 8) -> None:
        self.book, self.process = book, process
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self._scan, args=(number,), daemon=True) for number in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.enough.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive(), "a kiosk hangs"

    def until_told(self, scans: int) -> None:
        """Wait for so many more answers."""
        wanted = len(self.book.told) + scans
        wait_for(lambda: len(self.book.told) >= wanted, f"{scans} answers")

    def _scan(self, number: int) -> None:
        site = self.book.site
        kiosk = site.kiosks[number % len(site.kiosks)]
        line = self.process.kiosk(kiosk)
        choice = random.Random(number)
        while not self.enough.is_set():
            asked = Asked(kiosk, choice.choice(site.passes))
            try:
                status, answer = line.scan(asked)
            except NO_ANSWER:
                self.book.unknown.append(asked)
                line.close()
                if self.process.process.exitcode is not None:
                    return
                self.enough.wait(0.05)
                line = self.process.kiosk(kiosk)
                continue
            if status == 200:
                self.book.told[asked.nonce] = answer
            else:
                self.book.refused[status] += 1
                self.book.unknown.append(asked)
                self.enough.wait(0.05)
        line.close()
