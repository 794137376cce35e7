"""`access-log keys migrate-suite`: from now on seal in the suite that the settings name; move what is there while the register runs."""

from typing import Annotated

import typer
from sqlalchemy import Engine

from access_log.crypto.suites import Suite, suite_named
from access_log.db import closing_engine, reading
from access_log.models import RatchetRun
from access_log.ratcheting import Ratchet
from access_log.runtime import open_ring, reports_file, ring_file, ring_path
from access_log.said import fail, said_clearly
from access_log.services import ratchet
from access_log.settings import Settings

LIMITS = """gm is SM4-GCM and HMAC-SM3 as the Python package cryptography (OpenSSL) computes them, in software. It does not cover:
  - passes (QR) and the record's checkpoints: signed with Ed25519, not SM2; entries of the record and digests of passes: SHA-256
  - the key ring's own file and backups: AES-256-GCM and X25519; passwords: argon2id; one-time codes: SHA-1; TLS: whatever the proxy has
No part is a certified cryptographic module (GM/T 0028), and the keys are in this machine's memory. For GB/T 39786 an installation still
needs: such a module for keys and signatures, SM2 in place of Ed25519, TLCP (GB/T 38636) at the proxy and to the database, certified
means of signing in, rules for the keys and their holders, and the assessment itself (docs/production.md says more).
国密算法实现，未经商用密码产品认证，不能单独作为密评符合依据。
通行码和防篡改记录的签名用 Ed25519（非 SM2），记录条目用 SHA-256，密钥环文件和备份用 AES-256-GCM、X25519，
口令用 argon2id，TLS 由代理决定。"""
"""What has to be known by whoever switches `gm` on."""


@said_clearly
def migrate_suite(
    yes: Annotated[bool, typer.Option("--yes", help="do not ask; you have read what gm does not cover")] = False,
) -> None:
    """Seal in the suite that ACCESS_LOG_SUITE names from now on, and move what is there to it while the register runs. Stop it anywhere:
    the worker goes on by itself, and so does this command."""
    settings = Settings()
    wanted, ring = suite_named(settings.suite), open_ring(settings)
    new, old = wanted.name.lower(), ring.suite.name.lower()
    if ring.suite is not wanted:
        typer.echo(f"{ring_path(settings)}: from {old} to {new}. New keys are made, and everything new is sealed in {new} at once.")
        typer.echo(f"What is sealed in {old} can be read all the while, and is moved in short batches.")
        if wanted is Suite.GM:
            typer.echo(LIMITS)
        if not yes and not typer.confirm(f"Change to {new}?"):
            raise typer.Exit(1)
    with closing_engine(settings.url) as engine:
        work = Ratchet(engine, ring_file(settings), reports_file(settings), settings, told=_progress)
        if not work.switch(wanted):
            fail("another process is changing the keys: try again in a minute; access-log keys status says how far it is")
        try:
            run = work.turn()
        except KeyboardInterrupt:
            typer.echo("stopped; the worker goes on within ten minutes, and so does this command when it is called again")
            raise typer.Exit(130) from None
        left = _left(engine, settings)
    moved = f"{run.moved:,} rows moved, longest lock {run.longest_ms} ms. " if run is not None else ""
    if left:
        typer.echo(f"{moved}{left:,} rows are still to be moved; access-log keys status says why")
        raise typer.Exit(1)
    typer.echo(f"{moved}Everything is sealed in {new}; the keys of before go when they are older than the horizon")


def _progress(run: RatchetRun) -> None:
    typer.echo(f"  {run.moved:,} rows moved, {run.waiting:,} to go")


def _left(engine: Engine, settings: Settings) -> int:
    with reading(engine) as session:
        return ratchet.left_to_move(session, open_ring(settings))
