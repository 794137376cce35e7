"""What is due that belongs to no visit: roster entries nobody used, messages, sessions, signatures, former customers (clause 4.4).

Periods are those of the policy in force, counted in the site's zone like those of visits (services/retention.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlmodel import Session, SQLModel, case, col, delete, exists, func, or_, select, update

from access_log.models import (
    Contact,
    Customer,
    GuardCall,
    ImportBatch,
    ImportedRow,
    ImportState,
    NameSample,
    NameSampleVisit,
    OutboxMessage,
    Presence,
    ReportReview,
    RetentionRun,
    SendState,
    SignInFailure,
    Site,
    Staff,
    Technician,
    Visit,
    WebSession,
)  # fmt: skip
from access_log.policy.actors import system
from access_log.policy.codes import Active, EventType
from access_log.policy.periods import Promise
from access_log.services import contacts, events, policies, roster
from access_log.services.imports import discard

AT_ONCE = 100
"""Rows in one transaction: scans come first."""
Act = Callable[[Session, Sequence[Any], datetime], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of one table and the field of the policy by whose period they go; `since` is when it began for each of them."""

    code: str
    field: str
    model: type[SQLModel]
    since: SQLColumnExpression[Any]
    where: tuple[ColumnElement[bool], ...]
    act: Act


def promise(session: Session, site: Site) -> Promise:
    """What holds at a site now, for what no visitor was told of."""
    now = policies.in_force(session, site)
    return Promise(now, now, site.zone)


def due(session: Session, site: Site, rule: Rule, now: datetime, *, limit: int = AT_ONCE, lock: bool = False) -> Sequence[Any]:
    """Rows of a rule that are due at a moment, the oldest first."""
    held = promise(session, site)
    key = rule.model.__table__.primary_key.columns  # type: ignore[attr-defined]
    found = (
        select(rule.model, rule.since)
        .where(_of_site(rule, site), rule.since <= held.begun_before(rule.field, now), *rule.where)
        .order_by(rule.since, *key)
        .limit(limit)
    )
    rows = session.exec(found.with_for_update(of=rule.model, skip_locked=True) if lock else found).all()
    return [row for row, since in rows if held.due_at(rule.field, since) <= now]


def begun_by(session: Session, site: Site, rule: Rule, moments: Sequence[datetime]) -> list[int]:
    """How many rows of a rule began by each of some moments."""
    sums = [func.coalesce(func.sum(case((moment >= rule.since, 1), else_=0)), 0) for moment in moments]
    found = select(*sums).select_from(rule.model).where(_of_site(rule, site), rule.since <= max(moments), *rule.where)
    return [int(number) for number in session.execute(found).one()]


def _of_site(rule: Rule, site: Site) -> ColumnElement[bool]:
    return col(rule.model.site_id) == site.id  # type: ignore[attr-defined]


def erase_due(session: Session, *, site: Site, rule: Rule, now: datetime) -> int:
    """Destroy some rows of a rule. Returns how many; call again while it is not 0."""
    rows = due(session, site, rule, now, lock=True)
    if rows:
        rule.act(session, rows, now)
        session.flush()
    return len(rows)


def _deleted(session: Session, rows: Sequence[Any], now: datetime) -> None:
    del now
    for row in rows:
        session.delete(row)


def _off_the_roster(session: Session, rows: Sequence[Technician], now: datetime) -> None:
    for person in rows:
        roster.end(session, person=person, actor=system(person.site_id), now=now, reason="due")


def _accounts(session: Session, rows: Sequence[Contact], now: datetime) -> None:
    for contact in rows:
        contacts.set_state(session, contact=contact, state=Active.ENDED, actor=system(contact.site_id), now=now)


def _drafts(session: Session, rows: Sequence[ImportBatch], now: datetime) -> None:
    for batch in rows:
        discard(session, batch=batch, reason="expired", actor=system(batch.site_id), now=now)


def _batches(session: Session, rows: Sequence[ImportBatch], now: datetime) -> None:
    del now
    ids = [batch.id for batch in rows]
    session.exec(delete(ImportedRow).where(col(ImportedRow.batch_id).in_(ids)))
    session.exec(delete(ImportBatch).where(col(ImportBatch.id).in_(ids)))


