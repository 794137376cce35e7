"""Which tests may run beside others. Two workers share the ordinary ones; what drives a browser or breaks things runs alone, afterwards.

One session for all of them, so that one summary and one closing line speak for the whole suite. Without pytest-xdist only the order is
left of it: ordinary tests, browser, faults, and at the very end whatever looks at what all the others left behind.
"""

import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

ORDER = ("browser", "fault", "last")
"""Markers of the tests that run alone, in the order they run in."""
ALONE = "alone"
LISTED = pytest.StashKey[Path]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the lanes in their order."""
    items.sort(key=_lane)


def _lane(item: pytest.Item) -> int:
    return max((place for place, name in enumerate(ORDER, start=1) if item.get_closest_marker(name)), default=0)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Tell a worker where to list the tests that run alone: only workers know markers, only the controller hands tests out."""
    if LISTED not in node.config.stash:
        node.config.stash[LISTED] = Path(tempfile.mkdtemp(prefix="lanes-")) / ALONE
    node.workerinput[ALONE] = str(node.config.stash[LISTED])


@pytest.hookimpl(tryfirst=True)  # before the worker reports its tests
def pytest_collection_finish(session: pytest.Session) -> None:
    """In a worker: write that list. Every worker writes the same."""
    listed = getattr(session.config, "workerinput", {}).get(ALONE)
    if listed:
        Path(listed).write_text("\n".join(item.nodeid for item in session.items if _lane(item)), encoding="utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    """For `--dist loadfile`, which scripts/run-tests asks for."""
    return Lanes(config, log) if config.getvalue("dist") == "loadfile" else None  # type: ignore[arg-type]  # xdist's own log


class Lanes(LoadFileScheduling):
    """A file goes to one worker. The tests that run alone wait until the other workers have ended or are at their last two tests."""

    _alone: frozenset[str] = frozenset()

    def schedule(self) -> None:
        """Hand tests out, once every worker has listed its own."""
        listed = self.config.stash[LISTED]
        if listed.exists():
            self._alone = frozenset(listed.read_text(encoding="utf-8").splitlines())
            listed.unlink()
            listed.parent.rmdir()
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return ALONE if nodeid in self._alone else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        if ALONE in self.workqueue:
            self.workqueue.move_to_end(ALONE)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        others = [other for other in self.nodes if other is not node and not other.shutting_down]
        if list(self.workqueue) != [ALONE] or not others:
            super()._reschedule(node)
        elif self._pending_of(self.assigned_work[node]) <= 2:
            node.shutdown()  # it still runs what it was given
