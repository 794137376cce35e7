"""`python -m kiosk.serve`: the web process. One process, many threads; stops gracefully on SIGTERM."""

import logging
import socket
import threading
from typing import Any

import uvicorn
from fastapi import FastAPI

from access_log.backup.nightly import run_nightly
from access_log.listen import listening
from access_log.logs import set_up_logging
from access_log.ratcheting import Ratchet
from access_log.said import logged_clearly
from access_log.sealing import run_sealer
from access_log.settings import Settings
from access_log.supervisor import end_with_supervisor
from access_log.verifying import run_verifier
from access_log.worker import run_worker
from kiosk.app import make_app
from kiosk.web.notify import Neighbours
from kiosk.web.state import State

GRACE = 10
"""Seconds for requests under way when the process is told to stop."""


@logged_clearly
def main() -> None:
    """Serve until told to stop. The demo and small sites send their mail and seal their record from here as well."""
    set_up_logging()
    end_with_supervisor()
    settings = Settings()
    app = make_app(settings)
    join_neighbours(app.state.register)
    if settings.outbox_in_process:
        _work_beside(app.state.register)
    server = Server(
        app,
        app.state.register,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=1000,
    )
    server.run(sockets=[listening(settings.listen, settings.port)])
    if not server.started:
        raise SystemExit(1)


class Server(uvicorn.Server):
    """Ends the open streams as soon as it is told to stop: it waits for its connections before it tells the application."""

    def __init__(self, app: FastAPI, state: State, **options: Any) -> None:
        super().__init__(uvicorn.Config(app, access_log=False, log_config=None, server_header=False, **options))
        self._state = state

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn, without its streams."""
        self._state.live.close()
        await super().shutdown(sockets)


def join_neighbours(state: State) -> None:
    """Other web processes on the same PostgreSQL change what this one shows; SQLite has one process and no need of it."""
    if state.engine.dialect.name != "postgresql":
        return

    def heard(site_id: int, customer_id: int) -> None:
        state.forget_zone()
        state.live.wake(site_id, customer_id)

    neighbours = Neighbours(state.engine, heard)
    state.live.relay = neighbours.tell
    state.on_start.append(neighbours.start)
    state.on_stop.append(neighbours.stop)


def _work_beside(state: State) -> None:
    """What `access-log worker` does, in threads of this process: outbox, the record's sealer and daily check, renewal of the keys."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=run_worker, args=(state.engine, state.rings, state.settings, stop), name="outbox", daemon=True),
        threading.Thread(target=run_sealer, args=(state.engine, state.ring, stop), name="sealer", daemon=True),
        threading.Thread(
            target=run_verifier, args=(state.engine, state.ring, stop, state.clock, state.live.publish_all), name="verifier", daemon=True
        ),
        threading.Thread(target=Ratchet.of(state.engine, state.settings, stop).run, name="ratchet", daemon=True),
        threading.Thread(target=run_nightly, args=(state.engine, state.settings, stop), name="backups", daemon=True),
    ]

    def end() -> None:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)

    state.on_start += [thread.start for thread in threads]
    state.on_stop.append(end)


if __name__ == "__main__":
    logging.captureWarnings(True)
    main()
