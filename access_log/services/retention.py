"""What is due is destroyed: ways to reach a visitor, the kind of document, the name (clause 4.4; policy/periods.py says when).

The dates are the ones the visitor was shown. Whoever is still on site is not due, whatever the clock says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from access_log.models import Site, VaultItem, Visit
from access_log.policy.actors import system
from access_log.policy.codes import Item, VisitState
from access_log.policy.periods import DOCUMENT_DAYS, PHONE_AFTER_EXIT, add_months, held_until
from access_log.services import erasure

AT_ONCE = 20
"""Visits in one transaction: scans come first."""
ON_SITE = (VisitState.ADMITTED, VisitState.ID_PENDING)
SLACK = timedelta(days=4)
"""Months differ in length: candidates are taken a little early, and each is then asked for its own date."""


def erase_due(session: Session, *, site: Site, now: datetime) -> int:
    """Destroy what some visitors of a site are due. Returns how many items; call again while it is not 0."""
    due = [
        (visit, item)
        for item, before in (
            (Item.CONTACT, now - PHONE_AFTER_EXIT),
            (Item.DOCUMENT, now - timedelta(days=DOCUMENT_DAYS)),
            (Item.NAME, add_months(now, -site.retention_months, site.zone) + SLACK),
        )
        for visit in _ended(session, site, item, before)
        if _until(visit, site, item) <= now
    ]
    # The name takes everything with it: the subject is gone then.
    targets = [erasure.Target(visit.subject_id, None if item is Item.NAME else item) for visit, item in due]
    erasure.erase(session, targets, reason="due", actor=system(site.id or 0), now=now)
    return len(targets)


def _ended(session: Session, site: Site, item: Item, before: datetime) -> Sequence[Visit]:
    """Visits that ended before a moment and still hold an item, the oldest first."""
    ended = func.coalesce(Visit.left_at, Visit.window_until)
    return session.exec(
        select(Visit)
        .join(VaultItem, (col(VaultItem.subject_id) == col(Visit.subject_id)) & (col(VaultItem.item) == item))
        .where(Visit.site_id == site.id, col(Visit.state).not_in(ON_SITE), ended <= before)
        .order_by(ended)
        .limit(AT_ONCE)
        .with_for_update(of=Visit, skip_locked=True)
    ).all()


def _until(visit: Visit, site: Site, item: Item) -> datetime:
    ends_at = visit.left_at or visit.window_until
    held = held_until(ends_at=ends_at, retention_months=site.retention_months, zone=site.zone, checked=True)
    return next(row.until for row in held if row.what == item.value)
