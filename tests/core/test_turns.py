"""The one writer of a SQLite file: turns are in order, a scan's is next, and a turn is never lost."""

import threading
from collections.abc import Callable

from access_log.turns import WriterTurns
from tests.journeys.running import wait_for


class Queue:
    """Threads that ask one after the other while the writer is taken, and the order in which they got their turn."""

    def __init__(self) -> None:
        self.turns = WriterTurns()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def ask(self, name: str, *, first: bool = False) -> None:
        def act() -> None:
            with self.turns.first() if first else self.turns:
                self.order.append(name)

        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        self.threads.append(thread)
        wait_for(lambda: self.waiting() == len(self.threads), f"{name} in the queue")

    def waiting(self) -> int:
        return len(self.turns._first) + len(self.turns._others)

    def end(self) -> None:
        for thread in self.threads:
            thread.join(10)


def test_turns_are_in_order_and_scans_go_first() -> None:
    queue = Queue()
    with queue.turns:
        for name in ("a", "b"):
            queue.ask(name)
        queue.ask("scan", first=True)
        queue.ask("c")
    queue.end()
    assert queue.order == ["scan", "a", "b", "c"]


def test_whoever_asks_again_waits_behind_those_who_wait() -> None:
    """A lock of the standard library goes to whoever runs, most often to the one who had it."""
    lock, order = WriterTurns(), []

    def other() -> None:
        with lock:
            order.append("other")

    with lock:
        thread = threading.Thread(target=other)
        thread.start()
        wait_for(lambda: bool(lock._others), "the other in the queue")
    with lock:
        order.append("again")
    thread.join(10)
    assert order == ["other", "again"]


def test_a_turn_may_end_on_another_thread_and_is_free_afterwards() -> None:
    turns = WriterTurns()
    turns.acquire()
    thread = threading.Thread(target=turns.release)
    thread.start()
    thread.join(10)
    with turns:
        pass


def test_many_at_once_are_never_two() -> None:
    turns, inside, seen = WriterTurns(), [0], []

    def act(enter: Callable[[], object]) -> None:
        for _ in range(200):
            with enter():  # type: ignore[attr-defined]  # a turn of either kind
                inside[0] += 1
                seen.append(inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=act, args=(turns.first if place == 0 else (lambda: turns),)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 1200
    assert set(seen) == {1}


def test_whoever_gives_up_waiting_leaves_the_queue() -> None:
    queue = Queue()
    with queue.turns:
        queue.ask("a")
        queue.ask("b")
        queue.turns._give_up(queue.turns._others[0])
        assert queue.waiting() == 1
    queue.threads[1].join(10)
    assert queue.order == ["b"]
    with queue.turns:
        assert queue.order == ["b"]
