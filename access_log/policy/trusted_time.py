"""Which time may be believed by what destroys. A clock that leaps must erase nobody early and keep nothing late.

While a machine runs, the seconds since its start tell how much time has passed, whatever the clock says. A clock that departs from that is
doubted: what was believed goes on at its own pace until a time server has led the clock for half an hour, or a person says it is right.
After a restart nothing tells how long the machine was off: then a time server's word is taken at once, and without one a pause that is
longer than a month needs a person's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

SLACK = timedelta(minutes=5)
"""A clock may be put right by so much without a question."""
PAUSE = timedelta(hours=2)
"""A restart within this is nothing to wonder about."""
SETTLE = timedelta(minutes=30)
LONGEST_OFF = timedelta(days=31)
NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at the machine: its clock, the seconds since its start, which start that was, whether a time server leads the clock."""

    wall: datetime
    uptime: float
    boot: str
    led: bool


@dataclass(frozen=True, slots=True)
class Believed:
    """What is believed, as of which tick. `doubted`: for how long the clock has said something else; None where it does not.

    `claimed`: what the clock said when the machine had started, and the time since; None where the doubt did not begin with a start.
    """

    at: datetime
    uptime: float
    boot: str
    doubted: timedelta | None = None
    claimed: datetime | None = None


def believe(before: Believed | None, tick: Tick) -> Believed:
    """What to believe now, after what was believed before."""
    plainly = Believed(tick.wall, tick.uptime, tick.boot)
    if before is None:
        return plainly
    same = before.boot == tick.boot and tick.uptime >= before.uptime
    passed = timedelta(seconds=tick.uptime - before.uptime) if same else NOTHING
    ahead = tick.wall - (before.at + passed)
    if ahead >= -SLACK and (ahead <= SLACK if same else tick.led or ahead <= PAUSE):
        return plainly
    doubted = before.doubted + passed if same and before.doubted is not None else NOTHING
    claimed = (before.claimed and before.claimed + passed) if same else tick.wall
    steady = claimed is not None and abs(tick.wall - claimed) <= SLACK and NOTHING < ahead <= LONGEST_OFF
    if doubted >= SETTLE and (tick.led or steady):
        return plainly
    return Believed(before.at + passed, tick.uptime, tick.boot, doubted, claimed)
