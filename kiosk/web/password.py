"""Change one's own password, in the portal and in the console alike."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.policy.actors import Actor
from access_log.services import accounts, signin
from kiosk.web.cookies import DEVICE
from kiosk.web.deps import Language, Now, Ring, Transaction, address_of
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import CurrentAccount, CurrentSession, contact, staff
from kiosk.web.render import redirect, render


class ChangeForm(BaseModel):
    present: str = Field(max_length=1024)
    password: str = Field(max_length=1024)
    password_again: str = Field(max_length=1024)


def router(face: str) -> APIRouter:
    """The page of one face; `home` is where it leads back to. Only with both factors given: `staff()` and `contact()` see to it."""
    routes = APIRouter(prefix="/password")
    home = "/my-account" if face == "portal" else "/"
    signed_in = Annotated[Actor, Depends(contact() if face == "portal" else staff())]

    @routes.get("")
    def page(request: Request, somebody: signed_in, language: Language) -> Response:
        """The form."""
        del somebody
        return render(request, "shared/change_password.html", form=empty(language), home=home)

    @routes.post("")
    def change(
        request: Request, form: Annotated[Filled[ChangeForm], Depends(filled(ChangeForm))], somebody: signed_in,
        account: CurrentAccount, found: CurrentSession, session: Transaction, ring: Ring, now: Now,
    ) -> Response:  # fmt: skip
        """The present password is asked for: an open browser is not its owner. Every other session ends."""
        del somebody
        if form.ok and form.it.password != form.it.password_again:
            form.refuse("password_again", "passwords_differ")
        attempt = signin.Attempt(device=request.cookies.get(DEVICE, ""), address=address_of(request))
        if form.ok and not (fault := signin.present_password(session, ring, account, form.it.present, attempt, now)):
            with form.attempt(session):
                accounts.change_password(session, account=account, password=form.it.password, keep=found, now=now)
                return redirect(request, home, flash="password_changed")
        elif form.ok:
            form.refuse("present", fault)
        return render(request, "shared/change_password.html", 422, form=form, home=home)

    return routes
