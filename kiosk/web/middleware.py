"""Pure ASGI: headers on every answer, errors included; a limit on every body; one log line a request; an answer to what nobody caught."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("kiosk.requests")
REQUEST_ID = "access_log.request"
QUIET = ("/static/", "/livez", "/readyz")


class TooLargeError(HTTPException):
    """The body is larger than allowed."""

    def __init__(self) -> None:
        super().__init__(413)


class SecurityHeaders:
    """Content Security Policy and the rest. A handler that sets one of them itself keeps its own.

    HEAD is answered as GET: mail scanners and link previews ask so, and the server drops the body.
    """

    def __init__(self, app: ASGIApp, *, csp: str, permissions: str, https: bool) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": csp,
            "Permissions-Policy": f"{permissions}, microphone=(), geolocation=(), payment=(), usb=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        if https:
            self.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, with_headers)


class Watched:
    """One log line a request, with the route's template: paths may hold tokens.

    What nobody caught becomes a page with a number to quote.
    """

    def __init__(self, app: ASGIApp, *, face: str, answer: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.face = face
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        outermost = REQUEST_ID not in scope
        scope.setdefault(REQUEST_ID, secrets.token_hex(5))
        began = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except ClientDisconnect:
            status = status or 499  # nobody is left to answer
        except Exception as error:
            log.exception("not answered", extra=self._facts(scope))
            if status:
                raise
            await self.answer(Request(scope), error)(scope, receive, noted)
        finally:
            if outermost and not scope["path"].startswith(QUIET):
                log.info("answered", extra=self._facts(scope) | {"status": status, "ms": round((time.perf_counter() - began) * 1000)})

    def _facts(self, scope: Scope) -> dict[str, object]:
        face = getattr(scope["app"].state, "face", self.face) if "app" in scope else self.face
        return {"request": scope[REQUEST_ID], "face": face, "route": f"{scope['method']} {getattr(scope.get('route'), 'path', '-')}"}


class BodyLimit:
    """413 for a body above `limit` bytes; paths that end in `/upload` take up to 3 MB."""

    UPLOAD = 3 * 1024 * 1024
    DRAINED = 16 * 1024 * 1024
    PATIENCE = 10.0

    def __init__(self, app: ASGIApp, *, limit: int, answer: Callable[[Request, int], Response]) -> None:
        self.app = app
        self.limit = limit
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.UPLOAD if scope["path"].endswith("/upload") else self.limit
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await self._refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLargeError
            return message

        await self.app(scope, counted, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in what still comes, up to a limit: a browser shows no answer while it is sending."""
        seen, more = 0, True
        try:
            async with asyncio.timeout(self.PATIENCE):
                while more and seen < self.DRAINED:
                    message = await receive()
                    seen += len(message.get("body", b""))
                    more = message.get("more_body", False)
        except TimeoutError:
            pass
        answer = self.answer(Request(scope), 413)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)
