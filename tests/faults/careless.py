"""The web process as it must not be. It answers a scan before the commit.

The control of the tests that kill: what this one acknowledges is lost.
"""

import time
from typing import Any

from access_log.db import transaction
from access_log.services.scans import record_scans
from kiosk import serve
from kiosk.lobby import batcher


def _answer_first(self: Any, batch: Any) -> list[Any]:
    with transaction(self._engine) as session:
        scans = [scan for scan, _future in batch]
        told = self._tell(scans, record_scans(session, scans, self._clock()))
        batcher._hand_out([(future, each) for (_scan, future), each in zip(batch, told, strict=True)])
        time.sleep(1)
    return []


def main() -> None:
    batcher.Batcher._settle = _answer_first  # type: ignore[method-assign]
    serve.main()
