"""Sign-in pages that the portal and the console share: password, second factor, invitation, sign-out, and the guards' PIN."""

import base64
from collections.abc import Callable
from typing import Annotated

import qrcode
import qrcode.image.svg
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from access_log.crypto.totp import provisioning_uri
from access_log.models import Contact, Staff, WebSession
from access_log.policy.codes import ActorKind, Role
from access_log.services import accounts, sessions, signin
from kiosk.web.cookies import DEVICE, drop_session, forget_wanted, set_device, set_session, take_wanted
from kiosk.web.deps import CurrentSite, Language, Now, Ring, Transaction, address_of
from kiosk.web.forms import Filled, empty, filled
from kiosk.web.policy import CurrentSession, OwnSite, public, signed_in
from kiosk.web.render import redirect, render


class SignInForm(BaseModel):
    """`name` is a staff number in the console and a mail address in the portal."""

    name: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class CodeForm(BaseModel):
    code: str = Field(max_length=16)


class PasswordForm(BaseModel):
    password: str = Field(max_length=1024)
    password_again: str = Field(max_length=1024)


Account = Annotated[accounts.Account, Depends(signed_in())]


def router(face: str) -> APIRouter:
    """The account pages of one face."""
    made = APIRouter()
    kind = ActorKind.STAFF if face == "console" else ActorKind.CONTACT
    made.include_router(_password(kind))
    made.include_router(_second_factor())
    made.include_router(_setting_up())
    made.include_router(_invitation(Staff if face == "console" else Contact))
    return made


def _attempt(request: Request) -> signin.Attempt:
    return signin.Attempt(device=request.cookies.get(DEVICE, ""), address=address_of(request))


def _password(kind: ActorKind) -> APIRouter:
    routes = APIRouter()

    @routes.get("/sign-in", dependencies=[Depends(public())])
    def page(request: Request, language: Language) -> Response:
        """The form. Open to everybody: it is the door."""
        return render(request, "shared/sign_in.html", form=empty(language), staff=kind is ActorKind.STAFF)

    @routes.post("/sign-in", dependencies=[Depends(public())])
    def sign_in(
        request: Request,
        form: Annotated[Filled[SignInForm], Depends(filled(SignInForm))],
        session: Transaction,
        ring: Ring,
        site: CurrentSite,
        found: CurrentSession,
        now: Now,
    ) -> Response:
        """First factor. The same words and the same time, whether the account exists or not."""
        if form.ok:
            account = _find(session, ring, kind, site.id or 0, form.it.name)
            outcome = signin.with_password(
                session,
                ring,
                account=account,
                name=form.it.name,
                site_id=site.id or 0,
                password=form.it.password,
                attempt=_attempt(request),
                now=now,
            )
            if outcome.account is not None:
                sessions.forget_expired(session, now=now)
                return _signed_in(request, session, ring, outcome.account, found, now)
            form.refuse("password", outcome.fault)
        return render(request, "shared/sign_in.html", 422, form=form, staff=kind is ActorKind.STAFF)

    @routes.post("/sign-out", dependencies=[Depends(public())])
    def sign_out(request: Request, session: Transaction, found: CurrentSession) -> Response:
        """Open to everybody: signing out twice is no error."""
        if found is not None:
            sessions.close_session(session, found)
        answer = redirect(request, "/sign-in", flash="signed_out")
        drop_session(request, answer)
        return answer

    return routes


def _find(session: Transaction, ring: Ring, kind: ActorKind, site_id: int, name: str) -> accounts.Account | None:
    if kind is ActorKind.STAFF:
        return signin.find_staff(session, name)
    return signin.find_contact(session, ring, site_id=site_id, mail=name)


def _signed_in(
    request: Request, session: Transaction, ring: Ring, account: accounts.Account, found: WebSession | None, now: Now
) -> Response:
    """Password right. The session is complete only where no second factor is asked for."""
    if not accounts.needs_second_factor(account):
        return _complete(request, session, ring, account, found, now)
    answer = redirect(request, "/second-factor" if account.totp_on else "/second-factor/set-up")
    _rotate(request, answer, session, account, found, now, complete=False)
    return answer


def _rotate(
    request: Request, answer: Response, session: Transaction, account: accounts.Account, found: WebSession | None, now: Now,
    *, complete: bool,
) -> None:  # fmt: skip
    """A new session under a new token at every change of rights; the one from before is closed, whoever's it was."""
    if found is not None:
        sessions.close_session(session, found)
    row, token = sessions.open_session(
        session,
        site_id=account.site_id,
        face=request.app.state.face,
        kind=accounts.kind_of(account),
        actor_id=account.id or 0,
        now=now,
        second_factor_at=now if complete and account.totp_on else None,
    )
    set_session(request, answer, row, token)


