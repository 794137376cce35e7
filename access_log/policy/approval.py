"""Who must say yes before a visit may take place (visit.md, approval)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access_log.policy.codes import Purpose, VisitState


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A standing rule of the operator. `customer_id` None means any customer; weekdays 0 = Monday, in the site's zone."""

    id: int
    customer_id: int | None
    purposes: frozenset[str]
    max_hours: int
    weekdays: frozenset[int]


def after_request(*, may_approve: bool, second_approval: bool) -> VisitState:
    """A contact who may approve approves their own request, unless the customer asks for a second contact."""
    return VisitState.CUSTOMER_APPROVED if may_approve and not second_approval else VisitState.REQUESTED


def may_approve_for_customer(*, contact_id: int, requested_by: int, may_approve: bool, second_approval: bool) -> bool:
    """The second contact is a different one from the first."""
    return may_approve and not (second_approval and contact_id == requested_by)


def matching_rule(
    rules: list[RuleFacts], *, customer_id: int, purpose: Purpose, window_from: datetime, window_until: datetime, zone: str
) -> RuleFacts | None:
    """The first standing rule that covers the whole visit, every day of it, or None: then a person decides."""
    days = _weekdays(window_from, window_until, ZoneInfo(zone))
    hours = (window_until - window_from).total_seconds() / 3600
    for rule in rules:
        if rule.customer_id in (None, customer_id) and purpose.value in rule.purposes and hours <= rule.max_hours and days <= rule.weekdays:
            return rule
    return None


def _weekdays(window_from: datetime, window_until: datetime, local: ZoneInfo) -> set[int]:
    """The weekdays a window touches. One that ends at midnight ends on the day before."""
    first = window_from.astimezone(local).date()
    last = (window_until.astimezone(local) - timedelta(microseconds=1)).date()
    return {(first + timedelta(days=number)).weekday() for number in range(min((last - first).days, 6) + 1)}
