"""The visitor kiosk."""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from access_log.db import reading
from access_log.services import kiosks
from access_log.services.scan_values import ReadScan, ScanAnswer
from kiosk.lobby import answers, witness
from kiosk.lobby.batcher import Batcher, Told
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

    def tell(scans: Sequence[ReadScan], given: Sequence[ScanAnswer]) -> list[Told]:
        for site_id, customer_id in sorted({answer.concerns for answer in given if not answer.repeated}):
            state.live.publish(site_id, customer_id)
        with reading(state.engine) as session:
            return answers.painted(session, state, [(scan.kiosk_id, answer) for scan, answer in zip(scans, given, strict=True)])

    async def find_kiosk(credential: str) -> int | None:
        return await run_in_threadpool(_find, state, credential)

    app.state.known_kiosks = {}
    app.state.wrong_enrolments = {}
    app.state.find_kiosk = find_kiosk
    app.state.batcher = Batcher(state.engine, state.clock, tell)
    state.on_start.append(app.state.batcher.start)
    state.on_stop.append(app.state.batcher.stop)
    app.include_router(router)
    app.include_router(witness.router)
    return app


def _find(state: State, credential: str) -> int | None:
    with reading(state.engine) as session:
        found = kiosks.find(session, credential)
        return found.id if found else None
