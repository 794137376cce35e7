"""`access-log retention`: what is destroyed tonight and by which rule, what was, and which time is believed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from access_log import machine
from access_log.db import closing_engine, reading, transaction
from access_log.errors import SettingsError
from access_log.i18n import local_time
from access_log.models import RetentionClock, Site
from access_log.policy.actors import system
from access_log.policy.told.spoken import kept_words
from access_log.runtime import utc_now
from access_log.said import said_clearly
from access_log.services import policies, retention_ahead, retention_rows, retention_runs
from access_log.services.retention_ahead import Ahead
from access_log.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What is destroyed, when, and by which rule.")
SiteCode = Annotated[str, typer.Option("--site", help="the site's code, where there is more than one")]
SHOWN = 25


@app.command()
@said_clearly
def preview(
    site: SiteCode = "", every: Annotated[bool, typer.Option("--all", help="every item of tonight, not only the first")] = False
) -> None:
    """Say what will be destroyed by tomorrow morning and in the next thirty days, and why. Changes nothing."""
    with _site(site) as (session, row):
        now = utc_now()
        coming = retention_ahead.ahead(session, site=row, now=now)
        typer.echo(f"by {local_time(coming.morning, row.zone)}: {_counted(coming.tonight)}; held: {_counted(coming.held)}")
        for one in coming.listed[: None if every else SHOWN]:
            why = kept_words(one.promise.told, one.rule, "en")
            typer.echo(f"  {local_time(one.until, row.zone)}  visit {one.number:<10} {one.item.value:<9} {one.rule}: {why}")
        _more(coming, every)
        for day, counted in coming.days:
            typer.echo(f"{day}  {_counted(counted)}")
        _rules(session, row)


def _more(coming: Ahead, every: bool) -> None:
    shown = len(coming.listed) if every else min(SHOWN, len(coming.listed))
    if len(coming.listed) > shown:
        typer.echo(f"  ... and {len(coming.listed) - shown} more: --all")


def _rules(session: Session, site: Site) -> None:
    typer.echo("rules in force:")
    policy = policies.in_force(session, site)
    for name in ("name", "document", "reach", "unused", *dict.fromkeys(rule.field for rule in retention_rows.RULES)):
        floors = ", ".join(bound.id for bound in policy.floors(name))
        typer.echo(f"  {name:<16} {kept_words(policy, name, 'en')}{f' (floor: {floors})' if floors else ''}")


def _counted(counted: Counter[str]) -> str:
    parts = [f"{number} {name}" for name, number in sorted(counted.items()) if number]
    return f"{counted.total()} ({', '.join(parts)})" if parts else "nothing"


@app.command()
@said_clearly
def runs(site: SiteCode = "") -> None:
    """What was destroyed lately, hour by hour."""
    with _site(site) as (session, row):
        found = retention_runs.listed(session, row.id or 0)
        for run in found:
            begun, ended = local_time(run.begun_at, row.zone), local_time(run.ended_at, row.zone)
            typer.echo(
                f"{begun} - {ended}  {run.looks} looks  {_counted(Counter(run.erased))}{'  (clock in doubt)' if run.doubted else ''}"
            )
        if not found:
            typer.echo("nothing yet: the worker looks every ten minutes")


@app.command()
@said_clearly
def clock(
    trust: Annotated[bool, typer.Option("--trust", help="the clock is right: from now on what it says is believed")] = False,
    site: SiteCode = "",
) -> None:
    """Which time is believed by what destroys. A clock that leapt is not, until a time server or you say that it is right."""
    tick = machine.tick(utc_now)
    if trust:
        with closing_engine(Settings().url) as engine, transaction(engine) as session:
            retention_runs.trust(session, tick=tick, actor=system(_found(session, site).id or 0))
        typer.echo("believed from now on, and recorded")
        return
    with _site(site) as (session, row):
        held = retention_runs.clock(session)
        led = "a time server leads it" if tick.led else "no time server leads it (timedatectl set-ntp true)"
        typer.echo(f"the clock says {local_time(tick.wall, row.zone)}; {led}")
        typer.echo(_believed(held, row) if held else "no sweep has looked at it yet")


def _believed(held: RetentionClock, site: Site) -> str:
    said = f"believed at the last sweep: {local_time(held.believed_at, site.zone)}"
    if held.doubted is None:
        return said
    wall, waited = local_time(held.wall_at, site.zone), timedelta(seconds=int(held.doubted))
    return f"{said}; the clock said {wall}, in doubt for {waited}. If it is right: access-log retention clock --trust"


@contextmanager
def _site(code: str) -> Iterator[tuple[Session, Site]]:
    with closing_engine(Settings().url) as engine, reading(engine) as session:
        yield session, _found(session, code)


def _found(session: Session, code: str) -> Site:
    found = session.exec(select(Site).where(Site.code == code) if code else select(Site).order_by(col(Site.id)).limit(1)).first()
    if found is None:
        raise SettingsError(f"there is no site {code}" if code else "there is no site yet: access-log staff add makes the first")
    return found
