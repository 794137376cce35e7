"""Where backups go: a directory (a mounted NAS), or a server that speaks SFTP. Names say when, never what or whose."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from access_log.crypto.private_file import sync_directory
from access_log.errors import BackupError, SettingsError
from access_log.settings import Settings

if TYPE_CHECKING:
    from asyncssh import SFTPClient

PART = ".part"
CHUNK = 1024 * 1024
Done = TypeVar("Done")


class Target(Protocol):
    """A place for files. `spool` is where a file is written before `put` moves it there under its name."""

    kind: str

    def spool(self) -> Path: ...
    def put(self, part: Path, name: str) -> None: ...
    def digest(self, name: str) -> str: ...
    def names(self) -> list[str]: ...
    def remove(self, name: str) -> None: ...


def target_of(settings: Settings) -> Target:
    """The target of the settings. Raises SettingsError where none is set or it cannot be understood."""
    place = settings.backup_to
    if not place:
        raise SettingsError("there is nowhere to put backups: set ACCESS_LOG_BACKUP_TO to a directory or to sftp://user@host/path")
    if place.startswith("sftp://"):
        return SftpTarget(place, settings.backup_ssh_key_file, settings.backup_known_hosts_file, settings.data_dir)
    return DirectoryTarget(Path(place))


class DirectoryTarget:
    """A directory. It must be there already: a NAS that is not mounted must not turn into a directory on this disk."""

    kind = "directory"

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise BackupError(f"{path} is not there: make the directory, or mount the disk it lies on")
        self.path = path

    def spool(self) -> Path:
        """The same directory, so that moving is one step."""
        return self.path

    def put(self, part: Path, name: str) -> None:
        """Give the written file its name."""
        part.rename(self.path / name)
        sync_directory(self.path)

    def digest(self, name: str) -> str:
        """SHA-256 of a file as it lies there, read again."""
        with (self.path / name).open("rb") as file:
            if hasattr(os, "posix_fadvise"):  # from the disk, as far as the system lets us
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return hashlib.file_digest(file, "sha256").hexdigest()

    def names(self) -> list[str]:
        """Every file there."""
        return sorted(path.name for path in self.path.iterdir() if path.is_file())

    def remove(self, name: str) -> None:
        """Delete a file."""
        (self.path / name).unlink(missing_ok=True)


class SftpTarget:
    """A directory on a server whose host key is known beforehand: a backup never goes to whoever answers."""

    kind = "sftp"

    def __init__(self, address: str, key: Path | None, known_hosts: Path | None, data_dir: Path) -> None:
        parts = urlsplit(address)
        if not parts.hostname or not parts.username or parts.password or len(parts.path) < 2:
            raise SettingsError("ACCESS_LOG_BACKUP_TO: sftp://user@host/path is needed, without a password")
        if key is None or known_hosts is None:
            raise SettingsError("SFTP needs ACCESS_LOG_BACKUP_SSH_KEY_FILE and ACCESS_LOG_BACKUP_KNOWN_HOSTS_FILE (ssh-keyscan writes one)")
        self._host, self._port, self._user = parts.hostname, parts.port or 22, parts.username
        self._key, self._known, self._data_dir = str(key), str(known_hosts), data_dir
        self._path = unquote(parts.path).removeprefix("/~/")

    def spool(self) -> Path:
        """A directory of the data directory: what lies there is sealed already."""
        path = self._data_dir / "backup-spool"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def put(self, part: Path, name: str) -> None:
        """Send the file, then give it its name."""

        async def act(sftp: "SFTPClient") -> None:
            await sftp.put(str(part), self._at(name + PART))
            await sftp.posix_rename(self._at(name + PART), self._at(name))

        self._run(act)
        part.unlink()

    def digest(self, name: str) -> str:
        """SHA-256 of the file, fetched again."""

        async def act(sftp: "SFTPClient") -> str:
            hashed = hashlib.sha256()
            async with await sftp.open(self._at(name), "rb") as file:
                while data := await file.read(CHUNK):
                    hashed.update(data if isinstance(data, bytes) else data.encode())
            return hashed.hexdigest()

        return self._run(act)

    def names(self) -> list[str]:
        """Every file there."""

        async def act(sftp: "SFTPClient") -> list[str]:
            return sorted(str(name) for name in await sftp.listdir(self._path) if name not in (".", ".."))

        return self._run(act)

    def remove(self, name: str) -> None:
        """Delete a file."""

        async def act(sftp: "SFTPClient") -> None:
            if await sftp.exists(self._at(name)):
                await sftp.remove(self._at(name))

        self._run(act)

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    def _run(self, act: "Callable[[SFTPClient], Awaitable[Done]]") -> Done:
        import asyncssh

        async def connected() -> Done:
            options = {"username": self._user, "client_keys": [self._key], "known_hosts": self._known, "config": None}
            async with asyncssh.connect(self._host, self._port, **options) as connection, connection.start_sftp_client() as sftp:
                return await act(sftp)

        try:
            return asyncio.run(connected())
        except (asyncssh.Error, OSError) as error:
            raise BackupError(f"the backup server cannot be used: {type(error).__name__}") from None


def sweep_parts(target: Target) -> None:
    """Remove what an interrupted backup left half-written."""
    for name in target.names():
        if name.endswith(PART):
            target.remove(name)
    for path in _parts(target.spool()):
        path.unlink(missing_ok=True)


def _parts(folder: Path) -> Iterable[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(PART)]


def room_for(folder: Path, wanted: int) -> None:
    """Raise BackupError where a disk has less free than `wanted` bytes: better told before than in the middle."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise BackupError(f"{folder} has {free // 2**20} MiB free; a backup needs about {wanted // 2**20} MiB")
