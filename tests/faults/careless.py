"""The web process as it must not be. It answers a scan before the commit.

The control of the tests that kill: what this one acknowledges is lost.
"""

import time
from typing import Any

from access_log.db import transaction
from access_log.services.scans import record_scans
from kiosk import serve
from kiosk.lobby import batcher


def _answer_first(self: Any, batch: Any) -> None:
    with transaction(self._engine) as session:
        answers = record_scans(session, [scan for scan, _future in batch], self._clock())
        for (_scan, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
        time.sleep(1)


def main() -> None:
    batcher.Batcher._settle = _answer_first  # type: ignore[method-assign]
    serve.main()
