"""A backup to a real SFTP server: only to the one whose host key is known, and told in a sentence where it does not work."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from access_log.backup.make import make, name_of
from access_log.backup.restore import check
from access_log.backup.target import PART, SftpTarget, sweep_parts, target_of
from access_log.errors import BackupError, SettingsError
from access_log.settings import Settings
from tests.backup.conftest import Site


class Server:
    """An SFTP server on loopback, with one user's key, serving one folder."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder, self.keys, self.port = folder, keys, 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        def only_here(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
            return asyncssh.SFTPServer(channel, chroot=str(self.folder))

        self._server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[str(self.keys / "host")], authorized_client_keys=str(self.keys / "user.pub"),
            sftp_factory=only_here,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        async def end() -> None:
            self._server.close()
            await self._server.wait_closed()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    keys = tmp_path / "ssh"
    keys.mkdir()
    (tmp_path / "remote" / "backups").mkdir(parents=True)
    for name in ("host", "user", "stranger"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(keys / name))
        key.write_public_key(str(keys / f"{name}.pub"))
    with Server(tmp_path / "remote", keys) as made:
        host = (keys / "host.pub").read_text(encoding="ascii").split()
        (keys / "known_hosts").write_text(f"[127.0.0.1]:{made.port} {host[0]} {host[1]}\n", encoding="ascii")
        yield made


def target(server: Server, site: Site, *, key: str = "user", known: str = "known_hosts", path: str = "/backups") -> SftpTarget:
    return SftpTarget(f"sftp://register@127.0.0.1:{server.port}{path}", server.keys / key, server.keys / known, site.settings.data_dir)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_backup_lies_whole_on_the_server_and_nothing_stays_here(site: Site, server: Server) -> None:
    there = target(server, site)
    run = make(site.engine, site.ring, site.settings, there, site.clock)
    assert run.target == "sftp"
    check(server.folder / "backups" / name_of(run), site.key)
    assert sorted(Path(name).suffix for name in there.names()) == [".backup", ".keys"]
    assert list(there.spool().iterdir()) == []
    (server.folder / "backups" / f"x{PART}").write_bytes(b"half")
    sweep_parts(there)
    there.remove(name_of(run))
    there.remove("never-was-there")
    assert [Path(name).suffix for name in there.names()] == [".keys"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_unknown_server_a_wrong_key_and_a_missing_folder_are_told(site: Site, server: Server, tmp_path: Path) -> None:
    (server.keys / "nobody").write_text("", encoding="ascii")
    for wrong in (target(server, site, known="nobody"), target(server, site, key="stranger"), target(server, site, path="/elsewhere")):
        with pytest.raises(BackupError, match="backup server cannot be used"):
            make(site.engine, site.ring, site.settings, wrong, site.clock)
        assert list(wrong.spool().iterdir()) == []
    assert list((server.folder / "backups").iterdir()) == []


def test_an_address_without_user_path_or_keys_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for address in ("sftp://host/path", "sftp://user@host", "sftp://user:secret@host/path", "sftp://user@host/path"):
        monkeypatch.setenv("ACCESS_LOG_BACKUP_TO", address)
        with pytest.raises(SettingsError):
            target_of(Settings())
    monkeypatch.setenv("ACCESS_LOG_BACKUP_TO", "")
    with pytest.raises(SettingsError, match="nowhere to put backups"):
        target_of(Settings())
