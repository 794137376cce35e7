"""The queue before SQLite's one writer: first come, first served, but a scan goes before everything else that waits."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class WriterTurns:
    """Whose turn it is to write. As a context manager an ordinary turn; `first()` one before all ordinary ones.

    A plain lock is given to whichever thread happens to run: under load a scan waited behind the same two writers again and again.
    Not re-entrant, and free to be released by another thread than took it. Nobody starves as long as one thread alone asks for `first`:
    when its turn is over, whoever waited longest is next.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    def acquire(self, *, first: bool = False) -> None:
        """Wait for one's turn."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = threading.Lock()
            called.acquire()
            (self._first if first else self._others).append(called)
        try:
            called.acquire()
        except BaseException:
            self._give_up(called)
            raise

    def release(self) -> None:
        """Hand over to the next one: the turn is never free while somebody waits, so that nobody overtakes."""
        with self._guard:
            waiting = self._first or self._others
            if waiting:
                waiting.popleft().release()
            else:
                self._taken = False

    def _give_up(self, called: threading.Lock) -> None:
        """Interrupted while waiting: leave the queue, or pass on the turn that had come just then."""
        with self._guard:
            for queue in (self._first, self._others):
                if called in queue:
                    queue.remove(called)
                    return
        self.release()

    @contextmanager
    def first(self) -> Iterator[None]:
        """A turn before all ordinary ones."""
        self.acquire(first=True)
        try:
            yield
        finally:
            self.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
