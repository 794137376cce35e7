"""`access-log`: run, set up and check an installation. Every message says what was done or how to mend what is wrong."""

import os
import threading
from contextlib import suppress
from importlib.metadata import entry_points
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, func, select

from access_log import bounces_cli, keys_cli, policy_cli, record_cli, retention_cli
from access_log import demo as demo_site
from access_log.audit import cli as audit_cli
from access_log.backup import cli as backup_cli
from access_log.backup.nightly import run_nightly
from access_log.crypto.codes import group_code
from access_log.crypto.ring import KeyRing
from access_log.db import closing_engine, reading, transaction
from access_log.doctor import examine
from access_log.errors import SettingsError
from access_log.listen import listening
from access_log.logs import set_up_logging
from access_log.migrations import ahead, behind, upgrade
from access_log.models import Kiosk, Site
from access_log.policy.actors import system
from access_log.policy.codes import Role
from access_log.ratcheting import Ratchet
from access_log.region import refuse_other_region
from access_log.runtime import attach_ledger, init_rings, live_ring, open_reports_ring, open_ring, ring_path, utc_now
from access_log.said import fail, said_clearly
from access_log.sealing import run_sealer
from access_log.services import accounts, kiosks, sites
from access_log.services import staff as staff_service
from access_log.settings import Settings
from access_log.supervisor import Supervisor, children
from access_log.verifying import run_verifier
from access_log.worker import run_worker

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The access register of a data centre.")
staff_app = typer.Typer(no_args_is_help=True, help="The operator's own people.")
kiosk_app = typer.Typer(no_args_is_help=True, help="Kiosks.")
app.add_typer(keys_cli.app, name="keys")
app.add_typer(staff_app, name="staff")
app.add_typer(kiosk_app, name="kiosk")
app.command()(record_cli.verify)
app.command()(bounces_cli.bounces)
app.add_typer(record_cli.app, name="record")
app.add_typer(policy_cli.app, name="policy")
app.command("audit-pack")(audit_cli.audit_pack)
app.add_typer(retention_cli.app, name="retention")
app.command()(backup_cli.backup)
app.command()(backup_cli.restore)
keys_cli.app.command()(backup_cli.escrow)
keys_cli.app.command()(backup_cli.recover)


@app.command()
@said_clearly
def serve(
    only: Annotated[str, typer.Option(help="web or reports; both where left out")] = "",
    port: Annotated[int | None, typer.Option(help="default: PORT or 8000")] = None,
) -> None:
    """Run the web and the reports process; stop both with Ctrl-C or SIGTERM."""
    if only not in ("", "web", "reports"):
        fail("--only takes web or reports")
    if port is not None:
        os.environ["PORT"] = str(port)
    settings = Settings()
    if only != "reports":
        _web_ready(settings)
    if only != "web":
        open_reports_ring(settings)
    raise typer.Exit(Supervisor(children(only or None), dict(os.environ)).run())


def _web_ready(settings: Settings) -> None:
    listening(settings.listen, settings.port).close()
    open_ring(settings)
    with closing_engine(settings.url) as engine:
        if ahead(engine):
            raise SettingsError("a newer version of the register has migrated the database: update the program")
        if behind(engine):
            raise SettingsError("the database is not migrated: access-log migrate")
        refuse_other_region(engine, settings)


@app.command()
@said_clearly
def worker() -> None:
    """Send the outbox, seal and check the record, renew the keys, apart from the web (which needs ACCESS_LOG_OUTBOX_IN_PROCESS=false)."""
    import signal

    set_up_logging()
    settings = Settings()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rings = live_ring(settings)
    with closing_engine(settings.url) as engine:
        with suppress(OperationalError):  # a database that cannot be reached yet is waited for
            refuse_other_region(engine, settings)
        beside = [threading.Thread(target=work, args=(engine, rings(), stop), name=work.__name__) for work in (run_sealer, run_verifier)]
        beside.append(threading.Thread(target=Ratchet.of(engine, settings, stop).run, name="ratchet"))
        nightly = threading.Thread(target=run_nightly, args=(engine, settings, stop), name="backups", daemon=True)
        nightly.start()  # one that is cut off at the end begins again
        for thread in beside:
            thread.start()
        try:
            run_worker(engine, rings, settings, stop)
        finally:
            stop.set()
            for thread in beside:
                thread.join()


@app.command()
@said_clearly
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = Settings()
    if settings.database_url is None:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing_engine(settings.url) as engine:
        upgrade(engine)
    print("the database is up to date")


@app.command()
@said_clearly
def demo(port: Annotated[int, typer.Option(help="where to serve")] = 8000) -> None:
    """Make a demo site with invented people where there is none, and serve it. For trying out, on this machine only."""
    os.environ["ACCESS_LOG_DEMO"] = "true"
    os.environ["PORT"] = str(port)
    settings = Settings()
    listening(settings.listen, settings.port).close()
    _say("preparing the database")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing_engine(settings.url) as engine:
        upgrade(engine)
        with reading(engine) as session:
            fresh = not demo_site.is_loaded(session)
        ring = open_ring(settings) if ring_path(settings).exists() or not fresh else init_rings(settings, utc_now())
        attach_ledger(engine, settings, ring)
        with transaction(engine) as session:
            if fresh:
                _say("inventing a site, its people and a fortnight of visits")
                code = demo_site.load(session, ring, utc_now())
            else:
                code = _new_code(session, ring)
    _welcome(settings, code, fresh=fresh)
    raise typer.Exit(Supervisor(children(), dict(os.environ)).run())


