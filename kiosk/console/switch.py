"""Taking turns at the desk: lock, unlock with the PIN, hand over to another guard, and the PIN itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.errors import RefusedInputError
from access_log.models import Staff, WebSession
from access_log.policy.codes import ActorKind, Role
from access_log.services import accounts, sessions, signin
from kiosk.console.desk import Guard
from kiosk.console.show import show
from kiosk.web.cookies import drop_session, forget_wanted, set_session, take_wanted
from kiosk.web.deps import Language, Now, Ring, Transaction
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import CurrentSession, signed_in
from kiosk.web.render import redirect

router = APIRouter()
Account = Annotated[accounts.Account, Depends(signed_in())]


class SwitchForm(BaseModel):
    number: str = Field(max_length=16)
    pin: str = Field(max_length=32)


class PinForm(BaseModel):
    pin: str = Field(max_length=32)
    pin_again: str = Field(max_length=32)


@router.get("/switch")
def page(request: Request, account: Account, found: CurrentSession, language: Language, other: str = "") -> Response:
    """Staff number and PIN; only the PIN where the console locked itself. Whoever is no guard signs in again."""
    if not _desk_of_guards(account, found):
        return _sign_in_again(request) if found is None or found.second_factor_at is None else _locked_for_others(request, found)
    assert isinstance(account, Staff)
    assert found is not None
    locked = found.locked_at is not None
    number = account.number if locked and other != "yes" else ""
    return show(request, "switch.html", account=None, form=empty(language, number=number), locked=locked, number=number)


@router.post("/switch")
def take_over(
    request: Request,
    form: Annotated[Filled[SwitchForm], Depends(filled(SwitchForm))],
    account: Account,
    found: CurrentSession,
    session: Transaction,
    ring: Ring,
    now: Now,
) -> Response:
    """A right PIN opens the desk under a new token, for no longer than the sign-in with both factors lasts."""
    if not _desk_of_guards(account, found):
        return _sign_in_again(request)
    assert found is not None
    if form.ok:
        desk = found.expires_at.isoformat()  # the same after a hand-over: nobody gets new tries by unlocking in between
        outcome = signin.with_pin(session, ring, number=form.it.number, pin=form.it.pin, desk=desk, site_id=found.site_id, now=now)
        if outcome.account is not None:
            return _handed_over(request, session, found, outcome.account, now)
        if outcome.fault == "too_many":
            sessions.close_session(session, found)
            answer = redirect(request, "/sign-in", flash="too_many_pins")
            drop_session(request, answer)
            return answer
        form.refuse("pin", "wrong_pin")
    return show(
        request, "switch.html", 422, account=None, form=form, locked=found.locked_at is not None, number=form.values.get("number", "")
    )


@router.post("/lock")
def lock(request: Request, account: Account, found: CurrentSession, session: Transaction, now: Now) -> Response:
    """Leave the desk for a moment, or hand it over. A desk that has locked itself meanwhile stays locked."""
    if not _desk_of_guards(account, found):
        return _sign_in_again(request)
    assert found is not None
    found.locked_at = found.locked_at or now
    session.add(found)
    return redirect(request, "/switch")


@router.get("/awake")
def awake(guard: Guard) -> Response:
    """Somebody works on a page that has not been sent yet: being asked for is what keeps the desk from locking itself."""
    del guard
    return Response(status_code=204)


@router.get("/pin")
def pin_page(request: Request, guard: Guard, language: Language) -> Response:
    """Choose the PIN: once after the first sign-in, later whenever the guard wants."""
    del guard
    return show(request, "pin.html", form=empty(language))


@router.post("/pin")
def choose_pin(
    request: Request, form: Annotated[Filled[PinForm], Depends(filled(PinForm))], guard: Guard, session: Transaction
) -> Response:
    """Six digits that are not too simple, typed twice."""
    form.values.pop("pin_again", None)
    if form.ok and form.it.pin != form.it.pin_again:
        form.refuse("pin_again", "The two PINs differ.")
    if form.ok:
        try:
            account = accounts.get(session, ActorKind.STAFF, guard.id or 0)
            assert isinstance(account, Staff)
            accounts.set_pin(session, staff=account, pin=form.it.pin)
            return redirect(request, "/desk", flash="pin_set")
        except RefusedInputError as error:
            form.take(error)
    return show(request, "pin.html", 422, form=form)


def _desk_of_guards(account: accounts.Account, found: WebSession | None) -> bool:
    """A PIN counts only where a guard opened the console with both factors."""
    opened = found is not None and found.second_factor_at is not None
    return opened and isinstance(account, Staff) and account.role is Role.GUARD


def _sign_in_again(request: Request) -> Response:
    return redirect(request, "/sign-in")


def _locked_for_others(request: Request, found: WebSession) -> Response:
    if found.locked_at is None:
        return redirect(request, "/")
    return show(request, "locked.html", account=None)


def _handed_over(request: Request, session: Transaction, found: WebSession, account: accounts.Account, now: Now) -> Response:
    row, token = sessions.open_session(
        session,
        site_id=found.site_id,
        face="console",
        kind=ActorKind.STAFF,
        actor_id=account.id or 0,
        now=now,
        second_factor_at=found.second_factor_at,
    )
    row.expires_at = found.expires_at
    session.add(row)
    wanted = take_wanted(request) if account.id == found.actor_id else "/desk"
    sessions.close_session(session, found)
    signin.succeeded(session, account=account, how="pin", now=now)
    answer = redirect(request, wanted)
    forget_wanted(request, answer)
    set_session(request, answer, row, token)
    return answer
