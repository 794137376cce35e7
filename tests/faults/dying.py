"""The web process, which kills itself at the moment that the file ACCESS_LOG_TEST_DIE names.

The file holds `before_commit` or `after_commit`; without the file the process lives.
"""

import os
import signal
from pathlib import Path

from sqlalchemy import event
from sqlmodel import Session

from kiosk import serve


def _die_at(moment: str, when: Path) -> None:
    def die(session: Session) -> None:
        if not session.in_nested_transaction() and when.exists() and when.read_text(encoding="utf-8") == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, moment, die)


def main() -> None:
    for moment in ("before_commit", "after_commit"):
        _die_at(moment, Path(os.environ["ACCESS_LOG_TEST_DIE"]))
    serve.main()
