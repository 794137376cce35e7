"""What the pages of this room share."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, Field

from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services.held import HOLD_OFFICER
from access_log.services.visit_finding import Wanted
from kiosk.console.admin.common import Id
from kiosk.web.forms import Lines
from kiosk.web.policy import staff

Officer = Annotated[Actor, Depends(staff(HOLD_OFFICER))]
Watcher = Annotated[Actor, Depends(staff(Role.PRIVACY_OFFICER, Role.AUDITOR))]
"""The privacy officer and the auditor: one can always be the second person of the other."""


class WhoForm(BaseModel):
    """Whose data: numbers, or a customer and days. `visits` are those left ticked after the first look."""

    numbers: Annotated[Lines, Field(max_length=4000)] = ""
    customer: Id | None = None
    first: date | None = None
    last: date | None = None
    visits: list[UUID] = []
    sure: str = Field(default="", max_length=3)

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.numbers, self.customer, self.first, self.last)
