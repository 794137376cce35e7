"""Contacts of several customers: invited by mail, as those entered one by one."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlmodel import col

from access_log.crypto.blind import IndexKind
from access_log.models import AccessEvent, Contact, Customer, OutboxMessage, SendState, Template
from access_log.models.base import table
from access_log.models.imports import ImportBatch
from access_log.policy.codes import Active, EventType, SubjectKind
from access_log.services import erasure
from access_log.services.bulk import NewPerson, register_many
from access_log.services.events import Fact
from access_log.services.imports.checked import Checked, begin, yes_or_no
from access_log.services.imports.people import clean_person, find_known, find_repeated
from access_log.services.imports.scope import Kind, Scope
from access_log.services.rows import chunks, fact, insert_many, record_many
from access_log.services.spreadsheets import Row

MAIL = ((IndexKind.MAIL, "mail"),)
RIGHTS = {"request": True, "approve": False, "report": False}
"""What an empty cell means."""


def check(scope: Scope, rows: Sequence[Row]) -> list[Checked]:
    """Clean every row, find its customer, and look for the mail address: it is what a contact signs in with."""
    checked = begin(rows)
    customers = _customers(scope)
    for each in checked:
        _find_customer(each, customers)
        clean_person(each)
        if "mail" in each.facts and not each.facts["mail"]:
            each.refuse("mail", "required")
        for right, empty in RIGHTS.items():
            each.take(right, partial(yes_or_no, empty=empty))
        if not any(each.facts.get(right, True) for right in RIGHTS):
            each.refuse("request", "no_right")
    find_repeated(checked, MAIL)
    find_known(
        scope.session,
        scope.ring,
        checked,
        site_id=scope.site_id,
        of=SubjectKind.CONTACT,
        kinds=MAIL,
        same=lambda each, subject: subject.customer_id == each.facts.get("customer"),
        foreign_matters=True,
    )
    return checked


def _customers(scope: Scope) -> dict[str, Customer]:
    """By name and by licence number, in lower case."""
    rows = scope.session.execute(select(Customer).where(col(Customer.site_id) == scope.site_id)).scalars().all()
    return {key.casefold(): row for row in rows for key in (row.licence, row.name) if key}


def _find_customer(each: Checked, customers: dict[str, Customer]) -> None:
    said = " ".join(each.row.values.get("customer", "").split())
    customer = customers.get(said.casefold())
    if customer is None:
        each.refuse("customer", "unknown_customer" if said else "required")
    elif customer.state is Active.ENDED:
        each.refuse("customer", "customer_ended")
    else:
        each.facts["customer"] = customer.id


def make(scope: Scope, ready: Sequence[Checked]) -> list[str]:
    """Seal them and send the invitations."""
    people = [NewPerson(each.facts["customer"], each.facts["name"], each.facts["mail"], each.facts["phone"]) for each in ready]
    register_many(scope.session, scope.ring, people=people, kind=SubjectKind.CONTACT, actor=scope.actor, now=scope.now)
    rows = [_row(scope, each.facts, person) for each, person in zip(ready, people, strict=True)]
    contact = table(Contact)
    made = scope.session.execute(insert(contact).returning(contact.c.id), rows).scalars().all()
    insert_many(scope.session, OutboxMessage, [_invitation(scope, row) for row in rows])
    record_many(scope.session, [_changed(scope, row, "imported") for row in rows])
    return [str(id_) for id_ in made]


def _row(scope: Scope, facts: dict[str, Any], person: NewPerson) -> dict[str, Any]:
    return {
        "site_id": scope.site_id,
        "customer_id": person.customer_id,
        "subject_id": person.subject_id,
        "may_request": facts["request"],
        "may_approve": facts["approve"],
        "may_report": facts["report"],
        "language": facts["language"],
        "state": Active.ACTIVE,
        "totp_step": 0,
        "totp_on": False,
        "invite_generation": 1,
        "invited_at": scope.now,
        "created_at": scope.now,
    }


def _invitation(scope: Scope, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "site_id": scope.site_id,
        "template": Template.ACCOUNT,
        "subject_id": row["subject_id"],
        "language": row["language"],
        "reference": "",
        "state": SendState.WAITING,
        "due_at": scope.now,
        "attempts": 0,
        "error": "",
        "created_at": scope.now,
    }


def _changed(scope: Scope, row: dict[str, Any], how: str) -> Fact:
    detail = {"how": how, "request": row["may_request"], "approve": row["may_approve"], "report": row["may_report"]}
    return fact(
        EventType.CONTACT_CHANGED,
        actor=scope.actor,
        now=scope.now,
        subject_id=row["subject_id"],
        customer_id=row["customer_id"],
        detail=detail,
    )


def standing(scope: Scope, batch: ImportBatch, references: Sequence[str]) -> str:
    """`signed_in` where one of them has set a password, `changed` where one was changed since."""
    for chunk in chunks([int(reference) for reference in references]):
        mine = col(Contact.id).in_(chunk)
        begun = select(col(Contact.id)).where(mine, col(Contact.password_hash).is_not(None)).limit(1)
        if scope.session.execute(begun).first():
            return "signed_in"
        # More than one change each: the first is the import's own.
        changes = (
            select(col(AccessEvent.id), col(AccessEvent.detail))
            .join(Contact, col(Contact.subject_id) == col(AccessEvent.subject_id))
            .where(mine, col(AccessEvent.type) == EventType.CONTACT_CHANGED, col(AccessEvent.at) >= batch.applied_at)
        )
        if any(row.detail.get("how") not in ("imported", Active.ENDED.value) for row in scope.session.execute(changes)):
            return "changed"
    return ""


def unmake(scope: Scope, references: Sequence[str]) -> None:
    """End those who are not ended yet; their invitations lead nowhere, and those not sent are not sent."""
    for chunk in chunks([int(reference) for reference in references]):
        still = col(Contact.id).in_(chunk), col(Contact.state) != Active.ENDED
        contact = table(Contact)
        rows = [dict(row._mapping) for row in scope.session.execute(select(contact).where(*still))]
        subjects: list[UUID] = [row["subject_id"] for row in rows]
        scope.session.execute(update(Contact).where(*still).values(state=Active.ENDED, invited_at=None))
        waiting = col(OutboxMessage.subject_id).in_(subjects), col(OutboxMessage.state) == SendState.WAITING
        scope.session.execute(delete(OutboxMessage).where(*waiting))
        erasure.erase(scope.session, erasure.everything_of(subjects), reason="import_undone", actor=scope.actor, now=scope.now)
        record_many(scope.session, [_changed(scope, row, "import_undone") for row in rows])


KIND = Kind(check, make, standing, unmake)
