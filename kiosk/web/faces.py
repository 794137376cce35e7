"""A face: one FastAPI application with its own cookie, its own security headers and its own error pages."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from hmac import compare_digest
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from access_log.errors import ConflictError, NotAllowedError, NotFoundError, RefusedInputError
from kiosk.web.cookies import remember_wanted
from kiosk.web.deps import language_of
from kiosk.web.errors import ConsoleLocked, SecondFactorNeeded, SecureConnectionNeeded, SignInNeeded
from kiosk.web.forms import read_form
from kiosk.web.middleware import REQUEST_ID, BodyLimit, SecurityHeaders, Watched
from kiosk.web.policy import CurrentSession, policies
from kiosk.web.render import insecure, redirect, render, text_in
from kiosk.web.state import State

log = logging.getLogger("kiosk.web")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

TEXTS = {
    400: ("This request cannot be answered.", "Please go back and try again."),
    401: ("Please sign in again.", "You were signed out, or never signed in here."),
    403: ("This is not open to you.", "Your role or right does not cover it. Your administrator can change that."),
    404: ("There is nothing here.", "It was removed, or it never existed, or it belongs to somebody else."),
    405: ("This request cannot be answered.", "Please go back and try again."),
    408: ("This took too long to arrive.", "The connection is slow or was interrupted. Please send it again."),
    409: ("Somebody else was faster.", "This has changed meanwhile. Please go back, look again and repeat what you wanted to do."),
    413: ("This is too much at once.", "The form or file is larger than what is accepted here."),
    422: ("This cannot be used.", "Please go back and check what you entered."),
    500: ("Something went wrong here.", "It was not your fault, and nothing was half-done. Please try again."),
    503: ("The register cannot be reached just now.", "Nothing was lost. Please try again in a moment."),
}


NEEDS_HTTPS = (
    "This needs HTTPS.",
    "Passwords and codes are not taken over an unprotected connection. Open the address that begins with https://.",
)
ROUTE_BACK = {SignInNeeded: "/sign-in", SecondFactorNeeded: "/second-factor", ConsoleLocked: "/switch"}


def make_face(
    name: str,
    state: State,
    *,
    csp: str = CSP,
    permissions: str = "camera=()",
    body_limit: int = 64 * 1024,
    sessions: bool = True,
    door: str = "/sign-in",
) -> FastAPI:
    """An empty face. Add routers, then call `sealed_face` once: it refuses a route without a policy.

    `sessions` False: no cookie session of a person, and so no transaction before the handler asks for one.
    `door` is where somebody is sent who is not signed in (any more).
    """
    guards = [Depends(refuse_foreign_requests)] + ([Depends(forget_files), Depends(refuse_without_token)] if sessions else [])
    app = FastAPI(
        title=f"access register: {name}",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=guards,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.face = name
    app.state.register = state
    app.state.mount = {"visitor": "/visit"}.get(name, f"/{name}")
    app.state.door = door
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, limit=body_limit, answer=error_page)
    app.add_middleware(Watched, face=name, answer=_last_resort)
    app.add_middleware(SecurityHeaders, csp=csp, permissions=permissions, https=state.settings.base_url.startswith("https"))
    _answers(app)
    return app


def sealed_face(app: FastAPI) -> FastAPI:
    """Check that every route says who may call it."""
    open_routes = [f"{method} {path}" for method, path, policy in policies(app) if policy is None]
    if open_routes:
        raise RuntimeError(f"{app.title}: no policy on {', '.join(open_routes)}")
    return app


async def refuse_foreign_requests(request: Request) -> None:
    """Cross-site request forgery, first half: the browser's own word (Sec-Fetch-Site, Origin)."""
    if request.method not in UNSAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin") or (origin not in (None, "null") and urlsplit(origin or "").netloc != request.url.netloc):
        raise NotAllowedError
    if insecure(request):
        raise SecureConnectionNeeded


async def forget_files(request: Request) -> AsyncIterator[None]:
    """Files of a form are let go with the request, whether anybody read them or it was refused before."""
    try:
        yield
    finally:
        await request.close()


