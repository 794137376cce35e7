"""The scan path: any number of scans decided and recorded in one transaction, with a fixed number of statements.

Set-based on purpose (docs/adr/0014): the same work through ORM objects costs five to ten times the processor time.
The web hands over whatever is waiting, so that simultaneous scans share one commit.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from access_log.crypto.codes import code_digest, normalise_code
from access_log.crypto.pass_token import digest, read_pass
from access_log.crypto.ring import KeyRing
from access_log.policy.codes import Outcome
from access_log.policy.entry import PassFacts, ScanFacts, decide_scan
from access_log.services.scan_reads import Known, PassRow, load
from access_log.services.scan_rows import Batch, store
from access_log.services.scan_values import ReadScan, ScanAnswer


def read_code(ring: KeyRing, *, kiosk_id: int, nonce: str, text: str, typed: bool) -> ReadScan:
    """Check what was scanned or typed, without the database: about 0.1 ms, most of it the signature. Takes any text."""
    if typed:
        short = normalise_code(text)
        if short is None:
            return ReadScan(kiosk_id, nonce, fault=Outcome.NOT_A_PASS)
        return ReadScan(kiosk_id, nonce, short_digest=code_digest(ring, short))
    reading = read_pass(ring.pass_public_keys(), text)
    if reading.payload is None:
        return ReadScan(kiosk_id, nonce, fault=Outcome(reading.fault or Outcome.NOT_A_PASS))
    return ReadScan(kiosk_id, nonce, digest=digest(reading.payload), pass_site=reading.payload.site)


def record_scans(session: Session, scans: Sequence[ReadScan], now: datetime) -> list[ScanAnswer]:
    """Decide and record `scans` in their order; answers come in the same order. A repeated nonce gets its first answer again.

    Raises ConflictError where another process opened the same person's presence meanwhile: nothing was recorded, try again.
    """
    session.flush()
    batch = Batch(load(session, scans, now))
    answers = [_one(batch, scan, now) for scan in scans]
    store(session, batch)
    return answers


def _one(batch: Batch, scan: ReadScan, now: datetime) -> ScanAnswer:
    known = batch.known
    before = known.answered.get((scan.kiosk_id, scan.nonce))
    if before is not None:
        return replace(before, repeated=True)
    row = known.passes.get(scan.digest or scan.short_digest or b"")
    decision = decide_scan(_facts(known, scan, row), now)
    concerns = known.kiosks[scan.kiosk_id].site_id, row.customer_id if row else 0
    answer = ScanAnswer(decision.outcome, decision.direction, now, visit_id=row.visit_id if row else None, concerns=concerns)
    batch.note(scan, row, decision, answer)
    return answer


def _facts(known: Known, scan: ReadScan, row: PassRow | None) -> ScanFacts:
    kiosk = known.kiosks[scan.kiosk_id]
    site_of_pass = scan.pass_site if scan.pass_site is not None else row.site_id if row else kiosk.site_id
    return ScanFacts(
        site_id=kiosk.site_id,
        area_id=kiosk.area_id,
        area_closed=kiosk.area_closed,
        direction=kiosk.direction,
        zone=kiosk.zone,
        fault=scan.fault if kiosk.active else Outcome.KIOSK_UNPAIRED,
        pass_site=site_of_pass,
        known=_known(known, row, scan.kiosk_id) if row else None,
    )


def _known(known: Known, row: PassRow, kiosk_id: int) -> PassFacts:
    outcome, at = row.last.get(kiosk_id, (None, None))
    return PassFacts(
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        revoked=row.revoked,
        state=row.state,
        customer=row.customer,
        contact=row.contact,
        early=timedelta(minutes=row.early_minutes),
        overstay=timedelta(minutes=row.overstay_minutes),
        notice_read=row.notice_read,
        areas=frozenset(row.areas),
        inside=row.entered_at is not None,
        inside_elsewhere=known.inside.get(row.person_id, row.visit_id) != row.visit_id,
        checked_at=row.checked_at,
        last_outcome=outcome,
        last_at=at,
    )