def _samples(session: Session, rows: Sequence[NameSample], now: datetime) -> None:
    del now
    ids = [sample.id for sample in rows]
    session.exec(delete(NameSampleVisit).where(col(NameSampleVisit.sample_id).in_(ids)))
    session.exec(delete(NameSample).where(col(NameSample.id).in_(ids)))


def _nameless(session: Session, rows: Sequence[Customer], now: datetime) -> None:
    """The row stays for what refers to it; the company's name and code go."""
    for customer in rows:
        customer.name, customer.licence, customer.ended_at = f"#{customer.id}", None, None
        session.add(customer)
        detail = {"how": "erased", "reason": "due"}
        actor = system(customer.site_id)
        kind = EventType.CUSTOMER_CHANGED
        events.record(session, kind, site_id=customer.site_id, now=now, actor=actor, customer_id=customer.id, detail=detail)


def _no_credentials(session: Session, rows: Sequence[Contact | Staff], now: datetime) -> None:
    del now
    for model in (Contact, Staff):
        ids = [row.id for row in rows if isinstance(row, model)]
        gone: dict[str, Any] = {"password_hash": None, "totp_step": 0, "totp_on": False} | ({"pin_hash": None} if model is Staff else {})
        session.exec(update(model).where(col(model.id).in_(ids)).values(**gone))


_undecided = col(ImportBatch.state) == ImportState.PREVIEW
_settled = col(OutboxMessage.state).in_((SendState.SENT, SendState.FAILED, SendState.DROPPED))
_here = exists().where(col(Presence.person_id) == col(Technician.id), col(Presence.left_at).is_(None))
_expected = exists().where(col(Visit.technician_id) == col(Technician.id), col(Visit.state).in_(roster.OPEN))

_customer_ended: Any = select(Customer.ended_at).where(col(Customer.id) == col(Contact.customer_id)).scalar_subquery()

RULES: tuple[Rule, ...] = (
    Rule(
        "roster", "roster", Technician, func.coalesce(Technician.used_at, Technician.created_at),
        (col(Technician.state) != Active.ENDED, ~_here, ~_expected), _off_the_roster,
    ),
    Rule("contact_account", "contact_account", Contact, _customer_ended, (col(Contact.state) != Active.ENDED,), _accounts),
    Rule("import_draft", "import_draft", ImportBatch, col(ImportBatch.created_at), (_undecided,), _drafts),
    Rule("import", "event", ImportBatch, col(ImportBatch.created_at), (~_undecided,), _batches),
    Rule("message", "message", OutboxMessage, func.coalesce(OutboxMessage.sent_at, OutboxMessage.due_at), (_settled,), _deleted),
    Rule("session", "sign_in", WebSession, col(WebSession.expires_at), (), _deleted),
    Rule("failure", "sign_in", SignInFailure, col(SignInFailure.at), (), _deleted),
    Rule("call", "event", GuardCall, col(GuardCall.called_at), (), _deleted),
    Rule("run", "event", RetentionRun, col(RetentionRun.ended_at), (), _deleted),
    Rule("signature", "review", ReportReview, col(ReportReview.signed_at), (), _deleted),
    Rule("sample", "review", NameSample, col(NameSample.asked_at), (), _samples),
    Rule("customer", "customer", Customer, col(Customer.ended_at), (col(Customer.ended_at).is_not(None),), _nameless),
    *(
        Rule(
            f"{name}_credentials", "credentials", model, col(model.created_at),
            (
                col(model.state) == Active.ENDED,
                or_(col(model.password_hash).is_not(None), col(model.totp_on).is_(True), *also),
            ),
            _no_credentials,
        )
        for name, model, also in (("contact", Contact, ()), ("staff", Staff, (col(Staff.pin_hash).is_not(None),)))
    ),
)  # fmt: skip
"""Every rule, in the order in which they are carried out."""
RULES_BY_CODE = {rule.code: rule for rule in RULES}
