"""The web process: four faces under one roof, by path prefix or by host name, and the few addresses they share."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from access_log.crypto.ring import KeyRing
from access_log.db import make_engine
from access_log.migrations import behind
from access_log.rings import fixed
from access_log.runtime import attach_ledger, live_ring, utc_now
from access_log.settings import Settings
from kiosk.console.face import make as make_console
from kiosk.lobby.face import make as make_lobby
from kiosk.portal.face import make as make_portal
from kiosk.start import router as start_router
from kiosk.visitor.face import make as make_visitor
from kiosk.web.faces import make_face, sealed_face
from kiosk.web.middleware import SecurityHeaders
from kiosk.web.policy import public
from kiosk.web.render import STATIC
from kiosk.web.state import State

FACES: dict[str, Callable[[State], FastAPI]] = {
    "lobby": make_lobby,
    "portal": make_portal,
    "console": make_console,
    "visitor": make_visitor,
}
PREFIXES = {"lobby": "/lobby", "portal": "/portal", "console": "/console", "visitor": "/visit"}


WORKER_CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""A worker's policy comes with its own script: the decoder compiles WebAssembly and loads it from here, nothing else."""


class ToFaces:
    """Hands a request to its face before anything else looks at it: by the face's own host name where it has one, else by its prefix."""

    SHARED = ("/static/", "/livez", "/readyz")

    def __init__(self, common: ASGIApp, hosts: dict[str, ASGIApp], mounts: Sequence[Mount]) -> None:
        self.common = common
        self.hosts = hosts
        self.mounts = {mount.path: mount for mount in mounts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._face(scope) if scope["type"] == "http" and not scope["path"].startswith(self.SHARED) else None
        await (app or self.common)(scope, receive, send)

    def _face(self, scope: Scope) -> ASGIApp | None:
        if self.hosts:
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").split(":")[0]
            if host in self.hosts:
                return self.hosts[host]
        mount = self.mounts.get("/" + scope["path"][1:].partition("/")[0])
        match, below = mount.matches(scope) if mount else (Match.NONE, {})
        if mount is None or match is not Match.FULL:
            return None
        scope.update(below)
        return mount.app


def make_app(
    settings: Settings, *, clock: Callable[[], datetime] = utc_now, engine: Engine | None = None, ring: KeyRing | None = None
) -> FastAPI:
    """The whole web application. Tests hand in a clock, an engine and a ring."""
    state = State(
        engine=engine or make_engine(settings.url), rings=fixed(ring) if ring else live_ring(settings), settings=settings, clock=clock
    )
    attach_ledger(state.engine, settings, state.ring)
    app = make_face("start", state, sessions=False)
    app.state.mount = ""
    app.router.lifespan_context = _lifespan(state, owns_engine=engine is None)
    app.include_router(start_router)
    app.include_router(_health(state))
    sealed_face(app)
    faces = {name: sealed_face(make(state)) for name, make in FACES.items()}
    app.state.faces = faces
    mounts = [Mount(PREFIXES[name], face) for name, face in faces.items()]
    app.router.routes.extend(mounts)
    app.mount("/static", SecurityHeaders(Files(directory=STATIC), csp=WORKER_CSP, permissions="camera=()", https=False))
    hosts: dict[str, ASGIApp] = {
        getattr(settings, f"{name}_host"): face for name, face in faces.items() if getattr(settings, f"{name}_host")
    }
    app.add_middleware(ToFaces, hosts=hosts, mounts=mounts)
    return app


class Files(StaticFiles):
    """Static files: an address with its content's hash may be kept for a year, another for five minutes."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """As Starlette, with Cache-Control."""
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed through unchanged
        scope: Scope = args[2] if len(args) > 2 else kwargs["scope"]  # type: ignore[assignment]
        hashed = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "public, max-age=300"
        return answer


def _lifespan(state: State, *, owns_engine: bool) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        state.start()
        try:
            yield
        finally:
            state.stop()
            if owns_engine:
                state.engine.dispose()

    return lifespan


def _health(state: State) -> APIRouter:
    routes = APIRouter()

    @routes.get("/livez", dependencies=[Depends(public())])
    def livez() -> Response:
        """The process answers. Open to everybody: says nothing else."""
        return JSONResponse({"live": True})

    @routes.get("/readyz", dependencies=[Depends(public())])
    def readyz(request: Request) -> Response:
        """The database answers and has today's schema. Open to everybody: says only yes or no."""
        del request
        try:
            with state.engine.connect().execution_options(readonly=True) as connection:
                connection.execute(text("select 1"))
            ready = not behind(state.engine)
        except SQLAlchemyError:
            ready = False
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    return routes
