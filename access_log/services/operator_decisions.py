"""What the site has said yes and no to lately, by whom or by which rule; and the way back from a yes, until somebody arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError
from access_log.models import Approval, Staff, StandingRule, Template, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import ActorKind, EventType, Refusal, VisitState
from access_log.services import desk, events, passes
from access_log.services.desk import Row
from access_log.services.messages import send, tell_contact

REVOCABLE = (VisitState.APPROVED, VisitState.PASS_ISSUED)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or a no of the site. `by` is a staff number or, where `rule`, the name of a standing rule."""

    row: Row
    approved: bool
    refusal: Refusal | None
    by: str
    rule: bool
    at: datetime
    last: bool

    @property
    def revocable(self) -> bool:
        """Whether the yes can still be taken back: it is the visit's last word, and nobody has arrived on it."""
        return self.approved and self.last and self.row.visit.state in REVOCABLE


def lately(session: Session, ring: KeyRing, *, site_id: int) -> list[Decision]:
    """The newest decisions first."""
    statement = select(Approval).where(Approval.site_id == site_id, Approval.side == "operator")
    found = session.exec(statement.order_by(col(Approval.id).desc()).limit(SHOWN)).all()
    rows = desk.of_visits(session, ring, {approval.visit_id for approval in found})
    numbers, rules = _numbers(session, found), _rules(session, found)
    seen: set[object] = set()
    made = []
    for approval in found:
        by_rule = approval.actor_kind is ActorKind.RULE
        name = rules.get(approval.rule_id, "") if by_rule else numbers.get(approval.actor_id, "")
        last = approval.visit_id not in seen
        made.append(Decision(rows[approval.visit_id], approval.approved, approval.refusal, name, by_rule, approval.at, last))
        seen.add(approval.visit_id)
    return made


def withdraw(session: Session, *, visit: Visit, refusal: Refusal, staff: Actor, now: datetime) -> Visit:
    """Take the site's yes back: the pass is dead at once, the visitor and the contact are told.

    Raises ConflictError once somebody has arrived, or where there is no yes.
    """
    if visit.state not in REVOCABLE:
        raise ConflictError(f"visit_is_{visit.state.value}")
    passes.revoke(session, visit=visit, actor=staff, reason="withdrawn", now=now)
    visit.state, visit.refusal = VisitState.REFUSED, refusal
    session.add(visit)
    session.add(
        Approval(
            site_id=visit.site_id,
            visit_id=visit.id,
            side="operator",
            approved=False,
            refusal=refusal,
            actor_kind=staff.kind,
            actor_id=staff.id,
            at=now,
        )
    )
    session.flush()
    detail = {"side": "operator", "refusal": refusal.value, "withdrawn": True}
    events.record(session, EventType.VISIT_REFUSED, site_id=visit.site_id, now=now, actor=staff, visit=visit, detail=detail)
    send(session, visit=visit, template=Template.VISIT_CANCELLED, now=now)
    tell_contact(session, visit=visit, template=Template.VISIT_REFUSED, now=now)
    return visit


def _numbers(session: Session, found: Sequence[Approval]) -> dict[int | None, str]:
    ids = {approval.actor_id for approval in found if approval.actor_kind is ActorKind.STAFF}
    return {row.id: row.number for row in session.exec(select(Staff).where(col(Staff.id).in_(ids)))}


def _rules(session: Session, found: Sequence[Approval]) -> dict[int | None, str]:
    ids = {approval.rule_id for approval in found if approval.rule_id is not None}
    return {row.id: row.name for row in session.exec(select(StandingRule).where(col(StandingRule.id).in_(ids)))}
