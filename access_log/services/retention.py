"""What is due is destroyed: ways to reach a visitor, the kind of document, the name (clause 4.4; the policy says when).

The dates are the ones the visitor was shown: what they were told, or sooner (policy/periods.py). Whoever is still on site is not due,
whatever the clock says.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, and_, case, col, func, or_, select

from access_log.models import Site, VaultItem, VaultLabel, Visit
from access_log.policy.actors import system
from access_log.policy.codes import Item, VisitState
from access_log.policy.periods import Promise, Stay, kind_until
from access_log.services import erasure, policies
from access_log.services.held import holds_on
from access_log.services.policies import Told

AT_ONCE = 20
"""Visits in one transaction: scans come first."""
MOST = 3 * AT_ONCE
ON_SITE = (VisitState.ADMITTED, VisitState.ID_PENDING)
ITEMS = {Item.CONTACT: "reach", Item.DOCUMENT: "document", Item.NAME: "name"}
NEVER_CAME = "unused"
Where = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Due:
    """One item of one visit that is due, and the field of the policy by whose period."""

    visit: Visit
    item: Item
    rule: str
    since: datetime
    until: datetime


def erase_due(session: Session, *, site: Site, now: datetime) -> int:
    """Destroy what some visitors of a site are due. Returns how many items; call again while it is not 0."""
    return erase_some(session, site=site, now=now).total()


def erase_some(session: Session, *, site: Site, now: datetime) -> Counter[str]:
    """As `erase_due`, counted by the field of the policy by whose period."""
    # The name takes everything with it: the subject is gone then.
    due = list(islice(due_now(session, site, now, limit=AT_ONCE, lock=True), MOST))
    targets = [erasure.Target(row.visit.subject_id, None if row.item is Item.NAME else row.item) for row in due]
    erasure.erase(session, list(dict.fromkeys(targets)), reason="due", actor=system(site.id or 0), now=now)
    return Counter(row.rule for row in due)


def hide_held(session: Session, *, site: Site, now: datetime) -> int:
    """Take who is held beyond their day out of every list: what is left is storage (PIPL 47). Their names stay sealed.

    Returns how many; call again while it is not 0.
    """
    shown = [exists().where(col(VaultLabel.subject_id) == col(Visit.subject_id))]
    due = islice(due_now(session, site, now, limit=AT_ONCE, lock=True, held=True, where=shown), MOST)
    subjects = dict.fromkeys(row.visit.subject_id for row in due if row.item is Item.NAME)
    targets = [erasure.Target(subject_id, Item.LABEL) for subject_id in subjects]
    erasure.erase(session, targets, reason="held", actor=system(site.id or 0), now=now)
    return len(targets)


def due_now(
    session: Session, site: Site, now: datetime, *, limit: int, lock: bool = False, held: bool = False, where: Where = ()
) -> Iterator[Due]:
    """What is due at a moment, up to `limit` visits a rule and promise, the oldest first. Also asked of moments still to come.

    `held`: instead, what is due and stays because of a legal hold.
    """
    for told in policies.all_told(session, site):
        for item, field in ITEMS.items():
            for rule in (field, NEVER_CAME):
                chosen = [*conditions(site, told, item, rule, held=held), *where]
                for visit in _ended(session, told, item, rule, chosen, now, limit, lock):
                    row = _due(told, visit, item, rule)
                    if row.until <= now:
                        yield row


def _due(told: Told, visit: Visit, item: Item, rule: str) -> Due:
    since = visit.left_at or visit.window_until
    stay = Stay(since, came=rule != NEVER_CAME, checked=True)
    return Due(visit, item, earlier(told.promise, ITEMS[item], rule, since), since, kind_until(told.promise, stay, item.value))


def earlier(promise: Promise, field: str, rule: str, since: datetime) -> str:
    """By which field an item of a visit goes: its own, or where nobody came that of unused entries, whichever is over first."""
    return min((field, rule), key=lambda name: promise.due_at(name, since))


def _ended(session: Session, told: Told, item: Item, rule: str, where: Where, now: datetime, limit: int, lock: bool) -> Sequence[Visit]:
    """Visits under one promise that ended long enough before a moment and still hold an item."""
    begun = max(told.promise.begun_before(name, now) for name in (rule, ITEMS[item]))
    found = select(Visit).join(VaultItem, _HOLDS).where(*where, begun >= ENDED_AT)
    found = found.order_by(ENDED_AT, col(Visit.id)).limit(limit)
    return session.exec(found.with_for_update(of=Visit, skip_locked=True) if lock else found).all()


def ended_by(session: Session, site: Site, told: Told, item: Item, rule: str, moments: Sequence[datetime]) -> list[int]:
    """How many visits that still hold an item ended by each of some moments."""
    sums = [func.coalesce(func.sum(case((moment >= ENDED_AT, 1), else_=0)), 0) for moment in moments]
    found = select(*sums).select_from(Visit).join(VaultItem, _HOLDS)
    return [int(number) for number in session.execute(found.where(*conditions(site, told, item, rule), max(moments) >= ENDED_AT)).one()]


ENDED_AT = func.coalesce(Visit.left_at, Visit.window_until)
_HOLDS = col(VaultItem.subject_id) == col(Visit.subject_id)


def conditions(site: Site, told: Told, item: Item, rule: str, *, held: bool = False) -> list[ColumnElement[bool]]:
    """Which visits a rule is about: those of people who were told the same, are not on site, and are under no hold (or are)."""
    under = holds_on(col(Visit.subject_id), item)
    never_came = and_(col(Visit.state).in_(policies.NOBODY_CAME), col(Visit.arrived_at).is_(None), col(Visit.entered_at).is_(None))
    return [
        col(VaultItem.item) == item,
        col(Visit.site_id) == site.id,
        col(Visit.state).not_in(ON_SITE),
        never_came if rule == NEVER_CAME else ~never_came,
        _told(told),
        under if held else ~under,
    ]


def _told(told: Told) -> ColumnElement[bool]:
    version = col(Visit.notice_version)
    if told.others:
        return or_(version.is_(None), version.not_in(told.versions))
    return version.in_(told.versions)
