"""A roster: people of one customer, each with a mail address or a phone number."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlmodel import col

from access_log.models import AccessEvent, Technician, Visit
from access_log.models.imports import ImportBatch
from access_log.policy.codes import Active, EventType, SubjectKind
from access_log.services import erasure
from access_log.services.bulk import NewPerson, register_many
from access_log.services.imports.checked import Checked, RowState, begin
from access_log.services.imports.people import REACH, clean_person, find_known, find_repeated
from access_log.services.imports.scope import Kind, Scope
from access_log.services.rows import chunks, fact, insert_many, record_many
from access_log.services.spreadsheets import Row


def check(scope: Scope, rows: Sequence[Row]) -> list[Checked]:
    """Clean every row and look for the same person, in the file and on the roster."""
    checked = begin(rows)
    for each in checked:
        clean_person(each)
        if each.state is not RowState.WRONG and not each.facts["mail"] and not each.facts["phone"]:
            each.refuse("mail", "mail_or_phone")
    find_repeated(checked, REACH)
    find_known(
        scope.session,
        scope.ring,
        checked,
        site_id=scope.site_id,
        of=SubjectKind.ROSTER,
        kinds=REACH,
        same=lambda _each, subject: subject.customer_id == scope.customer_id,
        foreign_matters=False,
    )
    return checked


def make(scope: Scope, ready: Sequence[Checked]) -> list[str]:
    """Put them on the roster."""
    customer_id = scope.customer_id or 0
    people = [NewPerson(customer_id, each.facts["name"], each.facts["mail"], each.facts["phone"]) for each in ready]
    register_many(scope.session, scope.ring, people=people, kind=SubjectKind.ROSTER, actor=scope.actor, now=scope.now)
    made = [_row(scope, each, person, place) for place, (each, person) in enumerate(zip(ready, people, strict=True), 1)]
    insert_many(scope.session, Technician, made)
    _record(scope, [person.subject_id for person in people], "imported")
    return [str(row["id"]) for row in made]


def _row(scope: Scope, each: Checked, person: NewPerson, place: int) -> dict[str, object]:
    return {
        "id": uuid4(),
        "site_id": scope.site_id,
        "customer_id": person.customer_id,
        "subject_id": person.subject_id,
        "language": each.facts["language"],
        "has_mail": bool(person.mail),
        "state": Active.ACTIVE,
        "created_at": scope.now + timedelta(microseconds=place),  # a roster is shown in the order its people were added
    }


def _record(scope: Scope, subjects: Sequence[UUID], how: str) -> None:
    events = [
        fact(
            EventType.TECHNICIAN_CHANGED,
            actor=scope.actor,
            now=scope.now,
            subject_id=subject,
            customer_id=scope.customer_id,
            detail={"how": how},
        )
        for subject in subjects
    ]
    record_many(scope.session, events)


def standing(scope: Scope, batch: ImportBatch, references: Sequence[str]) -> str:
    """`visits` where one of them was ever asked for, `changed` where one was corrected since."""
    for chunk in chunks([UUID(reference) for reference in references]):
        asked_for = select(col(Visit.id)).where(col(Visit.technician_id).in_(chunk)).limit(1)
        used = select(col(Technician.id)).where(col(Technician.id).in_(chunk), col(Technician.used_at).is_not(None)).limit(1)
        if scope.session.execute(asked_for).first() or scope.session.execute(used).first():
            return "visits"
        corrected = (
            select(col(AccessEvent.id))
            .join(Technician, col(Technician.subject_id) == col(AccessEvent.subject_id))
            .where(
                col(Technician.id).in_(chunk),
                col(AccessEvent.type) == EventType.IDENTITY_CORRECTED,
                col(AccessEvent.at) >= batch.applied_at,
                col(AccessEvent.site_id) == scope.site_id,
            )
            .limit(1)
        )
        if scope.session.execute(corrected).first():
            return "changed"
    return ""


def unmake(scope: Scope, references: Sequence[str]) -> None:
    """Take those off the roster who are still on it, and erase their entries."""
    for chunk in chunks([UUID(reference) for reference in references]):
        still = col(Technician.id).in_(chunk), col(Technician.state) != Active.ENDED
        subjects = list(scope.session.execute(select(col(Technician.subject_id)).where(*still)).scalars())
        scope.session.execute(update(Technician).where(*still).values(state=Active.ENDED))
        erasure.erase(scope.session, erasure.everything_of(subjects), reason="import_undone", actor=scope.actor, now=scope.now)
        _record(scope, subjects, "import_undone")


KIND = Kind(check, make, standing, unmake)
