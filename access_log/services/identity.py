"""The one place where identity is opened. Every look is recorded first, in the same transaction: who, why, which fields.

If the record cannot be written, nothing is opened; if the transaction fails later, nothing was shown.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from access_log.crypto.ring import KeyRing
from access_log.errors import HeldError, NotFoundError
from access_log.models import RightsRequest, Subject
from access_log.policy.actors import Actor, system
from access_log.policy.codes import ActorKind, EventType, Item, RevealPurpose
from access_log.services import agreements, events
from access_log.services.frozen import HIDDEN, SHOWN_FOR, frozen
from access_log.services.held import HOLD_OFFICER, closed_to_others
from access_log.services.opening import open_items, open_secret


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """An opened identity. Fields that were not asked for or no longer exist are empty. Has no repr on purpose."""

    subject_id: UUID
    name: str = ""
    mail: str = ""
    phone: str = ""


def reveal(
    session: Session,
    ring: KeyRing,
    *,
    subjects: Collection[UUID],
    items: Sequence[Item],
    purpose: RevealPurpose,
    actor: Actor,
    now: datetime,
) -> dict[UUID, Person]:
    """Open `items` of `subjects` for `actor`; one `identity:revealed` entry a subject, so that each can see who looked.

    Raises NoAgreementError for staff without a confidentiality agreement on file.

    Who is under a legal hold is absent, as the erased are, unless the hold officer asks, or the person themself is shown or told.
    """
    agreements.refuse_without(session, actor)
    closed = _closed(session, subjects, purpose, actor)
    asked = set(subjects) - closed
    known = session.exec(select(Subject).where(col(Subject.id).in_(asked), Subject.site_id == actor.site_id)).all()
    for subject in known:
        _note(session, subject, items, purpose, actor, now)
    ids = [subject.id for subject in known]
    opened = open_items(session, ring, subjects=ids, items=items)
    if purpose not in SHOWN_FOR:
        _hide(opened, frozen(session, ids))
    return {subject.id: _person(subject.id, opened) for subject in known}


def _hide(opened: dict[tuple[UUID, Item], str], hidden: set[tuple[UUID, Item]]) -> None:
    for key in hidden & opened.keys():
        if key[1] is Item.NAME:
            opened[key] = HIDDEN
        else:
            del opened[key]


def _note(session: Session, subject: Subject, items: Sequence[Item], purpose: RevealPurpose, actor: Actor, now: datetime) -> None:
    events.record(
        session,
        EventType.IDENTITY_REVEALED,
        site_id=subject.site_id,
        now=now,
        actor=actor,
        subject_id=subject.id,
        customer_id=subject.customer_id,
        detail={
            "purpose": purpose.value,
            "items": [item.value for item in items],
            "role": actor.role.value if actor.role else actor.kind.value,
        },
    )


def reveal_one(
    session: Session, ring: KeyRing, *, subject_id: UUID, items: Sequence[Item], purpose: RevealPurpose, actor: Actor, now: datetime
) -> Person:
    """As `reveal`, for one subject. Raises NotFoundError where it does not exist at the actor's site, HeldError where a hold closes it."""
    people = reveal(session, ring, subjects=[subject_id], items=items, purpose=purpose, actor=actor, now=now)
    if subject_id in people:
        return people[subject_id]
    subject = session.get(Subject, subject_id)
    raise NotFoundError if subject is None or subject.site_id != actor.site_id else HeldError


OWN = frozenset({RevealPurpose.OWN_DATA, RevealPurpose.DELIVER})
"""Shown to the person, or sent to them: a hold keeps nobody from their own data."""


def _closed(session: Session, subjects: Collection[UUID], purpose: RevealPurpose, actor: Actor) -> set[UUID]:
    return set() if actor.role is HOLD_OFFICER or purpose in OWN else closed_to_others(session, subjects)


