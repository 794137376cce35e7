"""Showing who one is: a code to an address that is held already, or a slip from the desk after a look at the document (clause 8.b).

Nothing new is asked for. Every code that goes out and every wrong one is recorded. A stranger gets the same answers as somebody who is
held; their codes are right for nobody.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from access_log.crypto.blind import IndexKind
from access_log.crypto.codes import normalise_code, proving_code
from access_log.crypto.ring import KeyRing
from access_log.models import RightsCode, RightsRequest, Technician, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, RevealPurpose, SubjectKind
from access_log.policy.rights import CODE_GOOD_FOR, TRIES, Proof, RequestState
from access_log.services import events, identity, rights, rights_answers, rights_codes, rights_messages, vault
from access_log.services.identity import Person
from access_log.services.own_visit import as_visitor
from access_log.services.reachable import clean_mail

MOST_WRONG = 20
"""Wrong codes about one person within a day; after that only the desk helps."""
A_DAY = timedelta(hours=24)


def look(session: Session, ring: KeyRing, *, visit: Visit, guard: Actor, now: datetime) -> Person:
    """The name, so that a guard can compare it with the document of whoever stands at the desk. Recorded like any look."""
    return identity.reveal_one(
        session, ring, subject_id=visit.subject_id, items=[Item.NAME], purpose=RevealPurpose.RIGHTS_REQUEST, actor=guard, now=now
    )


def hand_out(session: Session, ring: KeyRing, *, visit: Visit, guard: Actor, now: datetime) -> str:
    """The document matches: a code to hand over. What the person has asked already counts as verified from now on."""
    code = RightsCode(
        site_id=visit.site_id, proof=Proof.DESK, subject_id=visit.subject_id, visit_id=visit.id, made_by=guard.id, made_at=now
    )  # fmt: skip
    session.add(code)
    session.flush()
    _believe(session, ring, visit, Proof.DESK, guard, now)
    events.record(
        session, EventType.REQUEST_CODE_SENT, site_id=visit.site_id, now=now, actor=guard, subject_id=visit.subject_id,
        customer_id=visit.customer_id, detail={"how": Proof.DESK.value},
    )  # fmt: skip
    return proving_code(ring, code.id)


def not_the_person(session: Session, *, visit: Visit, guard: Actor, now: datetime) -> None:
    """The document does not match: recorded, and nothing is disclosed."""
    _refused(session, visit.site_id, "document", now, visit=visit, actor=guard)


def _waiting(session: Session, visit: Visit) -> Sequence[RightsRequest]:
    mine = select(RightsRequest).where(
        RightsRequest.subject_id == visit.subject_id, RightsRequest.state == RequestState.OPEN, col(RightsRequest.verified_at).is_(None)
    )
    return session.exec(mine.order_by(col(RightsRequest.number))).all()


@dataclass(frozen=True, slots=True)
class Proved:
    """`visit` is whose data is open now; None where the code was not right, and `fault` says `wrong_code` or `too_many`."""

    visit: Visit | None
    fault: str = ""


def prove(session: Session, ring: KeyRing, *, visit: Visit, typed: str, now: datetime) -> Proved:
    """A code typed in a browser that has the visit's link. A right one is used up and verifies what was asked already."""
    live = select(RightsCode).where(RightsCode.visit_id == visit.id, col(RightsCode.made_at) > now - CODE_GOOD_FOR)
    codes = session.exec(live.order_by(col(RightsCode.made_at), col(RightsCode.id)).with_for_update()).all()
    return _check(session, ring, codes, typed, visit, now)


def begin(session: Session, ring: KeyRing, *, site_id: int, mail: str, now: datetime) -> UUID:
    """Somebody without a link names a mail address. Whether anybody is held under it is not said: a code goes there, or nowhere.

    Returns what the code will be typed against. Raises RefusedInputError("mail", "not_a_mail").
    """
    mail = clean_mail(mail)
    visit = _newest_of(session, ring, site_id, mail, now) if mail else None
    if visit is not None and rights_codes.sent_lately(session, visit, now) < rights_codes.MOST_SENT:
        code = RightsCode(site_id=site_id, proof=Proof.CODE, subject_id=visit.subject_id, visit_id=visit.id, made_at=now)
        channel = rights_messages.known_channel(session, visit=visit, now=now)
        assert channel is not None  # it is how the visit was found
        rights_codes.send(session, visit, code, channel, now)
        return code.id
    code = RightsCode(site_id=site_id, proof=Proof.CODE, made_at=now)
    session.add(code)
    session.flush()
    _refused(session, site_id, "unknown_address" if visit is None else "too_many_codes", now, visit=visit)
    return code.id


