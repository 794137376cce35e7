"""The visitor kiosk."""

from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from access_log.db import reading
from access_log.services import kiosks
from access_log.services.scan_values import ScanAnswer
from kiosk.lobby.batcher import Batcher
from kiosk.lobby.routes import router
from kiosk.web.faces import make_face
from kiosk.web.state import State

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kiosk-url"
)


def make(state: State) -> FastAPI:
    """The lobby with its batcher."""
    app = make_face("lobby", state, csp=CSP, permissions="camera=(self)", body_limit=32 * 1024, sessions=False, door="/")

    def committed(answers: Iterable[ScanAnswer]) -> None:
        if any(not answer.repeated for answer in answers):
            state.live.publish_all()

    async def find_kiosk(credential: str) -> int | None:
        return await run_in_threadpool(_find, state, credential)

    app.state.known_kiosks = {}
    app.state.wrong_enrolments = {}
    app.state.find_kiosk = find_kiosk
    app.state.batcher = Batcher(state.engine, state.clock, committed)
    state.on_start.append(app.state.batcher.start)
    state.on_stop.append(app.state.batcher.stop)
    app.include_router(router)
    return app


def _find(state: State, credential: str) -> int | None:
    with reading(state.engine) as session:
        found = kiosks.find(session, credential)
        return found.id if found else None
