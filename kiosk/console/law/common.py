"""What the pages of this room share."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.policy.actors import Actor
from access_log.policy.codes import Role
from access_log.services.held import HOLD_OFFICER
from access_log.services.visit_finding import Wanted
from kiosk.console.admin.common import Id
from kiosk.console.show import show
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


def before(request: Request, words: tuple[str, str, str], *, about: str, at: str, act: str, danger: bool) -> Response:
    """The page that says what an act does, before it does it. `words`: title, text, label; `about` is the paper; `at` the thing's page."""
    title, text, label = words
    return show(request, "law/act.html", title=title, text=text, label=label, about=about, path=f"{at}/{act}", back=at, danger=danger)