def prove_begun(session: Session, ring: KeyRing, *, code_id: UUID, site_id: int, typed: str, now: datetime) -> Proved:
    """The code of `begin`, typed by somebody without a link. One that was never sent is wrong like any other."""
    found = session.exec(select(RightsCode).where(RightsCode.id == code_id, RightsCode.site_id == site_id).with_for_update()).one_or_none()
    live = found is not None and found.made_at > now - CODE_GOOD_FOR
    visit = session.get(Visit, found.visit_id) if found is not None and found.visit_id else None
    if visit is not None and visit.erased_at is not None:
        visit = None
    rows = [found] if found is not None and live else []
    outcome = _check(session, ring, rows, typed, visit, now, site_id=site_id)
    return outcome if outcome.fault or visit is not None else Proved(None, "wrong_code")


def _check(
    session: Session, ring: KeyRing, live: Sequence[RightsCode], typed: str, visit: Visit | None, now: datetime, *, site_id: int = 0
) -> Proved:
    site_id = visit.site_id if visit else site_id
    from_desk = any(code.proof is Proof.DESK for code in live)
    if visit is not None and not from_desk and _wrong_today(session, visit, now) >= MOST_WRONG:
        _refused(session, site_id, "too_many", now, visit=visit)
        return Proved(None, "too_many")
    usable = [code for code in live if code.used_at is None and code.tries < TRIES]
    right = _right_one(ring, usable, typed)
    if right is None or visit is None:
        for code in usable:
            code.tries += 1
            session.add(code)
        _refused(session, site_id, "wrong_code" if usable else "no_code", now, visit=visit)
        return Proved(None, "wrong_code")
    right.used_at = now
    session.add(right)
    session.flush()
    _believe(session, ring, visit, right.proof, as_visitor(visit), now)
    return Proved(visit)


def _believe(session: Session, ring: KeyRing, visit: Visit, proof: Proof, actor: Actor, now: datetime) -> None:
    """What the person has asked already, by whatever way, counts as verified, and what can be answered at once is."""
    for request in _waiting(session, visit):
        rights.verify(session, request=request, proof=proof, actor=actor, now=now)
        rights_answers.carry_out(session, ring, request=request, actor=actor, now=now)


def _right_one(ring: KeyRing, usable: Sequence[RightsCode], typed: str) -> RightsCode | None:
    given = (normalise_code(typed) or "").encode()
    matching = [code for code in usable if code.subject_id and hmac.compare_digest(proving_code(ring, code.id).encode(), given)]
    return matching[0] if matching else None


def _wrong_today(session: Session, visit: Visit, now: datetime) -> int:
    lately = RightsCode.visit_id == visit.id, col(RightsCode.made_at) > now - A_DAY
    return int(session.exec(select(func.coalesce(func.sum(RightsCode.tries), 0)).where(*lately)).one())


def _newest_of(session: Session, ring: KeyRing, site_id: int, mail: str, now: datetime) -> Visit | None:
    """The newest visit whose proving address this is. Opens nothing: keyed digests are compared."""
    found: set[UUID] = set()
    for kind in (SubjectKind.VISIT, SubjectKind.ROSTER):
        subjects = vault.find_subjects(session, ring, site_id=site_id, kind=IndexKind.MAIL, value=mail, of=kind)
        found |= {subject.id for subject in subjects}
    people = select(Technician.id).where(col(Technician.subject_id).in_(found))
    mine = select(Visit).where(
        Visit.site_id == site_id,
        col(Visit.erased_at).is_(None),
        col(Visit.subject_id).in_(found) | col(Visit.technician_id).in_(people),
    )
    for visit in session.exec(mine.order_by(col(Visit.created_at).desc(), col(Visit.id)).limit(20)).all():
        if rights_messages.known_channel(session, visit=visit, now=now) in found:
            return visit
    return None


def _refused(session: Session, site_id: int, why: str, now: datetime, *, visit: Visit | None = None, actor: Actor | None = None) -> None:
    events.record(
        session, EventType.REQUEST_NOT_VERIFIED, site_id=site_id, now=now, actor=actor, subject_id=visit.subject_id if visit else None,
        customer_id=visit.customer_id if visit else None, detail={"why": why},
    )  # fmt: skip
