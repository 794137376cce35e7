"""The product as a site runs it: one command, real processes, a real database, a real mail server to send to."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy.engine import URL

from access_log.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


class Letters:
    """What the mail server took, newest last."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"

    def link(self, to: str, part: str) -> str:
        """The newest link with `part` in it that was sent to somebody; waits for it."""
        return wait_for(lambda: self._newest(to, part), f"a letter to {to}")

    def _newest(self, to: str, part: str) -> str:
        for letter in reversed(self.taken):
            found = re.search(rf"http://\S*{part}\S+", letter.get_content()) if to in str(letter["To"]) else None
            if found:
                return found.group(0)
        return ""


@dataclass
class Running:
    """A running site. `settings` open its database and rings from beside."""

    base: str
    enrolment: str
    letters: Letters
    settings: Settings


def wait_for(true: Any, what: str, seconds: float = 30) -> Any:
    """Ask again until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(database: URL, folder: Path) -> Iterator[Running]:
    """Everything that `access-log demo` starts, on a database of our own, sending its mail to a server on loopback."""
    letters = Letters()
    mail = Controller(letters, hostname="127.0.0.1", port=free_port())
    mail.start()
    port = free_port()
    url = database.render_as_string(hide_password=False)
    own = {
        "ACCESS_LOG_DATA_DIR": str(folder),
        "ACCESS_LOG_DATABASE_URL": url,
        "ACCESS_LOG_SMTP_URL": f"smtp://127.0.0.1:{mail.port}?tls=none",
    }
    said = folder / "said.txt"
    with said.open("wb") as out, (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "access_log.cli", "demo", "--port", str(port)],
            cwd=ROOT, env=os.environ | own, stdout=out, stderr=log, start_new_session=True,
        )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _ready(base), "the site", 60)
        found = re.search(r"enrolment code (\S+)", said.read_text(encoding="utf-8"))
        assert found is not None
        settings = Settings(data_dir=folder, database_url=url, demo=True)  # type: ignore[arg-type]
        yield Running(base, found.group(1), letters, settings)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        mail.stop()


def _ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
