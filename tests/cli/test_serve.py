"""`access-log serve` and `worker` as real processes: ready, kept alive, and nothing left when they end, however they end."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine
from sqlmodel import Session, select

from access_log.listen import listening
from access_log.models import OutboxMessage, SendState
from access_log.settings import Settings
from tests.cli.conftest import Run, said
from tests.cli.processes import free_port, running, status, wait_for


def gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def log_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_both_processes_serve_are_kept_alive_and_end_together(run: Run, installed: Settings, tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "serve", "--port", str(port)) as site:
        site.ready(port)
        assert status(port, "/livez") == 200
        assert status(port, "/console/") in (200, 303)
        (web,) = site.children("kiosk.serve")
        (reports,) = site.children("reports.serve")

        taken = f"port {port} on 127.0.0.1 is taken: stop what uses it, or set PORT to another one"
        assert said(run("serve", "--port", str(port))) == taken
        assert said(run("demo", "--port", str(port))) == taken
        assert status(port, "/livez") == 200

        reports.kill()
        wait_for(lambda: [one for one in site.children("reports.serve") if one.pid != reports.pid], "another reports process")
        assert site.children("kiosk.serve") == [web]
        assert "reports ended with status -9" in site.said

        children = site.children()
        assert site.stop() == 0
        assert gone(children)
    assert status(port, "/livez") == 0
    assert [line for line in log_lines(site.said) if line["level"] in ("error", "critical")] == []
    assert "Traceback" not in site.said


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("installed")
def test_a_killed_supervisor_leaves_no_process_behind(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "serve", "--port", str(port)) as site:
        site.ready(port)
        children = wait_for(lambda: site.children() if len(site.children()) == 2 else [], "both processes")
        wait_for(lambda: all(one.num_threads() > 1 for one in children), "their watch")
        site.stop(signal.SIGKILL)
        wait_for(lambda: gone(children), "the end of both", 20)
    assert status(port, "/livez") == 0


class Letters:
    """What the mail server took."""

    def __init__(self) -> None:
        self.to: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.to += envelope.rcpt_tos
        return "250 taken"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_worker_sends_what_waits_and_ends_when_told(run: Run, installed_engine: Engine, tmp_path: Path) -> None:
    run("staff", "add", "--number", "1001", "--name", "梅梅", "--mail", "mei@operator.example", "--role", "guard")
    letters = Letters()
    server = Controller(letters, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        with running(tmp_path, "worker", ACCESS_LOG_SMTP_URL=f"smtp://127.0.0.1:{server.port}?tls=none") as worker:
            wait_for(lambda: letters.to, "the letter")
            with Session(installed_engine) as session:
                wait_for(lambda: sent(session), "the note that it was sent")
            began = time.monotonic()
            assert worker.stop() == 0
            assert time.monotonic() - began < 10
    finally:
        server.stop()
    assert letters.to == ["mei@operator.example"]
    assert "mei@" not in worker.said
    assert "梅" not in worker.said


def sent(session: Session) -> bool:
    session.rollback()
    return session.exec(select(OutboxMessage.state)).one() is SendState.SENT


def test_an_address_of_another_machine_is_no_place_to_listen() -> None:
    for host, sentence in (("203.0.113.1", "set ACCESS_LOG_LISTEN to an address"), ("no address", "ACCESS_LOG_LISTEN is no address")):
        with pytest.raises(Exception, match=sentence):
            listening(host, 8000)
