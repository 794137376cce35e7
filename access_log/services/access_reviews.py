"""Who has access to the register, looked through once a quarter: every account of staff, every right of a contact. Names are masked."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_log.crypto.record import canonical_json
from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, NotAllowedError, RefusedInputError
from access_log.models import AccessReview, Contact, Customer, Site, Staff
from access_log.policy.actors import Actor
from access_log.policy.codes import Active, EventType, Role
from access_log.policy.periods import add_months
from access_log.services import events
from access_log.services.labels import read_labels

EVERY_MONTHS = 3
MAY_SIGN = frozenset({Role.REVIEWER, Role.AUDITOR})
FINDINGS = ("none", "followed_up", "incident")
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]*")


@dataclass(frozen=True, slots=True)
class StaffAccess:
    """One account of the operator's own people."""

    staff: Staff
    name: str


@dataclass(frozen=True, slots=True)
class ContactAccess:
    """One contact's rights."""

    contact: Contact
    name: str
    customer: str


@dataclass(frozen=True, slots=True)
class Access:
    """All of it, as it is now. `digest` names exactly this list: what was seen is what is signed."""

    staff: Sequence[StaffAccess]
    contacts: Sequence[ContactAccess]
    body: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def current(session: Session, ring: KeyRing, *, site_id: int) -> Access:
    """Every account that has not ended."""
    staff = session.exec(select(Staff).where(Staff.site_id == site_id, Staff.state != Active.ENDED).order_by(col(Staff.number))).all()
    found = session.exec(
        select(Contact, Customer.name)
        .join(Customer, col(Customer.id) == Contact.customer_id)
        .where(Contact.site_id == site_id, Contact.state != Active.ENDED)
        .order_by(col(Customer.name), col(Contact.id))
    ).all()
    labels = read_labels(session, ring, [*(row.subject_id for row in staff), *(row.subject_id for row, _name in found)])
    return Access(
        [StaffAccess(row, labels.get(row.subject_id, "")) for row in staff],
        [ContactAccess(row, labels.get(row.subject_id, ""), customer) for row, customer in found],
        _body(staff, [row for row, _name in found]),
    )


def _body(staff: Sequence[Staff], contacts: Sequence[Contact]) -> bytes:
    people = [
        {"number": row.number, "role": row.role.value, "state": row.state.value, "agreed": row.confidentiality_signed_at is not None}
        for row in staff
    ]
    rights = [
        {
            "contact": row.id, "customer": row.customer_id, "state": row.state.value,
            "request": row.may_request, "approve": row.may_approve, "report": row.may_report,
        }
        for row in contacts
    ]  # fmt: skip
    return canonical_json({"staff": people, "contacts": rights})


def last(session: Session, site_id: int) -> AccessReview | None:
    """The newest signed review."""
    return session.exec(select(AccessReview).where(AccessReview.site_id == site_id).order_by(col(AccessReview.id).desc()).limit(1)).first()


def signed(session: Session, site_id: int, most: int = 20) -> list[tuple[AccessReview, str]]:
    """Those that were signed, the newest first, each with its reviewer's staff number."""
    rows = select(AccessReview, Staff.number).join(Staff, col(Staff.id) == AccessReview.staff_id).where(AccessReview.site_id == site_id)
    return [(review, number) for review, number in session.exec(rows.order_by(col(AccessReview.id).desc()).limit(most)).all()]


def due_at(session: Session, site: Site) -> datetime:
    """When the next one has to be signed: three months after the last one, or after the site began."""
    newest = last(session, site.id or 0)
    return add_months(newest.signed_at if newest else site.created_at, EVERY_MONTHS, site.zone)


def sign(session: Session, ring: KeyRing, *, seen: str, finding: str, reference: str, reviewer: Actor, now: datetime) -> AccessReview:
    """A reviewer's word on the list that was shown (`seen`: its digest). Raises ConflictError("access_changed"), RefusedInputError."""
    if reviewer.role not in MAY_SIGN:
        raise NotAllowedError
    if finding not in FINDINGS:
        raise RefusedInputError("finding", "enum")
    if finding != "none" and not reference:
        raise RefusedInputError("reference", "required")
    if reference and not REFERENCE.fullmatch(reference):
        raise RefusedInputError("reference", "reference_wrong")
    access = current(session, ring, site_id=reviewer.site_id)
    if access.digest != seen:
        raise ConflictError("access_changed")
    count = len(access.staff) + len(access.contacts)
    digest = hashlib.sha256(access.body).digest()
    review = AccessReview(
        site_id=reviewer.site_id, staff_id=reviewer.id or 0, finding=finding, reference=reference, accounts=count,
        body=access.body, sha256=digest, signed_at=now,
    )  # fmt: skip
    session.add(review)
    session.flush()
    detail = {"review": review.id or 0, "finding": finding, "accounts": count, "sha256": events.text(digest)}
    detail |= {"reference": reference} if reference else {}
    events.record(session, EventType.ACCESS_REVIEWED, site_id=reviewer.site_id, now=now, actor=reviewer, detail=detail)
    return review
