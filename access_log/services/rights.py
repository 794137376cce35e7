"""Requests of people about their own data: taken in, timed, paused, taken back. How they are answered: rights_answers.py."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from access_log.crypto.ring import KeyRing
from access_log.errors import ConflictError, RefusedInputError
from access_log.models import RightsRequest, Site, Template, Visit
from access_log.policy.actors import Actor
from access_log.policy.codes import EventType, Item, SubjectKind
from access_log.policy.rights import NEEDS_WORDS, Proof, RequestState
from access_log.services import rights_clock, vault
from access_log.services.rights_asked import About, Asked
from access_log.services.rights_messages import tell_person
from access_log.services.rights_record import note

MOST_OPEN = 12
"""Open requests about one person: more is not asked in good faith, or by a machine."""
FIRST_NUMBER = 1000


def receive(
    session: Session, ring: KeyRing, *, asked: Asked, about: About, actor: Actor, received_at: datetime, now: datetime
) -> RightsRequest:
    """Take a request in; the same one that is open already is found instead of a second.

    Raises RefusedInputError("words", "required"), ("received", "in_the_future"), ConflictError("too_many_requests").
    """
    if asked.kind in NEEDS_WORDS and not asked.says_what:
        raise RefusedInputError("words", "required")
    if received_at > now:
        raise RefusedInputError("received", "in_the_future")
    site = session.exec(select(Site).where(Site.id == actor.site_id).with_for_update(key_share=True)).one()  # no gaps, no scan waits
    known = _open_about(session, about)
    for row in known:
        if row.kind is asked.kind and row.item is asked.item and asked.kind not in NEEDS_WORDS:
            return row
    if len(known) >= MOST_OPEN:
        raise ConflictError("too_many_requests")
    request = _row(session, ring, site, asked, about, actor, received_at, now)
    detail = {"channel": request.channel.value, "received": received_at.isoformat()}
    note(session, request, EventType.REQUEST_RECEIVED, actor=actor, now=now, detail=detail)
    tell_person(session, request=request, template=Template.RIGHTS_RECEIVED, now=now)
    return request


def _open_about(session: Session, about: About) -> Sequence[RightsRequest]:
    if about.subject_id is None:
        return []
    mine = select(RightsRequest).where(RightsRequest.subject_id == about.subject_id, RightsRequest.state == RequestState.OPEN)
    return session.exec(mine.order_by(col(RightsRequest.number))).all()


def _row(
    session: Session, ring: KeyRing, site: Site, asked: Asked, about: About, actor: Actor, received_at: datetime, now: datetime
) -> RightsRequest:
    paper = vault.new_subject(session, site_id=actor.site_id, kind=SubjectKind.REQUEST, now=now)
    vault.seal_item(session, ring, subject=paper, item=Item.REQUEST, value=asked.paper(), now=now)
    newest = session.exec(select(func.max(RightsRequest.number)).where(RightsRequest.site_id == site.id)).one()
    request = RightsRequest(
        site_id=actor.site_id,
        number=(newest or FIRST_NUMBER) + 1,
        kind=asked.kind,
        item=asked.item,
        channel=asked.channel,
        paper_id=paper.id,
        subject_id=about.subject_id,
        visit_id=about.visit_id,
        customer_id=about.customer_id,
        language=asked.language,
        received_at=received_at,
        recorded_at=now,
        recorded_by=actor.id if actor.role else None,
        due_at=rights_clock.clock(session, site, received_at).due_at(),
    )
    session.add(request)
    session.flush()
    return request


def verify(session: Session, *, request: RightsRequest, proof: Proof, actor: Actor, now: datetime) -> None:
    """It was shown that whoever asks is the person. A pause for that is over."""
    if request.state is not RequestState.OPEN or request.verified_at is not None:
        return
    request.proof, request.verified_at = proof, now
    session.add(request)
    session.flush()
    note(session, request, EventType.REQUEST_VERIFIED, actor=actor, now=now, detail={"proof": proof.value})
    rights_clock.go_on(session, request=request, actor=actor, now=now)


def is_about(session: Session, *, request: RightsRequest, visit: Visit) -> None:
    """Whose data a request that was typed in is about. Raises ConflictError: "settled", "person_known"."""
    session.refresh(request, with_for_update=True)
    if request.state is not RequestState.OPEN:
        raise ConflictError("settled")
    if request.subject_id is not None:
        raise ConflictError("person_known")
    request.subject_id, request.visit_id, request.customer_id = visit.subject_id, visit.id, visit.customer_id
    session.add(request)
    session.flush()


def take_back(session: Session, *, request: RightsRequest, actor: Actor, now: datetime) -> None:
    """The person does not ask any more. Raises ConflictError("settled")."""
    settle(session, request=request, state=RequestState.TAKEN_BACK, actor=actor, now=now)
    note(session, request, EventType.REQUEST_TAKEN_BACK, actor=actor, now=now)


def settle(session: Session, *, request: RightsRequest, state: RequestState, actor: Actor, now: datetime) -> None:
    """An open request comes to its end. Raises ConflictError("settled") where it has come to one already."""
    session.refresh(request, with_for_update=True)
    if request.state is not RequestState.OPEN:
        raise ConflictError("settled")
    open_pause = rights_clock.pause_of(session, request)
    if open_pause is not None:
        open_pause.ends_at = now
        session.add(open_pause)
    request.state, request.settled_at = state, now
    request.settled_by = actor.id if actor.role else None
    session.add(request)
