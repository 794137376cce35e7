"""`access-log backup`, `access-log restore`, and the two commands of the recovery key."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from access_log.backup import make as making
from access_log.backup import recovery
from access_log.backup import restore as restoring
from access_log.backup.target import target_of
from access_log.crypto.checkpoint import LogKeys
from access_log.crypto.private_file import write_private
from access_log.crypto.sealed_stream import recovery_name
from access_log.db import closing_engine
from access_log.errors import SettingsError
from access_log.migrations import behind
from access_log.runtime import attach_ledger, open_ring, utc_now
from access_log.said import fail, said_clearly
from access_log.sealing import seal_all
from access_log.services.record_check import RecordCheck
from access_log.settings import Settings

ShareFiles = Annotated[list[Path] | None, typer.Option("--share", help="a file with one share; give it twice. Asked for where left out")]


@said_clearly
def backup() -> None:
    """Make a backup now, sealed to the recovery key, while the register runs."""
    settings = Settings()
    target = target_of(settings)
    ring = open_ring(settings)
    with closing_engine(settings.url, pool_size=2) as engine:
        if behind(engine):
            raise SettingsError("the database is not migrated: access-log migrate")
        attach_ledger(engine, settings, ring)
        run = making.make(engine, ring, settings, target, utc_now, _progress)
    _end_progress()
    print(f"made {making.name_of(run)}: {run.size} bytes, read back and whole; record of {run.record_size} entries")


@said_clearly
def restore(
    file: Annotated[Path, typer.Argument(help="the .backup file")],
    share: ShareFiles = None,
    verify: Annotated[bool, typer.Option(help="read the whole record again afterwards")] = True,
    only_check: Annotated[bool, typer.Option("--check", help="only read the backup and say whether it is whole")] = False,
) -> None:
    """Put a backup into an empty database; erases again whoever was erased since, before anybody is served."""
    settings = Settings()
    key = _key(share)
    print(f"reading {file.name}", flush=True)
    head = restoring.check(file, key, _progress)
    _end_progress()
    print(f"it is whole: made {head.made_at}, schema {head.revision}, record of {head.record_size} entries")
    if only_check:
        return
    ring = open_ring(settings)
    if settings.database_url is None:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing_engine(settings.url, pool_size=2) as engine:
        attach_ledger(engine, settings, ring)
        done = restoring.restore(engine, ring, file, key, utc_now, _progress)
        _end_progress()
        _say_restored(done)
        seal_all(engine, ring, utc_now())
        if verify:
            check = RecordCheck(engine, LogKeys.of(ring), now=utc_now(), known=[])
            for _progressed in check.pieces():
                pass
            print("the record is whole" if check.result.whole else "THE RECORD IS NOT WHOLE: access-log verify says where")
            raise typer.Exit(0 if check.result.whole else 1)


def _say_restored(done: restoring.Restored) -> None:
    print(f"{done.rows} rows are back; {done.erased_again} erasures since the backup were carried out again")
    if done.lost:
        counts = ", ".join(f"{purpose} {count}" for purpose, count in done.lost.items())
        print(
            f"The backup is older than the erasure horizon: {counts} cannot be opened by anybody any more and are deleted. Events and "
            "times are all there. Whoever can no longer sign in is added again: access-log staff add"
        )
    print("kiosks that saw a newer record than this one will say so: that is right, compare them with access-log verify")


@said_clearly
def escrow(
    new: Annotated[bool, typer.Option("--new", help="replace the recovery key, because a holder of a share left")] = False,
    check: Annotated[bool, typer.Option("--check", help="only try whether two shares make the recovery key")] = False,
    share: ShareFiles = None,
    to: Annotated[list[Path] | None, typer.Option("--to", help="a new file for one share; give it three times")] = None,
) -> None:
    """Make the recovery key that backups are sealed to, and hand out its three shares; any two of them open a backup."""
    settings = Settings()
    if check:
        wanted = recovery_name(recovery.recovery_key(settings))
        if recovery_name(_key(share).public_key()) != wanted:
            fail(f"these shares make another recovery key than the one in use ({wanted})")
        print(f"these shares make the recovery key in use ({wanted})")
        return
    open_ring(settings)
    if recovery.has_recovery_key(settings) and not new:
        fail(
            "there is a recovery key already; --new replaces it: its shares then open new backups only, keep the old ones as long as theirs"
        )
    if to and (len(to) != 3 or any(path.exists() for path in to)):
        fail("--to takes three files that are not there yet")
    name, words = recovery.new_shares(settings)
    for number, (path, text) in enumerate(zip(to or (None, None, None), words, strict=True), start=1):
        _hand_out(name, number, text, path)
    print(f"recovery key {name}: give each share to another person. Two of them open every backup from now on; this machine keeps none.")
    print("try two of them now: access-log keys escrow --check. Then: access-log backup")


def _hand_out(name: str, number: int, text: str, path: Path | None) -> None:
    if path is None:
        print(f"\nshare {number} of 3, recovery key {name}\n\n  {text}\n")
        return
    write_private(path, f"{text}\n".encode())
    print(f"share {number} is in {path}")


@said_clearly
def recover(file: Annotated[Path, typer.Argument(help="the .keys file beside a backup")], share: ShareFiles = None) -> None:
    """Put the key ring back from its sealed copy, and the ledger of erasures where none is there. Never overwrites a ring."""
    settings = Settings()
    ring, ledger = recovery.recover(settings, file, _key(share))
    print(f"the key ring is back: suite {ring.suite.name.lower()}, fingerprint {ring.fingerprint()}")
    print("the ledger of erasures is back, too" if ledger else "the ledger of erasures that was there was kept")


def _key(files: list[Path] | None) -> X25519PrivateKey:
    typed = [] if files else [typer.prompt(f"share {number}", hide_input=True) for number in (1, 2)]
    return recovery.joined_key(files or [], typed)


def _progress(table: str, rows: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r\033[K{table} {rows}", nl=False, err=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        typer.echo("\r\033[K", nl=False, err=True)
