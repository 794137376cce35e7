"""What the pages of the administration share."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field

from access_log.policy.actors import Actor
from access_log.policy.codes import Active, Role
from access_log.services.kiosks import Condition
from kiosk.web.policy import staff

Admin = Annotated[Actor, Depends(staff(Role.ADMINISTRATOR))]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A row's number in a form."""
Tick = Annotated[str, Field(max_length=3)]
"""A box: `yes` or nothing."""
Act = Literal["suspend", "resume", "end"]
LanguageCode = Literal["zh-CN", "en"]
LANGUAGE_NAMES = (("zh-CN", "简体中文"), ("en", "English"))


ACTS: dict[str, Active] = {"suspend": Active.SUSPENDED, "resume": Active.ACTIVE, "end": Active.ENDED}
"""Last part of an address → the state it leads to."""
ACT_FLASHES = {Active.SUSPENDED: "suspended", Active.ACTIVE: "resumed", Active.ENDED: "ended"}
CONDITION_TONES = {
    Condition.NEW: "warn",
    Condition.CODE_WAITS: "warn",
    Condition.HEARD: "good",
    Condition.SILENT: "bad",
    Condition.REVOKED: "grey",
}


def tick(value: bool) -> str:
    """A box as a form holds it."""
    return "yes" if value else ""
