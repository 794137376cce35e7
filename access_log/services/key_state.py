"""How the keys stand: for the command line, the console, and whoever wants to know why something is not destroyed yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing, Purpose
from access_log.models import Kek, RatchetRun
from access_log.policy.keys import NEW_EVERY, Alarm, Hold
from access_log.services import keks, ratchet
from access_log.services.keks import Around, Verdict

RING_BEHIND, REPORTS_RING = "ring_behind", "reports_ring"
"""What may stand in a run's `error` beside the name of an exception."""
AT_WORK = timedelta(minutes=2)
"""A turn that was not heard of for longer was interrupted."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """The KEKs with what stands against destroying each, the last turn, how many rows are still to be moved, and what is wrong.

    `why`: for a pause, every reason that keeps an overdue KEK. `at_work`: the last turn is going on now.
    """

    verdicts: list[Verdict]
    last: RatchetRun | None
    waiting: int
    destroyed: int
    alarms: list[Alarm]
    why: list[Hold]
    at_work: bool


def look(session: Session, ring: KeyRing, *, horizon: timedelta, stray_copy: bool, now: datetime) -> KeyState:
    """How things are at this moment."""
    last = ratchet.last_run(session)
    unreachable = last is not None and last.error == REPORTS_RING
    out = frozenset({Purpose.LABEL.value, Purpose.REPORT.value} if unreachable else ())
    verdicts = keks.verdicts(session, ring, around=Around(stray_copy, out), horizon=horizon, now=now)
    waiting = ratchet.left_to_move(session, ring)
    overdue = [verdict for verdict in verdicts if verdict.overdue]
    at_work = last is not None and last.state == "running" and now - last.seen_at < AT_WORK
    alarms = {
        Alarm.RING_BEHIND: bool(keks.lost(session, ring)),
        Alarm.FAILED: last is not None and last.state == "failed" and last.error != RING_BEHIND,
        Alarm.PAUSED: bool(overdue),
        Alarm.STANDING_STILL: _stands_still(ring, now) and not overdue,
        Alarm.REPORTS_RING: unreachable,
        Alarm.DAMAGED_ROWS: last is not None and last.state == "done" and waiting > 0 and waiting == last.waiting,
        Alarm.STRAY_COPY: stray_copy,
    }
    gone = session.exec(select(func.count()).select_from(Kek).where(col(Kek.destroyed_at).is_not(None))).one()
    why = sorted({hold for verdict in overdue for hold in verdict.holds}, key=list(Hold).index)
    return KeyState(verdicts, last, waiting, gone, [alarm for alarm, on in alarms.items() if on], why, at_work)


def _stands_still(ring: KeyRing, now: datetime) -> bool:
    """No new KEK for two days: no worker runs, or it may not write the ring."""
    newest = ring.keys.get(Purpose.IDENTITY.value, ())
    return bool(newest) and now - newest[-1].created_at > 2 * NEW_EVERY
