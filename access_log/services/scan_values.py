"""What goes into the scan path and what comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from access_log.policy.codes import Direction, Outcome


@dataclass(frozen=True, slots=True)
class ReadScan:
    """What a kiosk read, already verified: `digest` or `short_digest` finds the pass, `fault` says what is wrong with the code itself."""

    kiosk_id: int
    nonce: str
    digest: bytes | None = None
    short_digest: bytes | None = None
    pass_site: int | None = None
    fault: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What a scan came to, and for which visit. `at` is aware UTC; no field says who the visitor is.

    `concerns`: the kiosk's site and the visit's customer (0 where there is none), for whoever is told that something happened.
    """

    outcome: Outcome
    direction: Direction
    at: datetime
    visit_id: UUID | None = None
    repeated: bool = False
    concerns: tuple[int, int] = (0, 0)
