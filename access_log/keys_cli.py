"""`access-log keys`: make the key ring, say how it stands, renew it now, take its copy where it is broken."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from access_log.crypto.ring import Key, KeyRing
from access_log.crypto.ring_file import create_key_file, damaged_of, load_ring, previous_of
from access_log.crypto.suites import Suite
from access_log.db import closing_engine, reading
from access_log.models import RatchetRun
from access_log.ratcheting import Ratchet
from access_log.runtime import init_rings, open_ring, protection_of, reports_file, ring_file, ring_path, utc_now
from access_log.said import said_clearly
from access_log.services import key_state
from access_log.services.key_state import KeyState
from access_log.settings import Settings
from access_log.suite_cli import LIMITS, migrate_suite
from access_log.words import HOLDS, KEY_ALARMS

app = typer.Typer(no_args_is_help=True, help="The key ring.")
app.command("migrate-suite")(migrate_suite)
KEEP = """do not copy it into backups: for as long as it exists, a copy opens whatever is erased after it was made. Put it into escrow.
Whoever has ring and database can read everything, whoever has neither can read nothing"""


@app.command("init")
@said_clearly
def init(
    make_key_file: Annotated[bool, typer.Option(help="also make the key file that ACCESS_LOG_KEY_FILE names")] = False,
) -> None:
    """Make the key ring, and the smaller one of the reports process. An existing ring is never overwritten."""
    settings = Settings()
    if make_key_file and settings.key_file is not None and not settings.key_file.exists():
        create_key_file(settings.key_file)
    ring = init_rings(settings, utc_now())
    typer.echo(f"made {ring_path(settings)} (suite {ring.suite.name.lower()}, fingerprint {ring.fingerprint()})")
    typer.echo(KEEP)
    if ring.suite is Suite.GM:
        typer.echo(LIMITS)


@app.command("status")
@said_clearly
def status() -> None:
    """Versions and ages of the keys, never the keys; how their renewal goes, and what stands in the way of destroying old ones."""
    settings, now = Settings(), utc_now()
    ring = open_ring(settings)
    typer.echo(f"{ring_path(settings)}  suite {ring.suite.name.lower()}  fingerprint {ring.fingerprint()}")
    for line in _keys(ring, now):
        typer.echo(line)
    try:
        with closing_engine(settings.url) as engine, reading(engine) as session:
            stray = ring_file(settings).has_stray_copy()
            state = key_state.look(session, ring, horizon=settings.horizon, stray_copy=stray, now=now)
    except SQLAlchemyError as error:
        typer.echo(f"the database cannot be asked how far the keys are renewed ({type(error).__name__}): access-log doctor")
        return
    for line in _state(state, settings):
        typer.echo(line)


def _keys(ring: KeyRing, now: datetime) -> Iterator[str]:
    for name, keys in groupby(ring.all_keys(), key=lambda key: key.name):
        held = list(keys)
        newest = held[-1]
        days = (now - newest.created_at).days
        yield f"  {name:<14} {_span(held):<18} newest made {newest.created_at:%Y-%m-%d}, {days} days ago"


def _span(keys: list[Key]) -> str:
    first, last = keys[0].version, keys[-1].version
    if first == last:
        return f"version {last}"
    return f"versions {first}-{last}" if len(keys) == last - first + 1 else f"{len(keys)} of {first}-{last}"


def _state(state: KeyState, settings: Settings) -> Iterator[str]:
    yield f"horizon: {settings.erasure_horizon_days} days; keys destroyed so far: {state.destroyed}; rows to be moved: {state.waiting}"
    yield f"last renewal: {_run(state.last, at_work=state.at_work)}"
    for alarm in state.alarms:
        yield f"ALARM  {KEY_ALARMS[alarm]}"
    for verdict in state.verdicts:
        if verdict.overdue:
            reasons = "; ".join(HOLDS[hold] for hold in verdict.holds)
            yield f"       {verdict.kek.purpose} {verdict.kek.version} of {verdict.kek.created_at:%Y-%m-%d}: {reasons}"


def _run(run: RatchetRun | None, *, at_work: bool) -> str:
    if run is None:
        return "none yet; the worker makes one every day"
    what = f"{run.made} keys made, {run.moved} rows moved, {run.destroyed} keys destroyed, longest lock {run.longest_ms} ms"
    if run.state == "running":
        return f"{run.started_at:%Y-%m-%d %H:%M} UTC, {'going on' if at_work else 'interrupted'}: {what}, {run.waiting} rows to go"
    return f"{run.started_at:%Y-%m-%d %H:%M} UTC, {run.state}{f' ({run.error})' if run.error else ''}: {what}"


@app.command("renew")
@said_clearly
def renew() -> None:
    """Do now what the worker does by itself: new keys where a day has passed, rows moved to them, old keys destroyed where they may be."""
    settings = Settings()
    with closing_engine(settings.url) as engine:
        run = Ratchet(engine, ring_file(settings), reports_file(settings), settings).turn()
    typer.echo("nothing is due, or another process is at it" if run is None else _run(run, at_work=False))


@app.command("restore-previous")
@said_clearly
def restore_previous(
    reports: Annotated[bool, typer.Option(help="the ring of the reports process instead of the main one")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Take the copy beside a ring that is lost or damaged. It is never used by itself, so that nobody goes on with it unawares."""
    settings = Settings()
    file = reports_file(settings) if reports else ring_file(settings)
    copy = load_ring(previous_of(file.path), protection_of(settings), file.access)
    typer.echo(f"{previous_of(file.path)}: fingerprint {copy.fingerprint()}")
    for line in _keys(copy, utc_now()):
        typer.echo(line)
    if not yes and not typer.confirm(f"Put it in the place of {file.path}?"):
        raise typer.Exit(1)
    file.restore_previous()
    typer.echo(f"{file.path} is the copy now. access-log doctor looks whether it opens what the database holds")
    if damaged_of(file.path).exists():
        typer.echo(f"what it replaced is {damaged_of(file.path)}: delete it once nothing is missed; until then no old key is destroyed")
