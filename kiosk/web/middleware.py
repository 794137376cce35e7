"""Pure ASGI: headers on every answer, errors included; a limit on every body; one log line a request; an answer to what nobody caught."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("kiosk.requests")
REQUEST_ID = "access_log.request"
QUIET = ("/static/", "/livez", "/readyz")


class SecurityHeaders:
    """Content Security Policy and the rest. A handler that sets one of them itself keeps its own.

    HEAD is answered as GET: mail scanners and link previews ask so, and the server drops the body.
    """

    def __init__(self, app: ASGIApp, *, csp: str, permissions: str, https: bool) -> None:
        self.app = app
        headers = {
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
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _value in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in self.headers if pair[0] not in own)]
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
    """Takes a body in whole before anything else begins, so that no transaction waits for a slow sender.

    413 above `limit` bytes; paths that end in `/upload` take up to 3 MB, a few at a time. 408 for a body that does not come to its end.
    """

    UPLOAD = 3 * 1024 * 1024
    UPLOADS_AT_ONCE = 16
    DRAINED = 16 * 1024 * 1024
    DRAIN_PATIENCE = 10.0
    PATIENCE = 20.0
    UPLOAD_PATIENCE = 60.0

    def __init__(self, app: ASGIApp, *, limit: int, answer: Callable[[Request, int], Response]) -> None:
        self.app = app
        self.limit = limit
        self.answer = answer
        self.uploads = asyncio.Semaphore(self.UPLOADS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            await self.app(scope, receive, send)
            return
        upload = scope["path"].endswith("/upload")
        limit = self.UPLOAD if upload else self.limit
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await self._refuse(scope, receive, send)
            return
        async with self.uploads if upload else contextlib.nullcontext():
            try:
                async with asyncio.timeout(self.UPLOAD_PATIENCE if upload else self.PATIENCE):
                    body = await _taken_in(receive, limit)
            except TimeoutError:
                await self._end(408, scope, receive, send)
                return
            if body is None:
                await self._refuse(scope, receive, send)
                return
            await self.app(scope, _again(body, receive), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in what still comes, up to a limit: a browser shows no answer while it is sending."""
        seen, more = 0, True
        try:
            async with asyncio.timeout(self.DRAIN_PATIENCE):
                while more and seen < self.DRAINED:
                    message = await receive()
                    seen += len(message.get("body", b""))
                    more = message.get("more_body", False)
        except TimeoutError:
            pass
        await self._end(413, scope, receive, send)

    async def _end(self, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answer(Request(scope), status)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


async def _taken_in(receive: Receive, limit: int) -> list[bytes] | None:
    """The whole body in memory, or None where it is longer than `limit`. Raises ClientDisconnect."""
    chunks: list[bytes] = []
    seen, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        seen += len(chunks[-1])
        more = message.get("more_body", False)
        if seen > limit:
            return None
    return chunks


def _again(body: list[bytes], receive: Receive) -> Receive:
    """The body as if it came now; what comes after it (the end of the connection) is waited for."""
    chunks = iter(range(len(body)))

    async def received() -> Message:
        place = next(chunks, None)
        if place is None:
            return await receive()
        return {"type": "http.request", "body": body[place], "more_body": place + 1 < len(body)}

    return received
