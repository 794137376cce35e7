"""`access-log reports`: for cron, and to see what there is; never a name."""

from datetime import timedelta

from sqlalchemy import Engine

from access_log.crypto.ring import KeyRing
from access_log.db import transaction
from access_log.models import ReportKind, ReportSchedule
from access_log.runtime import utc_now
from tests.cast import make_cast
from tests.cli.conftest import Run


def test_due_reports_are_written_once_and_listed_without_names(run: Run, installed_engine: Engine, ring: KeyRing) -> None:
    assert run("reports", "list").output == "no reports yet\n"
    assert run("reports", "run-due").output == "reports written: 0\n"
    with transaction(installed_engine) as session:
        cast = make_cast(session, ring)
        from_at = utc_now() - timedelta(days=2)
        session.add(ReportSchedule(site_id=cast.site.id or 0, kind=ReportKind.ACCESS_DAILY, from_at=from_at, created_at=from_at))
    first = run("reports", "run-due")
    assert first.exit_code == 0
    assert first.output in ("reports written: 1\n", "reports written: 2\n")
    assert run("reports", "run-due").output == "reports written: 0\n"
    listed = run("reports", "list").output
    assert f"{listed.count('access_daily')}" == first.output.split()[-1]
    assert "ready" in listed or "done" in listed or "published" in listed
    for name in ("魏", "Wei", "Ana"):
        assert name not in listed
