"""Standing rules: what the operator approves without looking again. Each approval by a rule names it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import Customer, Site, StandingRule, Visit
from access_log.policy.actors import Actor
from access_log.policy.approval import RuleFacts, matching_rule
from access_log.policy.codes import EventType, Purpose
from access_log.policy.names import clean_text, text_problem
from access_log.services import events

MOST_HOURS = 31 * 24
"""No visit is longer (services/visits.LONGEST_WINDOW)."""
LOOK_BACK = timedelta(days=30)
MOST_LOOKED_AT = 5000


def add(
    session: Session, *, site_id: int, name: str, customer_id: int | None, purposes: Collection[Purpose], max_hours: int,
    weekdays: Collection[int], actor: Actor, now: datetime,
) -> StandingRule:  # fmt: skip
    """A new rule, in force at once. `customer_id` None means every customer; weekdays 0 = Monday. Raises RefusedInputError."""
    name = check(session, site_id=site_id, name=name, customer_id=customer_id, purposes=purposes, max_hours=max_hours, weekdays=weekdays)
    rule = StandingRule(
        site_id=site_id,
        name=name,
        customer_id=customer_id,
        purposes=sorted(purpose.value for purpose in purposes),
        max_hours=max_hours,
        weekdays=sorted(set(weekdays)),
        created_by=actor.id,
        created_at=now,
    )
    session.add(rule)
    session.flush()
    detail = {"rule": rule.id, "purposes": rule.purposes, "hours": max_hours, "weekdays": rule.weekdays, "customer": customer_id}
    events.record(session, EventType.RULE_CHANGED, site_id=site_id, now=now, actor=actor, detail=detail)
    return rule


def check(
    session: Session, *, site_id: int, name: str, customer_id: int | None, purposes: Collection[Purpose], max_hours: int,
    weekdays: Collection[int],
) -> str:  # fmt: skip
    """The rule's name as it is kept. Raises RefusedInputError naming the field."""
    name = clean_text(name)
    problem = text_problem(name, 80)
    if problem is not None:
        raise RefusedInputError("name", problem)
    if any(rule.name == name for rule in listed(session, site_id)):
        raise RefusedInputError("name", "name_taken")
    customer = session.get(Customer, customer_id) if customer_id is not None else None
    if customer_id is not None and (customer is None or customer.site_id != site_id):
        raise RefusedInputError("customer", "enum")
    if not purposes:
        raise RefusedInputError("purposes", "required")
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise RefusedInputError("weekdays", "required")
    if not 1 <= max_hours <= MOST_HOURS:
        raise RefusedInputError("max_hours", "invalid")
    return name


def would_have_approved(
    session: Session, *, site: Site, customer_id: int | None, purposes: Collection[Purpose], max_hours: int, weekdays: Collection[int],
    now: datetime,
) -> tuple[int, int]:  # fmt: skip
    """(visits of the last 30 days that such a rule covers, all visits asked for in that time): what one lets through, before it does."""
    rule = RuleFacts(0, customer_id, frozenset(purpose.value for purpose in purposes), max_hours, frozenset(weekdays))
    asked = session.exec(
        select(Visit.customer_id, Visit.purpose, Visit.window_from, Visit.window_until)
        .where(Visit.site_id == site.id, col(Visit.created_at) > now - LOOK_BACK)
        .order_by(col(Visit.created_at).desc())
        .limit(MOST_LOOKED_AT)
    ).all()
    covered = [
        matching_rule([rule], customer_id=whose, purpose=Purpose(purpose), window_from=begin, window_until=end, zone=site.zone)
        for whose, purpose, begin, end in asked
    ]
    return sum(found is not None for found in covered), len(asked)


def retire(session: Session, *, rule_id: int, site_id: int, actor: Actor, now: datetime) -> None:
    """A rule approves nothing any more; what it approved stays approved. Raises NotFoundError."""
    rule = session.get(StandingRule, rule_id)
    if rule is None or rule.site_id != site_id:
        raise NotFoundError
    if not rule.active:
        return
    rule.active = False
    session.add(rule)
    session.flush()
    events.record(session, EventType.RULE_CHANGED, site_id=site_id, now=now, actor=actor, detail={"rule": rule.id, "active": False})


def listed(session: Session, site_id: int) -> list[StandingRule]:
    """Rules in force."""
    return list(session.exec(select(StandingRule).where(StandingRule.site_id == site_id, StandingRule.active).order_by("id")).all())
