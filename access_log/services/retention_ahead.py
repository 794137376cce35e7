"""What will be destroyed, and by which rule: tonight one by one, the next thirty days by the day. Nothing is opened, nothing is changed.

The same rules as the sweep's own (services/retention.py, retention_rows.py), asked of moments still to come.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from access_log.models import Site, VisitOrder
from access_log.policy.codes import Item
from access_log.policy.periods import Promise
from access_log.services import policies, retention, retention_rows

DAYS = 30
MOST = 200
"""Rows of tonight that are listed one by one."""
MORNING = time(6)
ABOUT_PEOPLE = ("roster", "contact_account", "import_draft", "customer")
"""Rules beside those of visits that are shown day by day; the others are housekeeping."""
WIDEST = timedelta(days=45)
"""A period that is over at a moment began at most so long before the moment that `begun_before` names."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One item of one visit, and the rule: a field of the policy the visitor was told of. `until`: when it goes."""

    visit_id: UUID
    number: str
    item: Item
    rule: str
    since: datetime
    until: datetime
    promise: Promise


@dataclass(frozen=True, slots=True)
class Ahead:
    """`tonight` is what goes by `morning`, counted by rule; `listed` the first of it; `days` the next thirty days, each by rule.

    `held` is what would go by the morning and stays because of a legal hold, counted by rule, up to a limit a rule.
    """

    morning: datetime
    tonight: Counter[str]
    held: Counter[str]
    listed: Sequence[Coming]
    days: Sequence[tuple[date, Counter[str]]]

    @property
    def busy_days(self) -> list[tuple[date, Counter[str]]]:
        """The first week, and after it the days on which something is due."""
        return [row for number, row in enumerate(self.days) if number < 7 or row[1]]

    @property
    def most(self) -> int:
        """The fullest day."""
        return max((counted.total() for _day, counted in self.days), default=0)


def ahead(session: Session, *, site: Site, now: datetime) -> Ahead:
    """What is due from now on."""
    zone = ZoneInfo(site.zone)
    today = now.astimezone(zone).date()
    morning = next_morning(now, site.zone)
    ends = [datetime.combine(today + timedelta(days=day + 1), time(), zone).astimezone(UTC) for day in range(DAYS)]
    counted = _counted(session, site, [morning, *ends])
    days = [(today + timedelta(days=day), counted[day + 1] - (counted[day] if day else Counter())) for day in range(DAYS)]
    held = Counter(row.rule for row in retention.due_now(session, site, morning, limit=MOST, held=True))
    return Ahead(morning, counted[0], held, _listed(session, site, morning), days)


def next_morning(now: datetime, zone: str) -> datetime:
    """The end of the night that is under way or comes next."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, ZoneInfo(zone)).astimezone(UTC)


def _counted(session: Session, site: Site, moments: Sequence[datetime]) -> list[Counter[str]]:
    """For each moment, how much is due by then. A rule that nothing falls under costs one question."""
    counted: list[Counter[str]] = [Counter() for _moment in moments]
    for told in policies.all_told(session, site):
        for item, field in retention.ITEMS.items():
            for rule in (field, retention.NEVER_CAME):
                by = partial(retention.ended_by, session, site, told, item, rule)
                for place, (begun, number) in enumerate(_begun(told.promise, (rule, field), moments, by)):
                    counted[place][retention.earlier(told.promise, field, rule, begun)] += number
    held = retention_rows.promise(session, site)
    for code in ABOUT_PEOPLE:
        one = retention_rows.RULES_BY_CODE[code]
        by = partial(retention_rows.begun_by, session, site, one)
        for place, (_begun_at, number) in enumerate(_begun(held, (one.field,), moments, by)):
            counted[place][code] += number
    return [+each for each in counted]


def _begun(
    promise: Promise, fields: Sequence[str], moments: Sequence[datetime], count: Callable[[list[datetime]], list[int]]
) -> list[tuple[datetime, int]]:
    """For each moment the last beginning that is over by then, and how many began by it; nothing where there are none at all."""
    if not any(count([max(promise.begun_before(name, max(moments)) for name in fields)])):
        return []
    begun = [latest_begin(promise, fields, moment) for moment in moments]
    return list(zip(begun, count(begun), strict=True))


def latest_begin(promise: Promise, fields: Sequence[str], moment: datetime) -> datetime:
    """The last second such that what began then is over at a moment by one of some fields. Two dozen steps of halving."""
    ends = [promise.until(name) for name in fields]
    late = max(promise.begun_before(name, moment) for name in fields)
    early = late - WIDEST
    if min(end(late) for end in ends) <= moment:
        return late
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if min(end(middle) for end in ends) <= moment else (early, middle)
    return early


def _listed(session: Session, site: Site, morning: datetime) -> list[Coming]:
    rows = sorted(retention.due_now(session, site, morning, limit=MOST), key=lambda row: (row.until, row.visit.id.hex))[:MOST]
    numbers = _numbers(session, rows)
    promises = {row.visit.notice_version: policies.promise_of(session, site, row.visit.notice_version) for row in rows}
    return [
        Coming(row.visit.id, numbers[row.visit.order_id] + f"-{row.visit.place}", row.item, row.rule, row.since, row.until,
               promises[row.visit.notice_version])
        for row in rows
    ]  # fmt: skip


def _numbers(session: Session, rows: Sequence[retention.Due]) -> dict[UUID, str]:
    orders = {row.visit.order_id for row in rows}
    found = session.exec(select(VisitOrder.id, VisitOrder.number).where(col(VisitOrder.id).in_(orders)))
    return {order_id: str(number) for order_id, number in found}
