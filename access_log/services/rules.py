"""Standing rules: what the operator approves without looking again. Each approval by a rule names it."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, select

from access_log.errors import NotFoundError, RefusedInputError
from access_log.models import StandingRule
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Purpose
from access_log.policy.names import clean_text, text_problem
from access_log.services import events


def add(
    session: Session, *, site_id: int, name: str, customer_id: int | None, purposes: Collection[Purpose], max_hours: int,
    weekdays: Collection[int], actor: Actor, now: datetime,
) -> StandingRule:  # fmt: skip
    """A new rule, in force at once. `customer_id` None means every customer; weekdays 0 = Monday."""
    name = clean_text(name)
    problem = text_problem(name, 80)
    if problem is not None:
        raise RefusedInputError("name", problem)
    if not purposes:
        raise RefusedInputError("purposes", "required")
    if not weekdays:
        raise RefusedInputError("weekdays", "required")
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


def retire(session: Session, *, rule_id: int, site_id: int, actor: Actor, now: datetime) -> None:
    """A rule approves nothing any more; what it approved stays approved. Raises NotFoundError."""
    rule = session.get(StandingRule, rule_id)
    if rule is None or rule.site_id != site_id:
        raise NotFoundError
    rule.active = False
    session.add(rule)
    events.record(session, EventType.RULE_CHANGED, site_id=site_id, now=now, actor=actor, detail={"rule": rule.id, "active": False})


def listed(session: Session, site_id: int) -> list[StandingRule]:
    """Rules in force."""
    return list(session.exec(select(StandingRule).where(StandingRule.site_id == site_id, StandingRule.active).order_by("id")).all())
