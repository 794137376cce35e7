"""`access-log audit-pack`: the pack as a file."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, or_, select

from access_log.audit.export import export, wanted_of
from access_log.audit.pack import Pack, Progress
from access_log.audit.scope import Scope
from access_log.db import closing_engine, transaction
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import Customer, Site
from access_log.policy.actors import system
from access_log.runtime import open_ring, utc_now
from access_log.said import fail, said_clearly
from access_log.settings import Settings

DAY = ["%Y-%m-%d"]
SAID = {
    "ends_before_it_begins": "--to lies before --from",
    "longer_than_a_year": "at most 366 days in one pack",
    "nothing_sealed": "nothing is sealed yet",
    "record_damaged": "the record has a hole: access-log verify says where",
}


@said_clearly
def audit_pack(
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="first day, in the site's zone")],
    last: Annotated[datetime, typer.Option("--to", formats=DAY, help="last day")],
    out: Annotated[Path, typer.Option(help="the zip to write; it must not be there yet")],
    customer: Annotated[str, typer.Option(help="number, name or licence of one customer; all where left out")] = "",
    site: Annotated[str, typer.Option(help="code of the site, where there are several")] = "",
) -> None:
    """Write an auditor pack: visits side by side, with the record that proves them. Check it with access-log-verify."""
    settings = Settings()
    ring = open_ring(settings)
    if out.exists():
        fail(f"{out} is there already")
    with closing_engine(settings.url, pool_size=2) as engine:
        try:
            with transaction(engine) as session:
                chosen = _site(session, site)
                wanted = wanted_of(chosen, first.date(), last.date(), _customer(session, chosen, customer))
                scope = export(session, wanted, actor=system(wanted.site_id), now=utc_now())
            _write(Pack(engine, ring, scope, made_by="command line", now=utc_now()), out)
        except (RefusedInputError, ConflictError) as error:
            fail(SAID.get(error.code, error.code))
    _tell(out, scope)


def _site(session: Session, code: str) -> Site:
    found = session.exec(select(Site).order_by(col(Site.id))).all()
    chosen = [site for site in found if code in ("", site.code)]
    if len(chosen) != 1:
        fail(f"--site takes one of {', '.join(site.code for site in found)}" if found else "there is no site yet")
    return chosen[0]


def _customer(session: Session, site: Site, said: str) -> int | None:
    if not said:
        return None
    number = int(said) if said.isdigit() and len(said) < 10 else -1
    named = or_(col(Customer.id) == number, Customer.name == said, Customer.licence == said)
    found = session.exec(select(Customer).where(Customer.site_id == site.id, named).order_by(col(Customer.id))).all()
    if len(found) != 1:
        fail("no customer of this site has that number, name or licence")
    return found[0].id


def _write(pack: Pack, out: Path) -> None:
    """Beside its place first: a pack that is there is whole. Readable for its owner alone."""
    part = out.with_name(f"{out.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for progress in pack.pieces(file):
                _show(progress)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _show(progress: Progress) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{100 * progress.done // max(progress.of, 1)} %", nl=False, err=True)


def _tell(out: Path, scope: Scope) -> None:
    typer.echo(f"{out}: {scope.end - scope.begin} entries, {out.stat().st_size // 1024 + 1} KiB")
    typer.echo(f"check it: access-log-verify {out.name} --key record.key   (access-log record key > record.key)")
    typer.echo(f"it holds masked names: destroy it by {scope.destroy_by:%Y-%m-%d}")
