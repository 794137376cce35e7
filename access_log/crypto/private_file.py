"""Files that nobody else may read: made, checked and put on the disk in one place."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from access_log.crypto.errors import RingPermissions


@dataclass(frozen=True, slots=True)
class Access:
    """The widest modes that are taken, and whose files: `owners` None means this process's user and root."""

    directory: int = 0o700
    file: int = 0o600
    owners: frozenset[int] | None = None


PRIVATE = Access()
"""The owner's alone: everything but the reports' ring where that process has a user of its own."""


def write_private(path: Path, data: bytes, access: Access = PRIVATE) -> None:
    """A new file that nobody else could open at any moment, on the disk before this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), access.file)
        file.flush()  # fsync knows nothing of Python's own buffer
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Put the names in a directory on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_private(path: Path, most: int, owners: frozenset[int] | None = None) -> None:
    """Raise RingPermissions where others may open `path`, with the command that mends it."""
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode) & 0o777  # set-group-id on a directory opens nothing, and chmod 0700 leaves it
    if mode & ~most:
        raise RingPermissions(f"{path} is open to others (mode {mode:04o}): chmod {most:04o} {path}")
    if found.st_uid not in (owners or {os.geteuid(), 0}):
        raise RingPermissions(f"{path} belongs to user {found.st_uid}: chown {os.geteuid()} {path}")