def _new_code(session: Session, ring: KeyRing) -> str:
    kiosk = session.exec(select(Kiosk).order_by(col(Kiosk.id)).limit(1)).one_or_none()
    if kiosk is None or not demo_site.is_ours(session):
        raise SettingsError(
            "this database holds another site than the demo's: access-log serve, or another ACCESS_LOG_DATA_DIR for the demo"
        )
    return kiosks.enrol_code(session, ring, kiosk=kiosk, now=utc_now())


def _say(text: str) -> None:
    print(f"== {text}", flush=True)


def _welcome(settings: Settings, code: str, *, fresh: bool) -> None:
    base = settings.base_url
    people = "\n".join(f"    {row.sign_in:<22} {row.what}" for row in demo_site.sign_ins())
    print(
        f"""
== the access register is starting on {base}/   (stop with Ctrl-C; {"new data" if fresh else "data kept"} in {settings.data_dir}/)

  kiosk      {base}/lobby/      enrolment code {group_code(code)} (once, 30 minutes)
  portal     {base}/portal/     customers' contacts
  console    {base}/console/    guards, reviewer, administrator
  visitor    {base}/inbox       the invitations that were mailed, with their links

  sign in as (password {demo_site.DEMO_PASSWORD}; the second factor of the moment stands on {base}/):
{people}

  Try first: open the console as 1001, and the kiosk in a second window. In the mail at {base}/inbox open the newest
  invitation, read the notice, and show its QR code to the camera or type its short code at the kiosk; then confirm the
  identity at the console.
""",
        flush=True,
    )


@staff_app.command("add")
@said_clearly
def staff_add(
    number: Annotated[str, typer.Option(help="staff number, with which they sign in")],
    name: Annotated[str, typer.Option(prompt=True)],
    mail: Annotated[str, typer.Option(prompt=True)],
    role: Annotated[Role, typer.Option()],
    site: Annotated[str, typer.Option(help="the site's code; made where there is none")] = "SITE1",
    site_name: Annotated[str, typer.Option(help="its name, where it is made")] = "数据中心",
    zone: Annotated[str, typer.Option(help="its time zone, where it is made")] = "Asia/Shanghai",
) -> None:
    """Add a member of staff and print the link with which they set their password. The first one is the administrator."""
    settings = Settings()
    ring = open_ring(settings)
    now = utc_now()
    with closing_engine(settings.url) as engine, transaction(engine) as session:
        row = session.exec(select(Site).where(Site.code == site)).one_or_none()
        new = row is None
        if row is None:
            row = sites.create(session, code=site, facts=sites.SiteFacts(site_name, site_name, zone), now=now)
        made = staff_service.add(
            session, ring, site_id=row.id or 0, number=number, name=name, mail=mail, role=role, language=settings.default_language,
            actor=system(row.id or 0), now=now,
        )  # fmt: skip
        link = settings.face_url("console", f"/account/{accounts.invitation_of(ring, made)}")
    if new:
        print(f"made the site {site}")
    print(f"added {number} ({role.value}). The link to set the password, good for 7 days:\n{link}")


@kiosk_app.command("enrol")
@said_clearly
def kiosk_enrol(
    code: Annotated[str, typer.Argument(help="the kiosk's code, such as K1")],
    site: Annotated[str, typer.Option(help="the site's code, where several have a kiosk of this code")] = "",
) -> None:
    """Print a new one-use enrolment code for a kiosk."""
    settings = Settings()
    ring = open_ring(settings)
    with closing_engine(settings.url) as engine, transaction(engine) as session:
        found = session.exec(
            select(Kiosk)
            .join(Site)
            .where(func.lower(Kiosk.code) == code.lower(), col(Site.code).in_([site] if site else select(Site.code)))
        ).all()
        if not found:
            raise SettingsError("there is no such kiosk: an administrator adds it in the console")
        if len(found) > 1:
            raise SettingsError("several sites have a kiosk of this code: say which by --site")
        made = kiosks.enrol_code(session, ring, kiosk=found[0], now=utc_now())
    print(f"on the device open {settings.face_url('lobby', '/')} and type {group_code(made)} within 30 minutes")


@app.command()
@said_clearly
def doctor(
    only: Annotated[str, typer.Option(help="web or reports, where each has a ring of its own; both where left out")] = "",
) -> None:
    """Check keys, database, clock, disk, mail and fonts, and say how to mend what is wrong."""
    if only not in ("", "web", "reports"):
        fail("--only takes web or reports")
    findings = examine(Settings(), only)
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'BAD '} {finding.what}{'' if finding.ok else chr(10) + '     mend: ' + finding.mend}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def main() -> None:
    """The command, with what other rooms add to it (the entry points `access_log.commands`)."""
    os.umask(0o077)  # what it writes is nobody else's
    for point in entry_points(group="access_log.commands"):
        app.add_typer(point.load(), name=point.name)
    app()


if __name__ == "__main__":
    main()