async def refuse_without_token(request: Request, found: CurrentSession) -> None:
    """Second half: the session's token, in the form or in a header."""
    if request.method in UNSAFE and found is not None:
        token = request.headers.get("x-csrf")
        if token is None:
            token = str((await read_form(request)).get("csrf", ""))
        if not compare_digest(token.encode("utf-8", "replace"), found.csrf.encode()):
            raise NotAllowedError


def _answers(app: FastAPI) -> None:
    table: dict[type[Exception], int] = {
        NotFoundError: 404,
        NotAllowedError: 403,
        ConflictError: 409,
        RefusedInputError: 422,
        IntegrityError: 409,
        OperationalError: 503,
        PoolTimeoutError: 503,
    }
    for kind, status in table.items():
        app.add_exception_handler(kind, _page(status))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(SecureConnectionNeeded, _needs_https)
    for needed, path in ROUTE_BACK.items():
        app.add_exception_handler(needed, _send_to(path))


def _page(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, SQLAlchemyError):
            # Operators need to know; the formatter writes types and places, never a message with values in it.
            log.error("the database refused", exc_info=error, extra={"request": request.scope.get(REQUEST_ID), "route": route_of(request)})
        return error_page(request, status)

    return answer


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = error_page(request, error.status_code if error.status_code in TEXTS else 400)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(request: Request, error: Exception) -> Response:
    """Without the input, which FastAPI's own answer would echo. A path that cannot be read leads nowhere: 404, as for an unknown one."""
    assert isinstance(error, RequestValidationError)
    in_path = any(problem["loc"][:1] == ("path",) for problem in error.errors())
    return error_page(request, 404 if in_path else 422)


async def _needs_https(request: Request, _error: Exception) -> Response:
    return error_page(request, 403, NEEDS_HTTPS)


def _last_resort(request: Request, error: Exception) -> Response:
    return error_page(request, 503 if isinstance(error, OperationalError | PoolTimeoutError) else 500)


def _send_to(path: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        pressed = request.method != "GET"
        locked = isinstance(error, ConsoleLocked)
        if not wants_page(request) or (pressed and not locked):
            return error_page(request, 401)
        door = request.app.state.door if path == ROUTE_BACK[SignInNeeded] else path
        sent = redirect(request, door, flash="locked_meanwhile" if pressed else "")
        if not pressed and is_looked_at(request):
            remember_wanted(request, sent)
        return sent

    return answer


def error_page(request: Request, status: int, texts: tuple[str, str] | None = None) -> Response:
    """A page in words for people, JSON for scripts. Says nothing about the cause that was not meant for the caller."""
    language = language_of(request)
    title, help_text = texts or TEXTS[status]
    if not wants_page(request):
        return JSONResponse({"error": CODES.get(status, "error"), "text": text_in(language, title)}, status)
    number = request.scope.get(REQUEST_ID, "") if status >= 500 else ""
    # The zone is named so that no page about a broken database asks the database for it.
    return render(request, "shared/error.html", status, title=title, help_text=help_text, status_code=status, number=number, zone="UTC")


CODES = {
    401: "signed_out",
    403: "not_allowed",
    404: "not_found",
    408: "too_slow",
    409: "conflict",
    413: "too_large",
    422: "refused",
    503: "unavailable",
}
"""For scripts: stable, whatever the language."""


def wants_page(request: Request) -> bool:
    """Whether the answer is a page."""
    accepts = request.headers.get("accept", "")
    return "x-csrf" not in request.headers and "application/json" not in accepts and "text/event-stream" not in accepts


def is_looked_at(request: Request) -> bool:
    """Whether a person went there; else a page asks for a part of itself."""
    return "x-refresh" not in request.headers and request.headers.get("sec-fetch-mode", "navigate") == "navigate"


def route_of(request: Request) -> str:
    """The route's template, never the path: paths may hold tokens."""
    route = request.scope.get("route")
    return f"{request.method} {getattr(route, 'path', '-')}"
