"""`access-log reports`: for cron, and to see what there is."""

import typer
from sqlmodel import col, select

from access_log.db import closing_engine, reading
from access_log.i18n import local_time
from access_log.models import ReportRun, ReportSchedule, Site
from access_log.runtime import open_reports_ring, utc_now
from access_log.said import said_clearly
from access_log.settings import Settings
from reports.run import purge
from reports.run import run_due as write_due

app = typer.Typer(no_args_is_help=True, help="Scheduled access reports.")


@app.command("run-due")
@said_clearly
def run_due() -> None:
    """Write the reports that are due now and announce them, then end. Safe to run from cron beside the reports process."""
    settings = Settings()
    ring = open_reports_ring(settings)
    with closing_engine(settings.reports_url, pool_size=1) as engine, closing_engine(settings.reports_url, pool_size=1) as readers:
        written, broken = write_due(engine, readers, ring, utc_now)
        purge(engine, now=utc_now())
    print(f"reports written: {written}" + (f", failed: {broken} (tried again later)" if broken else ""))
    raise typer.Exit(1 if broken else 0)


@app.command("list")
@said_clearly
def list_runs() -> None:
    """The newest reports: period, state, visits, exceptions. No names."""
    with closing_engine(Settings().reports_url) as engine, reading(engine) as session:
        of = select(ReportRun, ReportSchedule.kind, Site.zone).select_from(ReportRun)
        of = of.join(ReportSchedule, col(ReportSchedule.id) == ReportRun.schedule_id).join(Site, col(Site.id) == ReportRun.site_id)
        rows = session.exec(of.order_by(col(ReportRun.slot).desc()).limit(40)).all()
    for run, kind, zone in rows:
        period = f"{local_time(run.period_from, zone)[:10]} – {local_time(run.period_until, zone)[:10]}"
        print(f"{run.id}  {kind:<15} {period}  {run.state.value:<8} visits {run.row_count:<5} to look at {run.exception_count}")
    if not rows:
        print("no reports yet")
