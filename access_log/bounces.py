"""Where returned mail is read from: one message of standard input, a Maildir, an mbox. Understood ones are destroyed: they name people."""

import mailbox
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine

from access_log import dsn
from access_log.db import transaction
from access_log.errors import SettingsError
from access_log.services import outbox

LARGEST = 1024 * 1024
"""Bytes of a message that are read: our letters are small, and so is what comes back of them."""


class Found(StrEnum):
    """What a message came to."""

    MARKED = "marked as undelivered"
    KNOWN = "about a letter that was known to be undelivered, or is not in this register"
    LATE = "no failure: late, or passed on"
    OTHER = "no notification about one of our letters"


def take(engine: Engine, content: bytes, now: datetime) -> Found:
    """Read one message, and mark the letter it is about."""
    bounce = dsn.read(content[:LARGEST])
    if bounce is None:
        return Found.OTHER
    if not bounce.failed:
        return Found.LATE
    with transaction(engine) as session:
        return Found.MARKED if outbox.bounced(session, token=bounce.token, status=bounce.status, now=now) else Found.KNOWN


def collect(engine: Engine, place: Path, clock: Callable[[], datetime], *, keep: bool = False) -> Counter[Found]:
    """Read a Maildir or an mbox. What was understood is destroyed unless `keep`; the rest stays for a person to look at.

    Raises SettingsError where there is neither, OSError where it may not be read.
    """
    if (place / "new").is_dir():
        return _maildir(engine, place, clock, keep=keep)
    if place.is_file():
        return _mbox(engine, place, clock, keep=keep)
    raise SettingsError(f"{place} is neither a Maildir nor an mbox file")


def _maildir(engine: Engine, place: Path, clock: Callable[[], datetime], *, keep: bool) -> Counter[Found]:
    """New messages only: what was looked at and left moves to `cur`, as a mail program does it."""
    found: Counter[Found] = Counter()
    for path in sorted((place / "new").iterdir()):
        with path.open("rb") as file:
            what = take(engine, file.read(LARGEST), clock())
        found[what] += 1
        if keep or what is Found.OTHER:
            (place / "cur").mkdir(mode=0o700, exist_ok=True)
            path.rename(place / "cur" / f"{path.name.partition(':')[0]}:2,")
        else:
            path.unlink()
    return found


def _mbox(engine: Engine, place: Path, clock: Callable[[], datetime], *, keep: bool) -> Counter[Found]:
    found: Counter[Found] = Counter()
    with closing(mailbox.mbox(place, create=False)) as box:
        box.lock()
        try:
            for key in list(box.iterkeys()):
                what = take(engine, box.get_bytes(key), clock())
                found[what] += 1
                if not keep and what is not Found.OTHER:
                    box.remove(key)
            box.flush()
        finally:
            box.unlock()
    return found
