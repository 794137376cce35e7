"""Find a visit: by number or short code without opening a name, by name as a recorded search."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.services import desk
from kiosk.console.desk import Guard
from kiosk.console.show import show
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import OwnSite

router = APIRouter()
SHORTEST = 2
"""Characters of a name: one would open half of today's people."""


class FindForm(BaseModel):
    wanted: str = Field(max_length=80)


@router.get("/find")
def page(request: Request, guard: Guard, language: Language) -> Response:
    """The search, before anybody searched."""
    del guard
    return show(request, "find.html", form=empty(language), rows=None, names={})


@router.post("/find")
def find(
    request: Request,
    form: Annotated[Filled[FindForm], Depends(filled(FindForm))],
    guard: Guard,
    session: Transaction,
    ring: Ring,
    site: OwnSite,
    now: Now,
) -> Response:
    """A number or a short code first; anything else is a name, and the search for it is recorded."""
    if not form.ok:
        return show(request, "find.html", 422, form=form, rows=None, names={})
    rows = desk.find(session, ring, wanted=form.it.wanted, site_id=guard.site_id)
    if rows or any(character.isdigit() for character in form.it.wanted):
        return show(request, "find.html", form=form, rows=rows, names={})
    if len(form.it.wanted) < SHORTEST:
        form.refuse("wanted", "At least two characters of the name: one would open too many people.")
        return show(request, "find.html", 422, form=form, rows=None, names={})
    names = desk.search(session, ring, wanted=form.it.wanted, site=site, guard=guard, now=now)
    found = desk.of_visits(session, ring, list(names))
    return show(request, "find.html", form=form, rows=list(found.values()), names=names)