def _second_factor() -> APIRouter:
    routes = APIRouter()

    @routes.get("/second-factor")
    def page(request: Request, account: Account, language: Language) -> Response:
        """Ask for the code."""
        if not account.totp_on:
            return redirect(request, "/second-factor/set-up")
        return render(request, "shared/second_factor.html", form=empty(language))

    @routes.post("/second-factor")
    def check(
        request: Request, form: Annotated[Filled[CodeForm], Depends(filled(CodeForm))], account: Account, session: Transaction, ring: Ring,
        found: CurrentSession, now: Now,
    ) -> Response:  # fmt: skip
        """A right code makes the session complete, under a new token."""

        def right(code: str) -> bool:
            return accounts.check_code(session, ring, account=account, code=code, now=now)

        if form.ok and account.totp_on and _code_is_right(request, form, session, ring, account, now, right):
            return _complete(request, session, ring, account, found, now)
        return render(request, "shared/second_factor.html", 422, form=form)

    return routes


def _setting_up() -> APIRouter:
    routes = APIRouter()

    @routes.get("/second-factor/set-up")
    def set_up(request: Request, account: Account, ring: Ring, found: CurrentSession, site: OwnSite, language: Language) -> Response:
        """Show this session's secret, as QR code and as text. Not where one is in force already: that needs an administrator."""
        if account.totp_on:
            return redirect(request, "/second-factor")
        assert found is not None
        secret = accounts.offered_secret(ring, session_digest=found.digest)
        return _set_up_page(request, secret, account, site.code, empty(language))

    @routes.post("/second-factor/set-up")
    def turn_on(
        request: Request, form: Annotated[Filled[CodeForm], Depends(filled(CodeForm))], account: Account, session: Transaction, ring: Ring,
        found: CurrentSession, site: OwnSite, now: Now,
    ) -> Response:  # fmt: skip
        """The first right code puts the secret in force."""
        if account.totp_on:
            return redirect(request, "/second-factor")
        assert found is not None
        secret = accounts.offered_secret(ring, session_digest=found.digest)

        def right(code: str) -> bool:
            return accounts.turn_on_second_factor(session, ring, account=account, secret=secret, code=code, now=now)

        if form.ok and _code_is_right(request, form, session, ring, account, now, right):
            return _complete(request, session, ring, account, found, now)
        return _set_up_page(request, secret, account, site.code, form, 422)

    return routes


def _code_is_right(
    request: Request, form: Filled[CodeForm], session: Transaction, ring: Ring, account: accounts.Account, now: Now,
    right: Callable[[str], bool],
) -> bool:  # fmt: skip
    bucket = signin.code_bucket(ring, account, _attempt(request))
    if signin.too_many(session, bucket, now):
        form.refuse("code", "too_many")
        return False
    if right(form.it.code):
        return True
    signin.note_failure(session, bucket, account=account, now=now)
    form.refuse("code", "wrong_code")
    return False


def _complete(
    request: Request, session: Transaction, ring: Ring, account: accounts.Account, found: WebSession | None, now: Now
) -> Response:
    """Signed in: on to the page they were going to; a guard without a PIN first sets one."""
    session.add(account)
    signin.succeeded(session, account=account, how="full", now=now)
    needs_pin = isinstance(account, Staff) and account.role is Role.GUARD and not account.pin_hash
    answer = redirect(request, "/pin" if needs_pin else take_wanted(request))
    forget_wanted(request, answer)
    _rotate(request, answer, session, account, found, now, complete=True)
    set_device(answer, signin.device_cookie(ring, account))
    return answer


def _set_up_page(
    request: Request, secret: bytes, account: accounts.Account, issuer: str, form: Filled[CodeForm], status: int = 200
) -> Response:
    name = account.number if isinstance(account, Staff) else f"contact-{account.id}"
    uri = provisioning_uri(secret, name, f"access-log {issuer}")
    code = qrcode.make(uri, image_factory=qrcode.image.svg.SvgPathImage, border=4).to_string()
    picture = "data:image/svg+xml;base64," + base64.b64encode(code).decode()
    spelled = base64.b32encode(secret).decode().rstrip("=")
    groups = " ".join(spelled[start : start + 4] for start in range(0, len(spelled), 4))
    return render(request, "shared/set_up_second_factor.html", status, form=form, picture=picture, groups=groups)


def _invitation(model: type[Staff] | type[Contact]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/account/{invitation}", dependencies=[Depends(public())])
    def page(request: Request, invitation: str, session: Transaction, ring: Ring, now: Now, language: Language) -> Response:
        """Open to whoever holds the link. Looking consumes nothing: mail scanners look too."""
        accounts.invited(session, ring, model=model, text=invitation, now=now)
        return render(request, "shared/set_password.html", form=empty(language))

    @routes.post("/account/{invitation}", dependencies=[Depends(public())])
    def accept(
        request: Request,
        invitation: str,
        form: Annotated[Filled[PasswordForm], Depends(filled(PasswordForm))],
        session: Transaction,
        ring: Ring,
        now: Now,
    ) -> Response:
        """Set the password; the link is used up. Open to whoever holds it."""
        account = accounts.invited(session, ring, model=model, text=invitation, now=now)
        if form.ok and form.it.password != form.it.password_again:
            form.refuse("password_again", "passwords_differ")
        if form.ok:
            with form.attempt(session):
                accounts.accept(session, account=account, password=form.it.password)
                return redirect(request, "/sign-in", flash="password_set")
        return render(request, "shared/set_password.html", 422, form=form)

    return routes
