"""Write one claimed report: read, render, seal outside any transaction; then publish everything in a single short one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from access_log.crypto.envelope import Sealed, seal
from access_log.crypto.ring import KeyRing, Purpose
from access_log.db import reading
from access_log.models import OutboxMessage, ReportFile, ReportRun, ReportSchedule, RunState, Site, Template
from access_log.policy.codes import EventType
from access_log.policy.periods import due_at
from access_log.services import events, policies
from reports.claim import Claimed, failed, owned, recipients
from reports.content import Report
from reports.gather import Asked, gather
from reports.page import page
from reports.paper import paper
from reports.proof import proof
from reports.short import resting
from reports.table import table

FORMATS: dict[str, Callable[[Report], bytes]] = {"html": page, "csv": table, "pdf": paper, "json": proof}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A sealed file and the size of what is in it."""

    format: str
    sealed: Sealed
    size: int


def write(engine: Engine, readers: Engine, ring: KeyRing, claimed: Claimed, clock: Callable[[], datetime]) -> bool:
    """Write the claimed report. Returns whether it was published by this process; whatever fails is tried again later."""
    try:
        report, files = _render(readers, ring, claimed, clock())
        with resting(engine) as session:
            return publish(session, claimed, report, files, now=clock())
    except Exception:
        with resting(engine) as session:
            failed(session, claimed, now=clock())
        raise


def _render(readers: Engine, ring: KeyRing, claimed: Claimed, now: datetime) -> tuple[Report, list[Rendered]]:
    with reading(readers) as session:
        run, schedule = session.get_one(ReportRun, claimed.run_id), session.get_one(ReportSchedule, claimed.schedule_id)
        asked = Asked(schedule.kind, run.site_id, schedule.language, run.period_from, run.period_until)
        report = gather(session, ring, asked, now=now)
    files = []
    for format_, render in FORMATS.items():
        body = render(report)
        sealed = seal(ring, purpose=Purpose.REPORT, subject=claimed.run_id, item=format_, plaintext=body)
        files.append(Rendered(format_, sealed, len(body)))
    return report, files


def publish(session: Session, claimed: Claimed, report: Report, files: list[Rendered], *, now: datetime) -> bool:
    """Files, state, letters and events in one transaction; nothing where the claim was lost meanwhile."""
    run = owned(session, claimed)
    if run is None:
        return False
    schedule, site = session.get_one(ReportSchedule, claimed.schedule_id), session.get_one(Site, run.site_id)
    for made in files:
        session.add(
            ReportFile(
                run_id=run.id,
                format=made.format,
                site_id=run.site_id,
                suite=made.sealed.suite,
                kek_version=made.sealed.kek_version,
                wrapped_key=made.sealed.wrapped_key,
                ciphertext=made.sealed.ciphertext,
                size=made.size,
            )
        )
    run.state, run.finished_at, run.notified_at, run.leased_until = RunState.DONE, now, now, None
    run.row_count, run.exception_count = len(report.lines), report.exceptions
    # Masked names are personal data: the files must not outlive the first name that stands in them.
    run.expires_at = due_at(policies.in_force(session, site), "report", run.period_from, site.zone)
    session.add(run)
    told = _tell(session, schedule, run, now)
    detail = {"run": str(run.id), "kind": schedule.kind.value, "visits": run.row_count, "exceptions": run.exception_count}
    detail |= {"until": run.period_until.isoformat(), "entries": report.frame.record_size}
    events.record(session, EventType.REPORT_GENERATED, site_id=run.site_id, now=now, detail=detail)
    events.record(session, EventType.REPORT_SENT, site_id=run.site_id, now=now, detail={"run": str(run.id), "staff": told})
    return True


def _tell(session: Session, schedule: ReportSchedule, run: ReportRun, now: datetime) -> list[int]:
    """Queue a letter to everybody it is for: a link, never the data. Returns their ids."""
    people = recipients(session, schedule)
    for person in people:
        session.add(
            OutboxMessage(
                site_id=run.site_id,
                template=Template.REPORT_READY,
                subject_id=person.subject_id,
                reference=str(run.id),
                language=person.language,
                due_at=now,
                created_at=now,
            )
        )
    return [person.id for person in people]
