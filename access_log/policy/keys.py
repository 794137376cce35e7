"""When a KEK may be destroyed: pure, facts in, reasons out. No reason against it means it must go.

Destroying one erases everything that is wrapped under it in any copy of the database; doing it too soon would lose what is still held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

Versions = Mapping[str, Sequence[int]]
"""Purpose → versions."""
NEW_EVERY = timedelta(days=1)
LATE = timedelta(days=1)
"""So long after its time a KEK that could not be destroyed is nobody's alarm: one night may be missed."""


class Hold(StrEnum):
    """Why a KEK is not destroyed yet. All but the first two are somebody's work to do."""

    YOUNG = "young"
    NEWEST = "newest"
    IN_USE = "in_use"
    NOT_ESCROWED = "not_escrowed"
    NO_BACKUP = "no_backup"
    STRAY_COPY = "stray_copy"
    OUT_OF_REACH = "out_of_reach"


class Alarm(StrEnum):
    """What somebody has to do something about, the worst first."""

    RING_BEHIND = "ring_behind"
    FAILED = "failed"
    PAUSED = "paused"
    STANDING_STILL = "standing_still"
    REPORTS_RING = "reports_ring"
    DAMAGED_ROWS = "damaged_rows"
    STRAY_COPY = "stray_copy"


@dataclass(frozen=True, slots=True)
class KekFacts:
    """What is known of one KEK. `rows` are wrapped under it now. `created_at` is no later than its successor's, whatever a clock said."""

    purpose: str
    version: int
    created_at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Safety:
    """What is known of copies. `escrows`: what each verified one that is not destroyed holds; `backups`: what the rows of each
    verified one that still exists are wrapped under; `stray_copy`: an old ring lies about on this machine; `out_of_reach`: purposes
    whose keys another process holds in a ring that cannot be written now."""

    escrows: Sequence[Versions]
    backups: Sequence[Versions]
    stray_copy: bool = False
    out_of_reach: frozenset[str] = frozenset()


def holds(kek: KekFacts, *, newest: int, safety: Safety, horizon: timedelta, now: datetime) -> tuple[Hold, ...]:
    """Every reason against destroying `kek` now, the longest-lasting first; none: it goes."""
    found = []
    if now - kek.created_at < horizon:
        found.append(Hold.YOUNG)
    if kek.version >= newest:
        found.append(Hold.NEWEST)
    if kek.rows:
        found.append(Hold.IN_USE)
    if not any(_holds_successor(escrow, kek) for escrow in safety.escrows):
        found.append(Hold.NOT_ESCROWED)
    if not any(_without(backup, kek, safety.escrows) for backup in safety.backups):
        found.append(Hold.NO_BACKUP)
    if safety.stray_copy:
        found.append(Hold.STRAY_COPY)
    if kek.purpose in safety.out_of_reach:
        found.append(Hold.OUT_OF_REACH)
    return tuple(found)


def _holds_successor(escrow: Versions, kek: KekFacts) -> bool:
    return any(version > kek.version for version in escrow.get(kek.purpose, ()))


def _without(backup: Versions, kek: KekFacts, escrows: Sequence[Versions]) -> bool:
    """A backup that opens without this KEK and the older ones, with keys that are in safe-keeping."""
    used = backup.get(kek.purpose)
    if used is None:
        return False
    escrowed = {version for escrow in escrows for version in escrow.get(kek.purpose, ())}
    return all(version > kek.version and version in escrowed for version in used)


def is_overdue(kek: KekFacts, against: Sequence[Hold], *, horizon: timedelta, now: datetime) -> bool:
    """Whether a KEK should have been destroyed and could not: time for an alarm."""
    return bool(against) and Hold.NEWEST not in against and now - kek.created_at >= horizon + LATE


def wants_new(newest_at: datetime | None, *, live: int, most: int, now: datetime) -> bool:
    """Whether it is time for a new KEK. Not beyond `most`: while none can be destroyed, more of them gain nothing."""
    return newest_at is None or (live < most and abs(now - newest_at) >= NEW_EVERY)  # one from the future was made by a wrong clock
