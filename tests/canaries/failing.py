"""The web process with two broken acts: adding certain people fails, in the middle and with everything about them in the error."""

from typing import Any

from sqlalchemy.exc import OperationalError

from access_log.services import roster
from kiosk import serve

CRASHES, LOSES_THE_DATABASE = "坏", "断"
_add = roster.add


def _broken(session: Any, ring: Any, *, facts: Any, **more: Any) -> Any:
    if facts.name.endswith(CRASHES):
        raise RuntimeError(f"cannot add {facts.name} {facts.mail} {facts.phone}", facts)
    if facts.name.endswith(LOSES_THE_DATABASE):
        raise OperationalError(f"insert into person values ('{facts.name}')", {"mail": facts.mail}, Exception(facts.phone))
    return _add(session, ring, facts=facts, **more)


def main() -> None:
    roster.add = _broken
    serve.main()
