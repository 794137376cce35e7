"""Many people who do the same thing at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Answer = TypeVar("Answer")
PATIENCE = 60


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer | Exception]:
    """Each act in a thread of its own, all let go together. What one raises is its answer."""
    gate = threading.Barrier(len(acts))
    answers: list[Answer | Exception | None] = [None] * len(acts)

    def run(place: int) -> None:
        gate.wait(PATIENCE)
        try:
            answers[place] = acts[place]()
        except Exception as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return [answer if answer is not None else TimeoutError("no answer") for answer in answers]