def search(session: Session, ring: KeyRing, *, wanted: str, among: Collection[UUID], actor: Actor, now: datetime) -> dict[UUID, Person]:
    """Those of `among` whose name contains `wanted` (case-folded). The search itself and each hit are recorded; misses are not shown."""
    agreements.refuse_without(session, actor)
    among = set(among) - _closed(session, among, RevealPurpose.SEARCH, actor)
    events.record(
        session,
        EventType.IDENTITY_SEARCHED,
        site_id=actor.site_id,
        now=now,
        actor=actor,
        detail={"purpose": RevealPurpose.SEARCH.value, "among": len(among)},
    )
    needle = wanted.casefold()
    opened = open_items(session, ring, subjects=among, items=[Item.NAME])
    hits = [subject_id for (subject_id, _item), name in opened.items() if needle in name.casefold()]
    return reveal(session, ring, subjects=hits, items=[Item.NAME], purpose=RevealPurpose.SEARCH, actor=actor, now=now)


def deliver(session: Session, ring: KeyRing, *, subject_id: UUID, site_id: int, now: datetime) -> Person:
    """Name and address for one message that is being sent now, recorded as purpose `deliver`."""
    return reveal_one(
        session,
        ring,
        subject_id=subject_id,
        items=[Item.NAME, Item.CONTACT],
        purpose=RevealPurpose.DELIVER,
        actor=system(site_id),
        now=now,
    )


def for_answer(
    session: Session, ring: KeyRing, *, subjects: Sequence[Subject], actor: Actor, now: datetime
) -> dict[tuple[UUID, Item], str]:
    """All that is sealed of one person, for the answer they asked for: it is sealed again at once, and shown to them alone."""
    items = [Item.NAME, Item.CONTACT, Item.DOCUMENT]
    for subject in subjects:
        _note(session, subject, items, RevealPurpose.RIGHTS_REQUEST, actor, now)
    return open_items(session, ring, subjects=[subject.id for subject in subjects], items=items)


def read_paper(session: Session, ring: KeyRing, *, request: RightsRequest, item: Item, actor: Actor, now: datetime) -> str | None:
    """The words of a request (Item.REQUEST) or its answer (Item.ANSWER), recorded as a look at whoever it is about; None where erased.

    Raises NoAgreementError, as `reveal`.
    """
    agreements.refuse_without(session, actor)
    about = session.get_one(Subject, request.subject_id or request.paper_id)
    own = actor.kind in (ActorKind.VISITOR, ActorKind.CONTACT)
    _note(session, about, [item], RevealPurpose.OWN_DATA if own else RevealPurpose.RIGHTS_REQUEST, actor, now)
    return open_items(session, ring, subjects=[request.paper_id], items=[item]).get((request.paper_id, item))


def copy_for_visits(session: Session, ring: KeyRing, *, roster: Sequence[UUID]) -> dict[UUID, Person]:
    """Roster people's data, to be sealed again at once under their visits' own subjects. Shown to nobody, so no look is recorded."""
    opened = open_items(session, ring, subjects=roster, items=[Item.NAME, Item.CONTACT])
    return {subject_id: _person(subject_id, opened) for subject_id in roster}


def second_factor(session: Session, ring: KeyRing, *, subject_id: UUID) -> bytes | None:
    """The secret that a typed code is checked against. Shown to nobody."""
    return open_secret(session, ring, subject_id=subject_id)


def read_draft(session: Session, ring: KeyRing, *, subject_id: UUID) -> str | None:
    """An import's sealed rows, back to the person who uploaded them."""
    return open_items(session, ring, subjects=[subject_id], items=[Item.DRAFT]).get((subject_id, Item.DRAFT))


def _person(subject_id: UUID, opened: dict[tuple[UUID, Item], str]) -> Person:
    contact = json.loads(opened.get((subject_id, Item.CONTACT), "{}"))
    return Person(subject_id, opened.get((subject_id, Item.NAME), ""), contact.get("mail", ""), contact.get("phone", ""))
