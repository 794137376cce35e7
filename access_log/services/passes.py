"""通行码: issue, revoke, and sign again on demand. The database never holds a code, only its digest."""

import os
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.crypto.codes import code_digest, short_code
from access_log.crypto.pass_token import PassPayload, digest, sign_pass
from access_log.crypto.ring import KeyRing
from access_log.models import Pass, Site, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, VisitState
from access_log.services import events


def issue(session: Session, ring: KeyRing, *, visit: Visit, actor: Actor, now: datetime) -> Pass:
    """Give the visit a new pass for its window; an older one is dead from this moment."""
    revoke(session, visit=visit, actor=actor, reason="reissued", now=now)
    kid, _key = ring.pass_signing_key()
    made = Pass(
        site_id=visit.site_id,
        visit_id=visit.id,
        kid=kid,
        serial=os.urandom(8),
        digest=b"",
        short_digest=b"",
        valid_from=_whole_second(visit.window_from),
        valid_until=visit.window_until,
        issued_at=now,
    )
    made.digest = digest(payload_of(made))
    made.short_digest = code_digest(ring, short_code(ring, made.id))
    session.add(made)
    visit.state = VisitState.PASS_ISSUED if visit.state is VisitState.APPROVED else visit.state
    session.add(visit)
    session.flush()
    events.record(
        session, EventType.PASS_ISSUED, site_id=visit.site_id, now=now, actor=actor, visit=visit, detail={"pass": events.text(made.digest)}
    )
    return made


def revoke(session: Session, *, visit: Visit, actor: Actor, reason: str, now: datetime) -> Pass | None:
    """End the visit's live pass at once. Returns it, or None where there is none."""
    live = live_pass(session, visit=visit)
    if live is None:
        return None
    live.revoked_at = now
    session.add(live)
    session.flush()
    detail = {"pass": events.text(live.digest), "reason": reason}
    events.record(session, EventType.PASS_REVOKED, site_id=visit.site_id, now=now, actor=actor, visit=visit, detail=detail)
    return live


def live_pass(session: Session, *, visit: Visit) -> Pass | None:
    """The one pass of a visit that still opens anything."""
    return session.exec(select(Pass).where(Pass.visit_id == visit.id, col(Pass.revoked_at).is_(None))).one_or_none()


def token_of(ring: KeyRing, issued: Pass) -> str:
    """The 196 digits that go into the QR code; the same pass signs to the same digits every time."""
    return sign_pass(ring, payload_of(issued))


def short_code_of(ring: KeyRing, issued: Pass) -> str:
    """The ten characters for a phone that cannot show a QR code. Works on line only."""
    return short_code(ring, issued.id)


def payload_of(issued: Pass) -> PassPayload:
    """What the code says: no personal data, only which pass of which site and when."""
    minutes = min(int((issued.valid_until - issued.valid_from) / timedelta(minutes=1)) + 1, 0xFFFF)
    return PassPayload(kid=issued.kid, serial=issued.serial, not_before=issued.valid_from, minutes=minutes, site=issued.site_id)


def opens_at(visit: Visit, site: Site) -> datetime:
    """The first moment a scan is good: the window's begin less the site's early tolerance."""
    return visit.window_from - timedelta(minutes=site.early_minutes)


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
